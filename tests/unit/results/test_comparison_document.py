"""`comparison.json`: written, read back, and its schema."""

from __future__ import annotations

from pathlib import Path

from harness.model import Judgement, Verdict, summed_up
from harness.results import Comparison, RunFolder, save_comparison
from tests.unit.report.synthetic_comparison import CUT, MANY, NOISY, SAME, Case, compared


def test_a_comparison_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Nothing is lost on the way through the file, infinities included."""
    found = compared()
    found = found.model_copy(update={"metrics": (found.metrics[0].model_copy(update={"high": float("inf")}),)})
    save_comparison(RunFolder(tmp_path), found)
    assert Comparison.model_validate_json((tmp_path / "comparison.json").read_text()) == found


def test_each_synthetic_case_comes_out_as_it_is_meant() -> None:
    """The examples that reports are drawn from are what their names say."""
    outcomes = [compared(case).judgement for case in (Case(), SAME, NOISY)]
    assert outcomes == [Judgement.REGRESSED, Judgement.EQUIVALENT, Judgement.INCONCLUSIVE]
    assert compared(CUT).status == "interrupted"
    assert len(compared(MANY).operations) == 20


def test_the_worst_judgement_wins_and_none_is_inconclusive() -> None:
    """Regressed over inconclusive over improved over equivalent."""
    assert summed_up([]) is Judgement.INCONCLUSIVE
    assert summed_up([Judgement.EQUIVALENT, Judgement.IMPROVED]) is Judgement.IMPROVED
    assert summed_up([Judgement.IMPROVED, Judgement.INCONCLUSIVE]).verdict is Verdict.UNKNOWN
    assert summed_up(Judgement).verdict is Verdict.FAIL
