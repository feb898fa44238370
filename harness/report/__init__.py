"""The report: one file per format, rebuilt any time from a run folder."""

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.report.breakpoint import breakpoint_html, breakpoint_markdown, facts, write_breakpoint
from harness.report.comparison import COMPARISON_FORMATS, comparison_html, comparison_markdown, write_comparison
from harness.report.formats import FORMATS, render, unknown_format
from harness.report.github import render_github
from harness.report.html import render_html
from harness.report.junit import render_junit
from harness.report.markdown import render_markdown
from harness.report.matrix import matrix_html, matrix_markdown, write_matrix
from harness.report.openmetrics import render_openmetrics
from harness.report.outcome import Outcome, document
from harness.report.run_outcome import outcome_of
from harness.report.sarif import render_sarif
from harness.results import RunReader, summary_of
from harness.results.disk import replace

__all__ = [
    "COMPARISON_FORMATS",
    "FORMATS",
    "RUN_FORMATS",
    "Outcome",
    "breakpoint_html",
    "breakpoint_markdown",
    "comparison_html",
    "comparison_markdown",
    "document",
    "facts",
    "matrix_html",
    "matrix_markdown",
    "render",
    "render_html",
    "render_junit",
    "render_markdown",
    "render_openmetrics",
    "unknown_format",
    "write_breakpoint",
    "write_comparison",
    "write_matrix",
    "write_report",
]


RUN_FORMATS: Mapping[str, Callable[[RunReader], str]] = {
    "github": lambda reader: render_github(outcome_of(summary_of(reader))),
    "html": render_html,
    "json": lambda reader: summary_of(reader).model_dump_json(indent=1) + "\n",
    "junit": lambda reader: render_junit(summary_of(reader)),
    "markdown": lambda reader: render_markdown(summary_of(reader)),
    "openmetrics": lambda reader: render_openmetrics(summary_of(reader)),
    "sarif": lambda reader: render_sarif(outcome_of(summary_of(reader))),
}
"""What `harness report --format` prints, by name."""

_FILES = {
    "report.html": "html",
    "report.md": "markdown",
    "junit.xml": "junit",
    "findings.sarif": "sarif",
    "metrics.txt": "openmetrics",
}


def write_report(reader: RunReader) -> list[Path]:
    """Write every format into the run folder, each file in one step. Raises EnvironmentFailed."""
    paths = []
    for name, form in _FILES.items():
        replace(reader.folder.file(name), RUN_FORMATS[form](reader).encode(errors="replace"))
        paths.append(reader.folder.file(name))
    return paths
