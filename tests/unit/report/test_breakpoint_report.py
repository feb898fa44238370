"""The report of a search for a break."""

from __future__ import annotations

from math import inf
from pathlib import Path

from harness.model import Verdict
from harness.report import breakpoint_html, breakpoint_markdown, write_breakpoint
from harness.results import Breakpoint, BreakpointTrial, Quantiles, RunFolder, Status, save_breakpoint


def _found(*trials: BreakpointTrial, **more: object) -> Breakpoint:
    values: dict[str, object] = {
        "name": "b",
        "scenario": "<queue>",
        "target": "slow|one",
        "vary": "rate",
        "unit": "/s",
        "status": Status.COMPLETE,
        "verdict": Verdict.PASS,
        "title": "<slow> keeps | what is expected",
        "why": "it held",
        "floor": 10,
        "ceiling": 400,
        "tolerance": 0.1,
        "budget_s": 60,
        "started": "2026-11-24T03:00:00Z",
        "trials": trials,
    }
    return Breakpoint.model_validate({**values, **more})


def _trial(value: float, p99: float, verdict: Verdict = Verdict.PASS, **more: object) -> BreakpointTrial:
    return BreakpointTrial.model_validate(
        {
            "value": value,
            "verdict": verdict,
            "run": f"run-{value:g}",
            "seconds": 5,
            "requests": 100,
            "rate": value,
            "latency_ms": Quantiles(p50=3, p99=p99),
            **more,
        }
    )


TRIALS = (
    _trial(100, 8),
    _trial(200, 30),
    _trial(300, 900, Verdict.FAIL, broke=("p99 <= 100ms: 900 ms",)),
    _trial(400, 2000, Verdict.UNKNOWN, doubts=("99% of a <core>",)),
)
WHOLE = _found(
    *TRIALS, holds=200, breaks=300, unclear=400, knee=200, saturated="target", saturated_why="p99 <= 100ms: 900 ms"
)


def test_the_page_names_the_sides_and_escapes_every_name() -> None:
    """Two pictures with holds, breaks and the knee; a table of all trials; no markup of others."""
    page = breakpoint_html(WHOLE)
    assert page.count("<svg") == 2
    for word in ("holds", "breaks", "unclear", "knee"):
        assert f">{word}</text>" in page
    assert "&lt;queue&gt;" in page
    assert "<queue>" not in page
    assert "99% of a &lt;core&gt;" in page
    assert all(f"run-{value}" in page for value in (100, 200, 300, 400))
    assert page.count("<script") == 1  # ours, at the end
    assert "http://www.w3.org" not in page.replace('"http://www.w3.org/2000/svg"', "")


def test_the_markdown_has_a_row_per_trial() -> None:
    """In order of the rate; a bar in a name splits no table."""
    lines = breakpoint_markdown(WHOLE).splitlines()
    rows = [line for line in lines if line.startswith("| ") and "run-" in line]
    assert [row.split("|")[1].strip() for row in rows] == ["100/s", "200/s", "300/s", "400/s"]
    assert any("What gave way first was the target" in line for line in lines)
    assert "\\|" in lines[0]


def test_a_search_without_answers_is_told_and_not_drawn() -> None:
    """No trial, or one that was never answered: words in place of a picture."""
    for found in (_found(verdict=Verdict.UNKNOWN, status=Status.INTERRUPTED), _found(_trial(100, inf))):
        page = breakpoint_html(found)
        assert "<svg" not in page
        assert "nothing to draw" in page
    assert "This search is interrupted" in breakpoint_html(_found(status=Status.INTERRUPTED))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Infinite latencies too."""
    found = _found(_trial(100, inf), _trial(200, 7))
    folder = RunFolder(tmp_path)
    save_breakpoint(folder, found)
    assert [path.name for path in write_breakpoint(folder, found)] == ["report.html", "report.md"]
    assert Breakpoint.model_validate_json(folder.file("breakpoint.json").read_text()) == found
