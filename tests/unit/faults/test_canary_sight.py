"""From probes to an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults.canary import Observation, Outcome, connections_for, gone, seen
from harness.faults.toxics import (
    Bandwidth,
    ByteCount,
    Down,
    KilobyteRate,
    Latency,
    LimitData,
    Millis,
    Reset,
    Share,
    SlowClose,
    Timeout,
    Toxical,
)


def one(outcome: Outcome, seconds: float, size: int = 100, linger: float | None = 0.0) -> Observation:
    return Observation(outcome=outcome, seconds=seconds, size=size, linger=linger)


CALM = [one(Outcome.ANSWERED, s) for s in (0.001, 0.0012, 0.0011, 0.002, 0.001)]
FAST = [one(Outcome.ANSWERED, 0.001)] * 3
REFUSED = [one(Outcome.REFUSED, 0.0003, 0)] * 3
SILENT = [one(Outcome.SILENT, 0.8, 0)] * 3
LATE = [one(Outcome.ANSWERED, 0.301)] * 3


@pytest.mark.parametrize(
    ("disturbance", "shows"),
    [
        (Latency(delay=Millis(300)), LATE),
        (Timeout(), SILENT),
        (Timeout(after=Millis(500)), [one(Outcome.CLOSED, 0.5, 0)] * 3),
        (Reset(), [one(Outcome.RESET, 0.001, 0)] * 3),
        (Down(), REFUSED),
        (Bandwidth(rate=KilobyteRate(1)), [one(Outcome.ANSWERED, 0.1)] * 3),
        (SlowClose(delay=Millis(200)), [one(Outcome.ANSWERED, 0.001, linger=0.2)] * 3),
        (LimitData(bytes=ByteCount(10)), [one(Outcome.CLOSED, 0.001, 10)] * 3),
    ],
)
def test_each_kind_is_seen_by_its_own_sign(disturbance: Toxical, shows: list[Observation]) -> None:
    """The sign makes it seen; calm answers make it not seen; nothing makes it unknown."""
    assert seen(disturbance, CALM, shows).seen is True
    assert seen(disturbance, CALM, FAST).seen is False
    assert seen(disturbance, CALM, []).seen is None


def test_an_edge_that_was_sick_before_tells_nothing() -> None:
    """Refused before and refused after is no proof of a fault: it was not seen to take effect."""
    sight = seen(Down(), REFUSED, REFUSED)
    assert sight.seen is False
    assert "before the fault" in sight.evidence


def test_a_dead_upstream_is_not_taken_for_a_fault() -> None:
    """Accepted and closed at once is what Toxiproxy does over a dead upstream: neither down, nor reset, nor a timeout."""
    closed = [one(Outcome.CLOSED, 0.001, 0)] * 3
    for disturbance in (Down(), Reset(), Timeout(), Timeout(after=Millis(500))):
        assert seen(disturbance, CALM, closed).seen is False


def test_one_connection_that_escapes_is_told() -> None:
    """At full toxicity two of three are not enough."""
    sight = seen(Latency(delay=Millis(300)), CALM, [*LATE[:2], *FAST[:1]])
    assert sight.seen is False
    assert sight.evidence.startswith("2 of 3 connections show +300 ms")


def test_a_latency_within_the_noise_cannot_be_told() -> None:
    """Calm probes between 1 and 50 ms say nothing about 20 ms more."""
    noisy = [one(Outcome.ANSWERED, s) for s in (0.001, 0.05, 0.003, 0.02, 0.01)]
    assert seen(Latency(delay=Millis(20)), noisy, [one(Outcome.ANSWERED, 0.03)] * 3).seen is None


def test_silence_is_no_sign_of_a_latency() -> None:
    """A service that hangs is not a slow line."""
    assert seen(Latency(delay=Millis(300)), CALM, SILENT).seen is None


def test_an_edge_without_a_protocol_sees_only_down() -> None:
    """A connect shows that somebody listens, no more."""
    connected = [one(Outcome.CONNECTED, 0.0005, 0, None)] * 3
    assert seen(Down(), connected, REFUSED).seen is True
    assert seen(Down(), connected, connected).seen is False
    assert seen(Latency(delay=Millis(300)), connected, connected).seen is None


def test_half_the_connections_are_enough_of_a_sign_at_half_toxicity() -> None:
    """One hit shows it; none in enough connections shows that it is not there; none in a few shows nothing."""
    half = Latency(delay=Millis(300), toxicity=Share(0.5))
    assert seen(half, CALM, [*FAST, *LATE[:1]]).seen is True
    assert seen(half, CALM, FAST * 4).seen is False
    assert seen(half, CALM, FAST).seen is None


@given(st.floats(0.001, 0.999))
def test_enough_connections_miss_at_most_one_in_a_thousand(toxicity: float) -> None:
    """(1 - toxicity) ** n <= 0.1 %."""
    n = connections_for(Latency(delay=Millis(10), toxicity=Share(toxicity)))
    assert (1 - toxicity) ** n <= 0.001 * (1 + 1e-9)


def test_a_healed_edge_answers_as_before() -> None:
    """Gone when calm again, not gone when the sign is still there, unknown when something else is wrong."""
    assert gone(Down(), CALM, FAST).seen is True
    assert gone(Down(), CALM, REFUSED).seen is False
    assert gone(Down(), CALM, SILENT).seen is None


TIMES = st.floats(0.0005, 0.05)


@given(st.lists(TIMES, min_size=5, max_size=5), st.integers(5, 500), st.data())
def test_a_slow_minute_before_does_not_hide_a_latency_nor_make_one(
    calm: list[float], delay: int, data: st.DataObject
) -> None:
    """An answer as quick as the quickest before, plus the delay, shows it; one as late as the latest before never does."""
    before = [one(Outcome.ANSWERED, seconds) for seconds in calm]
    drawn = data.draw(st.lists(st.floats(min(calm), max(calm)), min_size=3, max_size=3))
    late = [one(Outcome.ANSWERED, seconds + delay / 1e3) for seconds in drawn]
    assert seen(Latency(delay=Millis(delay)), before, late).seen in (True, None)
    assert seen(Latency(delay=Millis(delay)), before, [one(Outcome.ANSWERED, s) for s in drawn]).seen in (False, None)
