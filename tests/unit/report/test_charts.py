"""Charts: steps, letters, and what has no data."""

from __future__ import annotations

import re
from math import inf, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Histogram
from harness.report.arms import Curve, Dumbbell, by_nines, dumbbells
from harness.report.charts import latency, probe
from harness.report.paint import painted
from harness.report.scene import NARROW, WIDE, Limit, Scene, letter, step_s
from harness.report.sparkline import sparkline
from harness.results import FaultSummary, ProbePoint, Steps


@given(length=st.floats(1, 86_400), requests=st.integers(0, 10_000_000))
def test_a_step_gives_no_more_points_than_fit(length: float, requests: int) -> None:
    """At any length and rate there are at most twice as many as asked for, and never none."""
    points = length / step_s(length, requests, WIDE.points)
    assert 0 < points <= WIDE.points * 2


def steps_of(t: list[float], p50: list[float], p99: list[float]) -> Steps:
    """A second each, with one request."""
    ones = np.ones(len(t), dtype=np.int64)
    return Steps(step_s=1.0, t=np.array(t), n=ones, errors=0 * ones, quantiles=(np.array(p50), np.array(p99)))


def test_faults_are_called_by_letter() -> None:
    """A to Z, then AA."""
    assert [letter(i) for i in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]


def test_steps_without_data_or_answer_are_drawn_as_gaps_and_marks() -> None:
    """No value is made up for an empty step; one that was never answered stands at the top edge."""
    steps = steps_of([0.0, 1.0, 2.0], [0.01, nan, 0.02], [0.02, nan, inf])
    svg = latency(steps, Scene(end_s=3.0), NARROW)
    assert "NaN" not in svg
    assert "var(--fail," in svg


def test_a_fault_that_never_came_into_force_is_no_band() -> None:
    """Only what was in force is shaded."""
    steps = steps_of([0.0], [0.01], [0.02])
    svg = latency(steps, Scene(end_s=1.0, faults=[FaultSummary(name="gone", edge="e", kind="down")]), WIDE)
    assert "gone" not in svg


def test_the_limit_of_the_drawn_quantile_is_a_line_with_its_name() -> None:
    """And it lies inside the picture, however far below it everything stays."""
    steps = steps_of([0.0, 1.0], [0.001, 0.001], [0.002, 0.002])
    svg = latency(steps, Scene(end_s=2.0), WIDE, Limit(250.0, "p99 limit 250 ms"))
    assert "p99 limit 250 ms" in svg


def test_a_million_findings_are_a_few_hundred_shapes() -> None:
    """What would lie on one another is drawn once."""
    found = [("error", i / 10_000) for i in range(20_000)]
    steps = steps_of([0.0, 1.0], [0.01, 0.01], [0.02, 0.02])
    assert latency(steps, Scene(end_s=2.0, findings=found), WIDE).count("<path") < 450


def test_a_probe_breaks_where_a_sample_failed() -> None:
    """A failed sample is a gap, not a zero."""
    points = [ProbePoint(t_s=t, value=v) for t, v in ((0, 3.0), (1, 4.0), (2, None), (3, 5.0), (4, 5.0))]
    svg = probe("queue", points, Scene(end_s=5.0), NARROW)
    line = max(re.findall(r'd="(M[^"]+)"', svg), key=len)
    assert line.count("M") == 2


def test_no_pair_is_an_empty_picture() -> None:
    """It does not crash."""
    assert dumbbells((), WIDE, "p99").startswith("<svg")
    assert "one" in dumbbells([Dumbbell("one", 1.0, 2.0)], WIDE, "p99")


@given(n=st.integers(1, 5_000))
def test_a_curve_by_nines_goes_no_further_than_its_requests(n: int) -> None:
    """Of n requests the highest share has at least one above it, and latency never falls along it."""
    curve = Curve.of("all", Histogram.of({1000 + i % 900: 1 + i // 900 for i in range(n)}))
    assert all(curve.requests * (1 - share) >= 1 for share, _ in curve.points)
    assert [v for _, v in curve.points] == sorted(v for _, v in curve.points)


def test_nines_without_data_are_no_picture() -> None:
    """The page then says why."""
    assert by_nines([Curve.of("all", Histogram())], WIDE) is None


def test_nines_are_named_at_their_ends() -> None:
    """Each line carries the name of its arm, each tick its share."""
    curves = [
        Curve.of(name, Histogram.of(dict.fromkeys(range(low, low + 2000), 1)))
        for name, low in (("base", 900), ("cand", 990))
    ]
    svg = by_nines(curves, WIDE)
    assert svg is not None
    assert all(text in svg for text in (">base<", ">cand<", ">99 %<", ">99.9 %<"))


def test_a_sparkline_breaks_where_nothing_was_measured() -> None:
    """Two pieces, two moves of the pen."""
    assert sparkline([1, 2, nan, 3, 4]).count("M") == 2
    assert "<path" not in sparkline([nan, inf])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=20))
def test_a_line_of_steps_is_written_short_and_stays_where_it_was(points: list[tuple[int, int]]) -> None:
    """Every corner stays: the shorter line goes through the same places in the same order."""
    long = "M" + "L".join(f"{x},{y}" for x, y in points)
    svg = painted(f'<svg viewBox="0 0 9 9"><path d="{long}"/></svg>', "x", "wide")
    short = re.search(r'd="([^"]+)"', svg)
    assert short is not None
    assert len(short[1]) <= len(long)
    assert _places(short[1]) == _places(long)


def _places(path: str) -> list[tuple[int, int]]:
    """Each whole place that the line touches, in order; the same one once."""
    at, found = (0, 0), []
    for command, numbers in re.findall(r"([MLHV])([\d,]+)", path):
        values = [int(one) for one in numbers.split(",")]
        to = (values[0], values[1]) if command in "ML" else (values[0], at[1]) if command == "H" else (at[0], values[0])
        straight = command != "M" and (to[0] == at[0] or to[1] == at[1])
        steps = max(abs(to[0] - at[0]), abs(to[1] - at[1])) if straight else 1
        between = [
            (at[0] + (to[0] - at[0]) * n // steps, at[1] + (to[1] - at[1]) * n // steps) for n in range(1, steps)
        ]
        found += [*between, to]
        at = to
    return [one for one, before in zip(found, [None, *found], strict=False) if one != before]
