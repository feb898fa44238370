"""The seconds of the charts stay few, and a page that was away catches up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.ui.series import KEPT_S, Series
from harness.ui.state import Points


def second(at: int, rate: float = 1.0, run: str = "r") -> Points:
    return Points(run=run, all=([float(at), rate],), operations={"a": ([float(at), rate],)})


def take(series: Series, points: Points) -> None:
    series.take(points.model_dump_json())


@given(st.lists(st.integers(0, 5000), max_size=200))
def test_the_newest_value_of_a_second_counts(seconds: list[int]) -> None:
    """In whatever order they come, in order of time they are told."""
    series, newest = Series(), {}
    for number, at in enumerate(seconds):
        take(series, second(at, number))
        newest[float(at)] = float(number)
    assert [(p[0], p[1]) for p in series.whole()["all"]] == sorted(newest.items())


def test_a_night_is_no_longer_than_its_last_minutes() -> None:
    """What is kept does not grow with the run."""
    series = Series()
    for at in range(8 * 3600):
        take(series, second(at))
    kept = series.whole()
    assert len(kept["all"]) == len(kept["operations"]["a"]) == KEPT_S
    assert kept["all"][-1][0] == 8 * 3600 - 1


def test_who_missed_little_gets_it_and_who_missed_much_takes_all_anew() -> None:
    """Also after another run began."""
    series = Series()
    for at in range(10):
        take(series, second(at))
    assert len(series.since(7) or ()) == 3
    assert series.since(10) == []
    assert series.since(99) is None
    take(series, second(0, run="other"))
    assert series.since(9) is None
    assert series.whole()["run"] == "other"
    assert len(series.whole()["all"]) == 1
