"""How saved runs moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.experiment.trend import trend
from harness.model import Verdict
from harness.results import RunFolder, Trend
from tests.unit.experiment.paired_runs import MACHINE, Made, make


def _runs(root: Path, shifts: list[float]) -> list[RunFolder]:
    return [make(root, number, Made(shift=shift, seconds=2)) for number, shift in enumerate(shifts)]


def test_a_step_is_found_where_it_happened(tmp_path: Path) -> None:
    """Ten runs, 30 % slower from the seventh on: that run is named, and the trend fails."""
    folders = _runs(tmp_path, [1.0] * 6 + [1.3] * 4)
    found = trend(folders)
    p50 = next(one for one in found.series if (one.operation, one.metric) == ("place", "p50"))
    assert [change.run for change in p50.changes] == [folders[6].name]
    assert p50.changes[0].change == pytest.approx(0.3, abs=0.03)
    assert found.verdict is Verdict.FAIL
    assert Trend.model_validate_json(found.model_dump_json()) == found


def test_level_runs_have_no_change_and_few_runs_no_trend(tmp_path: Path) -> None:
    """One odd run is no change of level; seven runs say nothing."""
    folders = _runs(tmp_path, [1.0, 1.02, 0.99, 1.4, 1.01, 0.98, 1.0, 1.01, 0.99, 1.0])
    assert trend(folders).verdict is Verdict.PASS
    assert not [one for one in trend(folders).series if one.changes]
    assert trend(folders[:7]).verdict is Verdict.UNKNOWN


def test_what_nobody_serves_any_more_is_a_change_for_the_worse(tmp_path: Path) -> None:
    """From the sixth run on one operation fails always and another is gone: no throughput is the worst of all, and no gap in the figures."""
    well = Made(seconds=2, operations={"list": 4.0, "place": 12.0, "pay": 9.0})
    worse = Made(seconds=2, operations={"place": 12.0, "pay": 9.0}, errors=1.0)
    found = trend([make(tmp_path, n, worse if n > 4 else well) for n in range(9)])
    changed = {(one.operation, one.metric) for one in found.series if any(change.worse for change in one.changes)}
    assert changed >= {("list", "throughput"), ("place", "throughput"), ("pay", "throughput")}
    assert found.verdict is Verdict.FAIL
    assert {one.judged for one in found.series if (one.operation, one.metric) == ("list", "p50")} == {False}


def test_what_was_spoilt_is_left_out_and_said(tmp_path: Path) -> None:
    """A run of a busy generator would look like a change."""
    folders = [make(tmp_path, n, Made(seconds=2, spoilt="late" if n == 3 else "")) for n in range(9)]
    found = trend(folders)
    assert [one.left_out for one in found.runs if one.left_out] == ["late"]
    assert {len(one.values) for one in found.series} == {8}


def test_machines_and_scenarios_are_not_mixed(tmp_path: Path) -> None:
    """The pattern has to be narrower; no runs at all is an error, too."""
    here = make(tmp_path, 0, Made(seconds=2))
    there = make(tmp_path, 1, Made(seconds=2, host={**MACHINE, "host": "laptop"}))
    other = make(tmp_path, 2, Made(seconds=2, scenario="other"))
    with pytest.raises(BadInput, match="different machines"):
        trend([here, there])
    with pytest.raises(BadInput, match="different scenarios"):
        trend([here, other])
    with pytest.raises(BadInput, match="no runs"):
        trend([])
