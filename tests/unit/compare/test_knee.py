"""Where latency begins to rise."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from harness.compare import knee_of


@given(capacity=st.floats(200, 5000), service=st.floats(0.1, 100))
def test_the_knee_of_a_queue_lies_before_its_capacity(capacity: float, service: float) -> None:
    """M/M/1: latency is service / (1 - load); the bend comes late, and before the end."""
    curve = [(capacity * load, service / (1 - load)) for load in (0.1, 0.3, 0.5, 0.7, 0.9, 0.97)]
    at = knee_of(curve)
    assert at is not None
    assert 0.5 * capacity <= at <= 0.9 * capacity + 1e-6


@given(slope=st.floats(0, 100), floor=st.floats(0.1, 100))
def test_a_straight_line_has_no_knee(slope: float, floor: float) -> None:
    """However steep."""
    assert knee_of([(x, floor + slope * x) for x in range(1, 9)]) is None


def test_points_that_say_nothing_are_left_out() -> None:
    """What was never answered is no latency; fewer than four points show no bend."""
    assert knee_of([(1, 5), (2, 5), (3, 50)]) is None
    assert knee_of([(1, 5), (2, 5), (3, 5), (4, 50), (5, inf)]) == 3
    assert knee_of([(1, 5), (2, 5), (2, 90), (2, 5), (3, 5), (4, 50)]) == 3
