"""Counting sightings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.contract.tally import OVERFLOW, Tally, merge_findings
from harness.model import Level

KEYS = st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from("123"))
EVENTS = st.lists(st.tuples(st.integers(0, 2), KEYS, st.integers(0, 1000), st.booleans()), max_size=60)


@given(EVENTS)
def test_no_sighting_is_lost_however_batches_fall(events: list[tuple[int, tuple[str, str, str], int, bool]]) -> None:
    """Counts of all workers and batches add up, and the earliest first case is the one that is shown."""
    tallies = [Tally() for _ in range(3)]
    rows, firsts = [], {}
    for worker, key, at_ns, drain in events:
        new = tallies[worker].add(key, Level.ERROR)
        if new is not None:
            new.at_ns = at_ns
            firsts[key] = min(firsts.get(key, at_ns), at_ns)
        if drain:
            rows += tallies[worker].drain()
    for tally in tallies:
        rows += tally.drain()
        assert tally.drain() == []
    found = {(f.operation, f.check, f.signature): f for f in merge_findings(rows)}
    assert {key: f.count for key, f in found.items()} == {
        key: sum(1 for _, k, _, _ in events if k == key) for key in {k for _, k, _, _ in events}
    }
    assert {key: f.at_ns for key, f in found.items()} == firsts


def test_memory_is_bounded_and_the_rest_is_still_counted() -> None:
    """A server that answers with a new content type each time cannot fill our memory."""
    tally = Tally(max_identities=3)
    for number in range(100):
        tally.add(("op", "content_type_conformance", f"text/{number}"), Level.WARNING)
    findings = merge_findings(tally.drain())
    assert len(findings) == 4
    assert sum(f.count for f in findings) == 100
    assert OVERFLOW in {f.signature for f in findings}
