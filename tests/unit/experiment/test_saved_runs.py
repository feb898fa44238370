"""Saved runs against each other: decided where pairs allow it, and else the reason why not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.errors import BadDocument, BadInput
from harness.experiment.saved import compare_saved, find_runs
from harness.experiment.weigh import Weighing
from harness.model import Judgement, Verdict
from harness.results import Comparison, RunFolder, Status
from tests.unit.experiment.paired_runs import MACHINE, Made, make

WEIGHING = Weighing(shares=(0.5,))
ORDER = "ABBAABBAABBA"


def _nothing(*_: object) -> None:
    """Drawing takes a second, and one test looks at the page."""


def _runs(root: Path, order: str, base: Made, candidate: Made) -> tuple[list[RunFolder], list[RunFolder]]:
    folders: dict[str, list[RunFolder]] = {"A": [], "B": []}
    for number, arm in enumerate(order):
        folders[arm].append(make(root / "runs", number, base if arm == "A" else candidate))
    return folders["A"], folders["B"]


def _compare(root: Path, order: str, base: Made, candidate: Made) -> Comparison:
    a, b = _runs(root, order, base, candidate)
    return compare_saved(a, b, ("base", "candidate"), WEIGHING, reports=root, draw=_nothing).document


def test_runs_that_took_turns_are_judged(tmp_path: Path) -> None:
    """Six pairs of neighbours in both orders decide as runs made for it do."""
    found = _compare(tmp_path, ORDER, Made(), Made(shift=1.2))
    assert (found.mode, found.verdict) == ("saved", Verdict.FAIL)
    assert len(found.pairs) == 6
    assert found.metrics[0].judgement is Judgement.REGRESSED


def test_two_single_runs_say_nothing(tmp_path: Path) -> None:
    """The usual two runs and a percentage: unknown, and why."""
    found = _compare(tmp_path, "AB", Made(seconds=2), Made(shift=2.0, seconds=2))
    assert found.verdict is Verdict.UNKNOWN
    assert "1 pair of runs counts, and 5 are the fewest" in found.why[0]


def test_first_all_of_one_then_all_of_the_other_says_nothing(tmp_path: Path) -> None:
    """A drift of the machine would look like a change: 61 % false alarms in the study."""
    found = _compare(tmp_path, "AAAAAABBBBBB", Made(seconds=2), Made(shift=1.2, seconds=2))
    assert found.verdict is Verdict.UNKNOWN
    assert any("no partner" in why for why in found.why)


def test_always_the_same_first_says_nothing(tmp_path: Path) -> None:
    """ABABAB: whatever the first run of a pair has over the second would be taken for the version's."""
    found = _compare(tmp_path, "ABABABABABAB", Made(seconds=2), Made(shift=1.2, seconds=2))
    assert found.verdict is Verdict.UNKNOWN
    assert any("ran first in every pair" in why for why in found.why)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (Made(scenario="other", seconds=2), "different scenarios: other, shop"),
        (Made(plan={"users": 7}, seconds=2), "different states of it: load"),
        (Made(host={**MACHINE, "host": "laptop"}, seconds=2), r"different machines \(host\): bench, laptop"),
        (Made(host={**MACHINE, "clock": "perf"}, seconds=2), "different clocks"),
        (Made(versions={"harness": "0.2.0"}, seconds=2), "different versions of harness"),
    ],
)
def test_what_is_not_alike_is_unknown_and_said(tmp_path: Path, other: Made, why: str) -> None:
    """Another scenario, machine, clock or harness is compared, then, and not the service."""
    found = _compare(tmp_path, ORDER, Made(seconds=2), other)
    assert found.verdict is Verdict.UNKNOWN
    assert not [one for one in found.metrics if one.judgement is not Judgement.INCONCLUSIVE]
    assert any(re.search(why, line) for line in found.why)


