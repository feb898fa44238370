"""Charts: steps, letters, and what has no data."""

from __future__ import annotations

from math import inf, nan

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from harness.report.charts import calm_against_hurt, latency
from harness.report.scene import NARROW, WIDE, Scene, letter, step_s
from harness.report.sparkline import sparkline
from harness.results import FaultSummary


@given(length=st.floats(1, 86_400), requests=st.integers(0, 10_000_000))
def test_a_step_gives_no_more_points_than_fit(length: float, requests: int) -> None:
    """At any length and rate there are at most twice as many as asked for, and never none."""
    points = length / step_s(length, requests, WIDE.points)
    assert 0 < points <= WIDE.points * 2


def test_faults_are_called_by_letter() -> None:
    """A to Z, then AA."""
    assert [letter(i) for i in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]


def test_steps_without_data_or_answer_are_drawn_as_gaps_and_marks() -> None:
    """No value is made up for an empty step; one that was never answered stands at the top edge."""
    frame = pd.DataFrame({"t": [0.0, 1.0, 2.0], "q0": [0.01, nan, 0.02], "q1": [0.02, nan, inf]})
    svg = latency(frame, Scene(end_s=3.0), NARROW)
    assert "NaN" not in svg
    assert "var(--fail)" in svg


def test_a_fault_that_never_came_into_force_is_no_band() -> None:
    """Only what was in force is shaded."""
    frame = pd.DataFrame({"t": [0.0], "q0": [0.01], "q1": [0.02]})
    svg = latency(frame, Scene(end_s=1.0, faults=[FaultSummary(name="gone", edge="e", kind="down")]), WIDE)
    assert "gone" not in svg


def test_nothing_to_compare_is_an_empty_picture() -> None:
    """It does not crash."""
    assert calm_against_hurt((), WIDE).startswith("<svg")


def test_a_sparkline_breaks_where_nothing_was_measured() -> None:
    """Two pieces, two moves of the pen."""
    assert sparkline([1, 2, nan, 3, 4]).count("M") == 2
    assert "<path" not in sparkline([nan, inf])
