"""Markdown and JUnit: golden files, and the rules that hold for any run. `HARNESS_GOLDEN=write` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.model import Verdict
from harness.report import render_junit, render_markdown
from harness.results import RunReader, Summary, summary_of


@pytest.mark.parametrize(("name", "render"), [("report.md", render_markdown), ("junit.xml", render_junit)])
def test_a_report_is_as_agreed(reader: RunReader, golden: Path, name: str, render: object) -> None:
    """The golden file, to the letter."""
    assert callable(render)
    text = render(summary_of(reader))
    if os.environ.get("HARNESS_GOLDEN") == "write":
        (golden / name).write_text(text)
    assert text == (golden / name).read_text()


def crowded(summary: Summary) -> Summary:
    """Fifty of everything."""
    names = ("why", "expectations", "faults", "operations", "findings", "errors", "not_tested")
    many = {name: getattr(summary, name) * 50 for name in names}
    return summary.model_copy(update=many)


def test_markdown_fits_a_comment(reader: RunReader) -> None:
    """60 lines at most, however much there is to tell; what is left out is counted and linked."""
    text = render_markdown(crowded(summary_of(reader)))
    assert len(text.splitlines()) <= 60
    assert "more expectations in [report.html](report.html#expectations)" in text


def test_markdown_tells_errors_coverage_and_gaps(reader: RunReader) -> None:
    """A line each: the worst errors, what was seen of the description, and what nobody tested."""
    summary = summary_of(reader)
    assert min(len(summary.errors), len(summary.contract.coverage), len(summary.not_tested)) >= 1
    lines = render_markdown(summary).splitlines()
    (errors,) = [line for line in lines if line.startswith("Errors")]
    (coverage,) = [line for line in lines if line.startswith("Coverage")]
    (gaps,) = [line for line in lines if line.startswith("Not tested")]
    assert f"{max(one.count for one in summary.errors):,}× " in errors
    assert all(f"{one.seen} of {one.total} {one.kind}" in coverage for one in summary.contract.coverage)
    assert gaps.rstrip().endswith(f"[{len(summary.not_tested) - 1} more](report.html#not-tested)")


def test_markdown_escapes_names(reader: RunReader) -> None:
    """A bar, a tag or a back-tick in a name breaks neither table nor page."""
    base = summary_of(reader)
    evil = base.operations[0].model_copy(update={"name": "a|b`<script>`\nc"})
    text = render_markdown(base.model_copy(update={"title": "x <b>|y", "operations": (evil,)}))
    assert r"x \<b\>\|y" in text
    row = next(line for line in text.splitlines() if "script" in line)
    assert row.startswith("| ``a\\|b`<script>` c`` |")


@pytest.mark.parametrize(
    "curl", ["""curl "$BASE" --data-raw '{"q": "a|b"}'""", """curl -d '{"q": "a|b  c"}'""", "curl -d '```  `'", "a\tb"]
)
def test_markdown_leaves_a_reproduction_as_it_is(reader: RunReader, curl: str) -> None:
    """Bars, blanks and back-ticks are the request's own; a fence is longer than any inside."""
    base = summary_of(reader)
    finding = base.findings[0].model_copy(update={"curl": curl, "level": "error", "accepted": ""})
    lines = render_markdown(base.model_copy(update={"findings": (finding,)})).splitlines()
    at = next(n for n, line in enumerate(lines) if curl in line)
    fence = lines[at - 1].removesuffix("sh")
    in_line = lines[at] != curl
    assert lines[at] == f"  `{curl}`" if in_line else (lines[at + 1] == fence and fence not in curl)


def test_markdown_has_room_for_few_lines(reader: RunReader) -> None:
    """What needs more stands in the page, and that is said."""
    base = summary_of(reader)
    finding = base.findings[0].model_copy(update={"curl": "a\n" * 20, "level": "error", "accepted": ""})
    text = render_markdown(base.model_copy(update={"findings": (finding,)}))
    assert "no room here: [report.html](report.html#findings)" in text


def test_junit_never_turns_unknown_into_a_pass(reader: RunReader) -> None:
    """Unknown is an error, fail a failure, and the counts say so."""
    root = ET.fromstring(render_junit(summary_of(reader)))
    assert (root.get("failures"), root.get("errors")) == ("2", "1")
    assert len(root.findall(".//failure")) == 2
    assert [case.get("name") for case in root.findall(".//testcase[error]")] == [
        "p99.9 of cancel_order <= 60ms during steady"
    ]


def test_junit_of_an_unfinished_run_is_an_error(cut: RunReader) -> None:
    """A run without a verdict still has a case, and it is not green."""
    root = ET.fromstring(render_junit(summary_of(cut)))
    assert (root.get("tests"), root.get("errors")) == ("1", "1")


def test_junit_survives_any_text(reader: RunReader) -> None:
    """Control characters, which XML forbids, are replaced."""
    evil = summary_of(reader).model_copy(update={"title": "a\x00\x1b[31m<&>\ud800", "verdict": Verdict.FAIL})
    assert ET.fromstring(render_junit(evil)).find(".//failure") is not None
