"""How faults are written, and what is refused before it is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults import kinds, parse
from harness.faults.toxics import Down, Latency, Millis, Reset, Share, Slicer, Stream, Timeout


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
        ("latency", "800ms", "write latency: {delay: 800ms}"),
        ("down", {"for": "1s"}, "it takes none"),
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
        assert parse(kind, examples).kind == kind


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
