"""Faults that grow, fade, come and go: what is in force when, without sleeping."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from harness.faults import Action, Down, Flap, Latency, Phase, Ramp, Schedule, What, phases_of
from harness.faults.toxics import missed
from harness.model import Anchor, Disturbance, Fault, Timeline

SECONDS = st.integers(1, 600).map(lambda tenths: tenths / 10)


def plan(disturbance: Disturbance, duration: float, at: str = "5s") -> Schedule:
    fault = Fault(name="one", edge="db", disturbance=disturbance, at=Anchor.parse(at), duration=duration)
    return Schedule.plan(Timeline.lay_out(None, [fault]), [fault])


def delays(phases: tuple[Phase, ...]) -> list[int]:
    return [phase.disturbance.delay for phase in phases if isinstance(phase.disturbance, Latency)]


def test_what_does_not_change_is_one_phase() -> None:
    """From start to end."""
    assert phases_of(Down(), 7) == (Phase(0, 7, Down()),)


@given(SECONDS.filter(lambda s: s >= 1), SECONDS, st.integers(0, 3000), st.integers(3001, 9000), st.booleans())
def test_a_ramp_goes_one_way_from_start_to_end(over: float, duration: float, low: int, high: int, up: bool) -> None:
    """Its phases follow one another without a gap for the whole duration, each stronger (or weaker) than the one before."""
    first, last = (low, high) if up else (high, low)
    phases = phases_of(Ramp.of(Latency, key="delay", start=first, end=last, over=over), duration)
    assert (phases[0].start, phases[-1].end) == (0, duration)
    assert all(one.end == other.start for one, other in itertools.pairwise(phases))
    told = delays(phases)
    assert told == sorted(told, reverse=not up)
    assert len(set(told)) == len(told) <= 61
    assert duration <= over or told[-1] == max(1, last)


def test_the_steps_of_a_latency_outlast_its_delay() -> None:
    """An update lets go of what is being delayed at that moment."""
    phases = phases_of(Ramp.of(Latency, key="delay", start="0ms", end="2s", over="30s"), 40)
    assert delays(phases) == [200, 600, 1000, 1400, 1800, 2000]
    assert [phase.start for phase in phases] == [0, 6, 12, 18, 24, 30]


def test_a_ramps_jitter_stays_within_its_delay() -> None:
    """What is asked beyond is clipped in the first steps, since Toxiproxy would take a negative delay."""
    phases = phases_of(Ramp.of(Latency, key="delay", start="0ms", end="400ms", over="2s", jitter="150ms"), 2)
    assert [(one.delay, one.jitter) for p in phases if isinstance(one := p.disturbance, Latency)] == [
        (100, 100),
        (300, 150),
    ]


@given(SECONDS, SECONDS, SECONDS)
def test_a_flap_is_in_force_at_the_start_of_each_turn(on: float, pause: float, duration: float) -> None:
    """For `on` seconds of every turn, and never beyond the fault's end."""
    every = on + pause
    phases = phases_of(Flap(Down(), on=on, every=every), duration)
    assert all(phase.start % every < 1e-6 or every - phase.start % every < 1e-6 for phase in phases)
    assert all(0 < phase.end - phase.start <= on + 1e-9 and phase.end <= duration for phase in phases)
    assert len(phases) == sum(1 for turn in range(1000) if turn * every < duration)


def test_a_flap_is_applied_and_healed_each_time() -> None:
    """And it ends for good with its last turn."""
    schedule = plan(Flap(Down(), on=1, every=5), 12)
    told = [(action.at, action.what, action.phase) for action in schedule.actions if action.what is not What.PROBE]
    up, down = What.HEAL, What.APPLY
    assert told == [(5, down, 0), (6, up, 0), (10, down, 1), (11, up, 1), (15, down, 2), (16, up, 2)]
    assert (schedule.start_of("one"), schedule.end_of("one"), schedule.stretch_end("one", 1)) == (5, 16, 11)


def test_a_ramp_is_applied_once_and_then_updated() -> None:
    """No connection is dropped between its steps."""
    actions = plan(Ramp.of(Latency, key="delay", start="0ms", end="100ms", over="1s"), 2).actions
    assert actions == (
        Action(3, What.PROBE, "one"),
        Action(5, What.APPLY, "one"),
        Action(5.5, What.UPDATE, "one", 1),
        Action(6, What.UPDATE, "one", 2),
        Action(7, What.HEAL, "one", 2),
    )


def test_a_ramp_that_flaps_goes_on_where_it_stands() -> None:
    """It grows with time, not with the turns."""
    phases = phases_of(Flap(Ramp.of(Latency, key="delay", start="0ms", end="100ms", over="10s"), on=0.25, every=5), 10)
    assert [(phase.start, phase.end) for phase in phases] == [(0, 0.25), (5, 5.25)]
    assert delays(phases) == [2, 52]


def test_probes_end_before_anything_else_changes_on_the_edge() -> None:
    """Another fault's beginning or end would be taken for this one's effect."""
    slow = Fault(name="slow", edge="db", disturbance=Latency(delay="1s"), at=Anchor.parse("5s"), duration=10)
    gone = Fault(name="gone", edge="db", disturbance=Down(), at=Anchor.parse("8s"), duration=2)
    else_ = Fault(name="else", edge="cache", disturbance=Down(), at=Anchor.parse("6s"), duration=2)
    faults = (slow, gone, else_)
    schedule = Schedule.plan(Timeline.lay_out(None, faults), faults)
    assert (schedule.quiet_until("slow", 0), schedule.quiet_until("gone", 0)) == (8, 10)


RAMP = Ramp.of(Latency, key="delay", start="0ms", end="2s", over="30s")


@given(st.integers(0, 5))
def test_a_ramp_that_is_cut_misses_the_rest(reached: int) -> None:
    """Unless its last strength was reached; one that never began has nothing to be told."""
    phases = phases_of(RAMP, 40)
    told = missed(phases, reached)
    assert bool(told) == (reached < 5)
    if told:
        at = f"step {reached + 1} of 6: {phases[reached].disturbance.describe()}, never +2000 ms"
        assert told == f"the run ended at {at}"
    assert missed(phases, -1) == ""


@given(SECONDS, SECONDS, st.integers(0, 600))
def test_what_only_comes_and_goes_misses_nothing(on: float, pause: float, reached: int) -> None:
    """Each window is as strong as the first, and its times are told."""
    phases = phases_of(Flap(Down(), on=on, every=on + pause), 60)
    assert missed(phases, min(reached, len(phases) - 1)) == ""
    assert missed(phases_of(Down(), 60), 0) == ""


def test_a_flap_of_a_ramp_misses_what_no_window_had() -> None:
    """The first window came to the last strength, which the second has, too; its first steps did not."""
    phases = phases_of(Flap(Ramp.of(Latency, key="delay", start="0ms", end="300ms", over="2s"), on=3, every=5), 10)
    assert [missed(phases, number) == "" for number in range(len(phases))] == [False, False, True, True]
