"""Another host's clock, from pings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.load import Clock, clock_checks
from harness.load.clock import Ping, offset_of
from harness.model import Verdict

MS = 1_000_000


@given(
    offset=st.integers(-(10**15), 10**15),
    ways=st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 50 * MS), st.integers(0, 50 * MS)), min_size=1),
)
def test_the_true_offset_lies_within_the_uncertainty(offset: int, ways: list[tuple[int, int, int]]) -> None:
    """However long each way took; and the shortest ping bounds it."""
    pings = [Ping(sent, sent + there + offset, sent + there + back) for sent, there, back in ways]
    told, uncertainty = offset_of(pings)
    assert abs(told - offset) <= uncertainty
    assert uncertainty == (min(there + back for _, there, back in ways) + 1) // 2


def clock(*, uncertainty_ms: float, drift_ms: float | None) -> Clock:
    """One day ahead."""
    return Clock(
        host="load-2",
        offset_ns=86_400 * 10**9,
        uncertainty_ns=round(uncertainty_ms * MS),
        drift_ns=None if drift_ms is None else round(drift_ms * MS),
    )


def test_a_run_on_clocks_that_are_not_known_is_unknown() -> None:
    """Beyond 20 ms, drift included; or where the end could not be measured. A day's difference alone is corrected."""
    told = [
        clock_checks([clock(uncertainty_ms=u, drift_ms=d)])[0].verdict
        for u, d in ((0.2, 0.1), (19, -2), (12, -7), (21, 0), (0.1, None))
    ]
    assert told == [Verdict.PASS, Verdict.UNKNOWN, Verdict.PASS, Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert clock_checks([]) == ()
