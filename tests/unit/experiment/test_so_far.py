"""What generated requests have shown while they are still being sent."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.contract import Progress, merge_findings
from harness.contract.told import Told
from harness.experiment.so_far import SoFar

names = st.sampled_from(["a", "b"])
seen = st.builds(
    lambda name, status, n: {"kind": "seen", "operation": name, "status": status, "n": n},
    names,
    st.sampled_from([200, 404]),
    st.integers(1, 5),
)
found = st.builds(
    lambda name, signature, n: {
        "kind": "finding",
        "operation": name,
        "check": "not_a_server_error",
        "signature": signature,
        "level": "error",
        "count": n,
        "message": f"{name} {signature}",
        "at_ns": None,
        "first": {},
        "curl": "curl x",
    },
    names,
    st.sampled_from(["500", "503"]),
    st.integers(1, 5),
)
items = st.builds(
    lambda name, item: {"kind": "exercised", "operation": name, "items": [item]}, names, st.sampled_from(["x", "y"])
)
progress = st.just({"kind": "progress", "phase": "fuzzing", "cases": 1, "findings": 0})
rows = st.lists(st.one_of(seen, found, items, progress), max_size=40)


@given(rows)
def test_what_came_bit_by_bit_is_what_there_is_at_the_end(told: list[dict[str, Any]]) -> None:
    """Findings with their counts, answers by status, items: the sum of all that was told, however it was cut up."""
    so_far = SoFar()

    def tell(now: Progress) -> None:
        so_far.take(now)

    everything = Told(tell)
    for row in [*told, {"kind": "progress", "phase": "end", "cases": 2, "findings": 0}]:
        everything.take(0, row)
    assert {f.identity: f.count for f in so_far.findings} == {f.identity: f.count for f in everything.findings()}
    by_status: dict[str, dict[int, int]] = {}
    for row in (one for one in so_far.rows if one["kind"] == "seen"):
        by_status.setdefault(row["operation"], {})[row["status"]] = row["n"]
    assert by_status == everything.statuses()
    exercised = {row["operation"]: set(row["items"]) for row in so_far.rows if row["kind"] == "exercised"}
    assert exercised == {name: set(some) for name, some in everything.exercised().items()}


def test_only_what_changed_is_told_again() -> None:
    """A finding that was seen once more comes with the count that it has by now; one that was not seen again does not come."""
    row = {"kind": "finding", "operation": "a", "check": "c", "level": "error", "count": 1, "at_ns": None, "first": {}}
    one, other = ({**row, "signature": text, "message": text, "curl": ""} for text in ("500", "503"))
    so_far = SoFar()
    assert len(so_far.take(Progress(phase="p", cases=1, findings=2, fresh=(one, other)))) == 2
    (again,) = so_far.take(Progress(phase="p", cases=2, findings=2, fresh=({**row, "signature": "500", "count": 4},)))
    assert (again.signature, again.count, again.message) == ("500", 5, "500")
    assert so_far.take(Progress(phase="p", cases=3, findings=2)) == ()
    assert len(merge_findings([one, other])) == len(so_far.findings)