def test_runs_that_were_cut_void_their_pairs(tmp_path: Path) -> None:
    """Interrupted, killed in the middle, without a request, or without its summary: the pair does not count, and says so."""
    a, b = _runs(tmp_path, ORDER, Made(), Made())
    cut = make(tmp_path / "runs", 50, Made(seconds=2, status=Status.RUNNING))
    interrupted = make(tmp_path / "runs", 52, Made(seconds=2, status=Status.INTERRUPTED))
    empty = make(tmp_path / "runs", 54, Made(seconds=2, operations={}))
    bare = make(tmp_path / "runs", 56, Made(seconds=2))
    bare.file("summary.json").unlink()  # so nobody can say whether its generator was trusted
    partners = [make(tmp_path / "runs", n, Made(seconds=2)) for n in (51, 53, 55, 57)]
    found = compare_saved(
        [*a, cut, interrupted, empty, bare], [*b, *partners], ("a", "b"), WEIGHING, reports=tmp_path, draw=_nothing
    ).document
    voids = [one.void for one in found.pairs if one.void]
    assert len(voids) == 4
    assert "no end" in voids[0] or "running" in voids[0] or "not complete" in voids[0]
    assert "interrupted" in voids[1] or "it was ended" in voids[1]
    assert "no requests" in voids[2]
    assert "no summary.json" in voids[3]
    assert found.judgement is Judgement.EQUIVALENT


def test_zero_samples_everywhere_are_unknown(tmp_path: Path) -> None:
    """Nothing was measured, so nothing is the same."""
    found = _compare(tmp_path, ORDER, Made(seconds=2, operations={}), Made(seconds=2, operations={}))
    assert found.verdict is Verdict.UNKNOWN
    assert found.metrics == ()
    assert "it has no requests" in found.why[0]


def test_a_truncated_table_is_an_error_that_names_it(tmp_path: Path) -> None:
    """Half a Parquet file has no footer; nothing is guessed from it."""
    a, b = _runs(tmp_path, "AB", Made(seconds=2), Made(seconds=2))
    file = a[0].file("windows.parquet")
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(BadDocument, match=r"windows\.parquet"):
        compare_saved(a, b, ("a", "b"), WEIGHING, reports=tmp_path, draw=_nothing)


def test_a_run_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """With what to do: upgrade."""
    a, b = _runs(tmp_path, "AB", Made(seconds=2), Made(seconds=2))
    record = json.loads(b[0].file("run.json").read_text()) | {"format": 99}
    b[0].file("run.json").write_text(json.dumps(record))
    with pytest.raises(BadInput, match="format 99"):
        compare_saved(a, b, ("a", "b"), WEIGHING, reports=tmp_path, draw=_nothing)


def test_markup_in_names_comes_to_the_page_as_text(tmp_path: Path) -> None:
    """An operation called like a script stays a name."""
    bad = "<script>alert(1)</script>"
    a, b = _runs(tmp_path, "AB", Made(seconds=2, operations={bad: 4.0}), Made(seconds=2, operations={bad: 4.0}))
    found = compare_saved(a, b, ("<b>a</b>", "b"), WEIGHING, reports=tmp_path)
    assert bad in {one.name for one in found.document.operations}
    assert bad not in found.report.read_text()
    assert "<b>a</b>" not in found.report.read_text()


def test_runs_are_found_by_pattern_and_not_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`*`, names, `last`; a pattern that fits nothing or a folder that is no run, and a run compared with itself, are errors."""
    a, b = _runs(tmp_path, "AB", Made(seconds=2), Made(seconds=2))
    root = tmp_path / "runs"
    assert find_runs(root, "*-shop-*") == (*a, *b)
    assert find_runs(root, "last") == tuple(b)
    assert [one.name for one in find_runs(root, str(root / "*-shop-000000"))] == [a[0].name]
    with pytest.raises(BadInput, match="called like"):
        find_runs(root, "*-nothing-*")
    monkeypatch.chdir(tmp_path)
    last = find_runs(Path("runs"), "last")
    with pytest.raises(BadInput, match="both sides"):
        compare_saved(find_runs(root, "*-shop-*"), last, ("a", "b"), WEIGHING, reports=tmp_path)
    a[0].file("run.json").unlink()
    with pytest.raises(BadInput, match=r"has no run\.json"):
        find_runs(root, "*-shop-*")
    with pytest.raises(BadInput, match="both sides"):
        compare_saved(b, b, ("b", "b"), WEIGHING, reports=tmp_path)
