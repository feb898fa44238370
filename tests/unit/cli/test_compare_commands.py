"""The commands `compare`, `trend` and `calibrate` in this process, on runs that nobody ran."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.entry import run_command
from tests.unit.experiment.paired_runs import Made, make


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Six pairs of neighbours, of which the second of each is a fifth slower and called `new-...`; and nine runs of another scenario."""
    for number, arm in enumerate("ABBAABBAABBA"):
        make(tmp_path / "runs", number, Made(shift=1.2 if arm == "B" else 1.0, defects=("x",) if arm == "B" else ()))
    return tmp_path


def _names(reports: Path, order: str) -> list[str]:
    runs = sorted((reports / "runs").iterdir())
    return [run.name for run, arm in zip(runs, "ABBAABBAABBA", strict=True) if arm == order]


def test_saved_runs_end_with_the_exit_code_of_their_judgement(
    reports: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Regressed is 1, and the JSON on stdout is the document; two single runs are 2, and told so."""
    for arm, name in (("A", "old"), ("B", "new")):
        for run in _names(reports, arm):
            (tmp_path / "runs" / run).rename(tmp_path / "runs" / run.replace("-shop-", f"-shop-{name}"))
    ask = ["compare", "*-shop-old*", "*-shop-new*", "--reports", str(reports), "--quantile", "p50", "--json"]
    assert run_command(ask) == 1
    document = json.loads(capfd.readouterr().out)
    assert document["judgement"] == "regressed"
    assert document["metrics"][0]["metric"] == "p50"
    single = [sorted((reports / "runs").iterdir())[at].name for at in (0, 1)]
    assert run_command(["compare", *single, "--reports", str(reports)]) == 2
    assert "INCONCLUSIVE" in capfd.readouterr().out
    assert run_command(["compare", *single, "--reports", str(reports), "--fail-on", "fail"]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["compare", "demo"], "two by two"),
        (["compare", "demo", "--base", "reference"], "--base and --candidate"),
        (["compare", "demo", "--base", "reference", "--candidate", "reference:slow-lits"], "slow-list"),
        (["compare", "a", "b", "--margin", "0%"], "above zero"),
        (["compare", "a", "b", "--quantile", "99"], "Write p50"),
        (
            ["compare", "demo", "--base", "reference", "--candidate", "reference", "--pairs", "8", "--max-pairs", "7"],
            "the most pairs",
        ),
        (["compare", "*nothing*", "last"], "called like"),
        (["trend", "*", "--least", "x"], "--least"),
    ],
)
def test_what_cannot_be_meant_is_exit_3(
    words: list[str], told: str, reports: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a remedy, before anything is started."""
    assert run_command([*words, "--reports", str(reports)]) == 3
    assert told in capfd.readouterr().err


def test_a_trend_is_told_in_lines(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Six runs and four slower ones: exit 1, and the run from which on."""
    folders = [make(tmp_path / "runs", n, Made(shift=1.0 if n < 6 else 1.3, seconds=2)) for n in range(10)]
    assert run_command(["trend", "*-shop-*", "--reports", str(tmp_path)]) == 1
    shown = capfd.readouterr().out
    assert f"from {folders[6].name}" in shown
    assert "p50 of place" in shown
