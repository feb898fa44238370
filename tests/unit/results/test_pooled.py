"""Windows of many runs added up, against the plain way of doing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model import Histogram
from harness.results import ALL, Pool, RunReader, tallies
from tests.unit.experiment.paired_runs import Made, make

S = 1_000_000_000


def test_tallies_are_what_the_histograms_say(tmp_path: Path) -> None:
    """Counts, quantiles and outcomes of a stretch, per operation and in all."""
    series = RunReader.open(make(tmp_path, 1, Made(errors=0.1))).windows()
    found = tallies(series, [(S, 3 * S)])
    for name in ("list", "place"):
        plain = series.during([(S, 3 * S)]).only(name)
        assert found[name].requests == plain.total
        assert found[name].errors == plain.errors
        assert found[name].outcomes == plain.counts()
        assert found[name].quantile(0.95) == plain.histogram().quantile(0.95)
    assert found[ALL].requests == found["list"].requests + found["place"].requests
    assert next(iter(found)) == ALL
    assert tallies(series, []) == {}


def test_a_pool_shows_both_runs_and_their_course(tmp_path: Path) -> None:
    """Two runs: counts per run, quantiles of all requests together, to 2 %."""
    pool = Pool(S)
    merged = []
    for number in (1, 2):
        series = RunReader.open(make(tmp_path, number, Made())).windows()
        pool.add(series, tallies(series, [(0, 5 * S)]))
        merged.append(series.only("place").histogram())
    figures = pool.figures("place")
    whole = Histogram.merged(merged)
    assert figures is not None
    assert figures.runs == 2
    assert figures.latency_ms.p99 == pytest.approx((whole.quantile(0.99) or 0) * 1000, abs=1e-3)
    assert figures.curve_ms[2] == figures.latency_ms.p50
    assert figures.over_time is not None
    assert figures.over_time.requests == (300.0,) * 5
    assert figures.over_time.p50[2] == pytest.approx((whole.quantile(0.5) or 0) * 1000, rel=0.08)
    assert pool.figures("nothing") is None


def test_thousands_of_names_do_not_fill_the_memory(tmp_path: Path) -> None:
    """A name per request is a mistake; the two hundred busiest are told apart, and `ALL` still holds everything."""
    many = {f"/things/{n}": 1.0 for n in range(1500)}
    series = RunReader.open(make(tmp_path, 1, Made(operations=many, rate=4, seconds=1))).windows()
    found = tallies(series, [(0, S)])
    assert len(found) == 201
    assert found[ALL].requests == 1500 * 4
    pool = Pool(S)
    pool.add(series, found)
    courses = [name for name in found if (figures := pool.figures(name)) and figures.over_time]
    assert len(courses) == 41
