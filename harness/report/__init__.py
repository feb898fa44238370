"""The report: one file per format, rebuilt any time from a run folder."""

from pathlib import Path

from harness.report.breakpoint import breakpoint_html, breakpoint_markdown, facts, write_breakpoint
from harness.report.comparison import comparison_html, comparison_markdown, write_comparison
from harness.report.formats import FORMATS, render, unknown_format
from harness.report.html import render_html
from harness.report.junit import render_junit
from harness.report.markdown import render_markdown
from harness.report.outcome import Outcome, document
from harness.results import RunReader, summary_of
from harness.results.disk import replace

__all__ = [
    "FORMATS",
    "Outcome",
    "breakpoint_html",
    "breakpoint_markdown",
    "comparison_html",
    "comparison_markdown",
    "document",
    "facts",
    "render",
    "render_html",
    "render_junit",
    "render_markdown",
    "unknown_format",
    "write_breakpoint",
    "write_comparison",
    "write_report",
]


def write_report(reader: RunReader) -> list[Path]:
    """Write `report.html`, `report.md` and `junit.xml` into the run folder, each in one step. Raises EnvironmentFailed."""
    summary = summary_of(reader)
    contents = {
        "report.html": render_html(reader),
        "report.md": render_markdown(summary),
        "junit.xml": render_junit(summary),
    }
    paths = []
    for name, text in contents.items():
        replace(reader.folder.file(name), text.encode(errors="replace"))
        paths.append(reader.folder.file(name))
    return paths
