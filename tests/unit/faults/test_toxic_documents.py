"""How faults are written, and what is refused before it is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults import kinds, parse
from harness.faults.toxics import Down, Flap, Latency, Millis, Passed, Ramp, Reset, Share, Slicer, Stream, Timeout


def test_a_latency_is_read_with_its_units() -> None:
    """Durations become whole milliseconds, shares a toxicity."""
    read = parse("latency", {"delay": "800ms", "jitter": "100ms", "toxicity": "50%", "stream": "upstream"})
    assert read == Latency(delay=Millis(800), jitter=Millis(100), toxicity=Share(0.5), stream=Stream.UPSTREAM)
    assert read.describe() == "+800 ms ± 100 ms, upstream, on 50% of connections"


def test_kinds_without_arguments_have_defaults() -> None:
    """`down`, `timeout` and `reset` stand alone."""
    assert [parse(kind, {}) for kind in ("down", "timeout", "reset")] == [Down(), Timeout(), Reset()]


@pytest.mark.parametrize(
    ("kind", "mapping", "says"),
    [
        ("latncy", {}, "did you mean `latency`"),
        ("latency", {"delya": "1s"}, "`delya` is not a key of latency; did you mean `delay`"),
        ("latency", {}, "latency needs `delay`; write latency: {delay: 800ms}"),
        ("latency", {"delay": 800}, "`delay`: 800 is not a duration"),
        ("latency", {"delay": "0ms"}, "changes nothing"),
        ("latency", {"delay": "0.5ms"}, "finer than Toxiproxy counts"),
        ("latency", {"delay": "10ms", "jitter": "20ms"}, "above `delay`"),
        ("latency", {"delay": "1s", "toxicity": "0%"}, "above 0%"),
        ("latency", {"delay": "1s", "toxicity": "150%"}, "up to 100%"),
        ("latency", {"delay": "1s", "stream": "dwnstream"}, "write downstream"),
        ("latency", ["800ms"], "write latency: {delay: 800ms}"),
        ("latency", "800", "`delay`: '800' is not a duration"),
        ("latency", "from 0ms to 2s", "is not a ramp; write from 0ms to 2s over 30s"),
        ("latency", "from 0ms to 0s over 30s", "does not change"),
        ("latency", "from 0ms to 2s over 100ms", "has no time for steps"),
        ("latency", {"delay": {"from": "0ms", "to": "2s"}}, "a ramp has from, to and over"),
        ("latency", {"delay": "from 0ms to 2s over 30s", "toxicity": "from 0% to 50% over 30s"}, "cannot ramp at once"),
        ("latency", {"delay": "1s", "stream": "from 0ms to 2s over 30s"}, "is not a stream"),
        ("down", {"for": "1s"}, "`for` stands alone; write for: 1s, every: 5s"),
        ("down", "for 5s every 5s", "leaves no time between"),
        ("down", "for 1ms every 5s", "too short to flap"),
        ("down", "800ms", "down takes no '800ms'"),
        ("down", {"fro": "1s", "every": "5s"}, "did you mean `for`"),
        ("bandwidth", "from 0KB/s to 10KB/s over 5s", "stalls or crashes"),
        ("slicer", {"size": "from 1B to 100B over 5s", "variation": "50B"}, "crashes the server"),
        ("toxic", {"type": "slicer", "attributes": {"average_size": 0}}, "checked before it is sent; write slicer"),
        ("toxic", {"type": "packet_loss", "attributes": {"loss": "10%"}}, "`loss` is '10%'"),
        ("toxic", {}, "toxic needs `type`"),
        ("slicer", {"size": "0B"}, "crashes the server"),
        ("slicer", {"size": "10B", "variation": "10B"}, "crashes the server"),
        ("bandwidth", {"rate": "0KB/s"}, "stalls or crashes"),
        ("bandwidth", {"rate": "100KB"}, "such as 100KB/s"),
        ("limit_data", {"bytes": "many"}, "not a size"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(kind: str, mapping: object, says: str) -> None:
    """Every refusal names the key, and what to write instead."""
    with pytest.raises(ValueError) as caught:
        parse(kind, mapping)  # type: ignore[arg-type]
    assert says in str(caught.value)


def test_every_kind_is_parsed_from_its_own_examples() -> None:
    """The examples that errors quote are themselves right."""
    for kind, keys in kinds().items():
        examples = dict(key.example.split(": ") for key in keys if key.required)
        assert parse(kind, examples).kind == examples.get("type", kind)


@given(st.integers(1, 10**6), st.integers(1, 100))
def test_wire_attributes_are_whole_numbers(delay: int, percent: int) -> None:
    """Toxiproxy answers 400 to a fraction."""
    wire = Latency(delay=Millis(delay), toxicity=Share(percent / 100)).wire()
    assert wire.attributes == {"latency": delay, "jitter": 0}
    assert all(type(value) is int for value in wire.attributes.values())


def test_a_slicer_says_its_microseconds() -> None:
    """The slicer alone counts its delay in microseconds."""
    read = parse("slicer", {"size": "64B", "delay": "2ms"})
    assert isinstance(read, Slicer)
    assert read.wire().attributes == {"average_size": 64, "size_variation": 0, "delay": 2000}


def test_a_constructor_takes_text_too() -> None:
    """As a test writes it: the same value as with numbers, and the same refusals."""
    assert Latency(delay="500ms", toxicity="50%", stream="upstream") == Latency(
        delay=Millis(500), toxicity=Share(0.5), stream=Stream.UPSTREAM
    )
    with pytest.raises(ValueError, match="`delay`: '500' is not a duration"):
        Latency(delay="500")


def test_a_first_key_stands_alone() -> None:
    """`latency: 800ms` is short for `latency: {delay: 800ms}`."""
    assert parse("latency", "800ms") == parse("latency", {"delay": "800ms"})
    assert parse("down", None) == Down()


def test_a_ramp_and_a_flap_are_read_alike_from_words_and_keys() -> None:
    """The words of the documents, and the mapping that an editor completes."""
    ramp = Ramp.of(Latency, key="delay", start="0ms", end="2s", over="30s")
    assert parse("latency", "from 0ms to 2s over 30s") == ramp
    assert parse("latency", {"delay": {"from": "0ms", "to": "2s", "over": "30s"}}) == ramp
    assert parse("down", "for 1s every 5s") == Flap(Down(), on="1s", every="5s")
    assert parse("latency", "800ms for 1s every 5s") == parse("latency", {"delay": "800ms", "for": "1s", "every": "5s"})
    assert parse("latency", "from 0ms to 2s over 30s for 1s every 5s") == Flap(ramp, on=1, every=5)


def test_an_unknown_toxic_is_passed_through_by_name() -> None:
    """With its numbers as they stand: only the server knows them."""
    read = parse("toxic", {"type": "packet_loss", "attributes": {"loss": 10.5}, "toxicity": "50%"})
    assert read == Passed(type="packet_loss", attributes={"loss": 10.5}, toxicity="50%")
    assert isinstance(read, Passed)
    assert (read.kind, read.wire().type, read.wire().attributes) == ("packet_loss", "packet_loss", {"loss": 10.5})
    assert read.describe() == "packet_loss (loss 10.5), on 50% of connections"
