"""The report of a comparison: HTML and Markdown here, the formats of machines beside them, rebuilt any time from `comparison.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from harness.model import Judgement
from harness.report.arms_markdown import arms_in_lines
from harness.report.canvas import unchecked
from harness.report.comparison_outcome import comparison_outcome
from harness.report.comparison_page import comparison_page, facts, told_effect
from harness.report.github import render_github
from harness.report.html import laid_out, short_enough
from harness.report.junit import render_comparison_junit
from harness.report.markdown import cell, code, escaped, row, table
from harness.report.openmetrics import render_comparison_openmetrics
from harness.report.sarif import render_sarif
from harness.report.words import NONE, count, quantity, seconds, when
from harness.results import Comparison, MetricComparison, RunFolder, Status
from harness.results.disk import replace

MARK = {
    "regressed": "❌ regressed",
    "improved": "✅ improved",
    "equivalent": "✅ equivalent",
    "inconclusive": "❔ inconclusive",
}
MOST = {"reasons": 4, "metrics": 14, "findings": 4, "pairs": 6}


def write_comparison(folder: RunFolder, found: Comparison) -> list[Path]:
    """Write `report.html`, `report.md`, `junit.xml`, `findings.sarif` and `metrics.txt`, each in one step. Raises EnvironmentFailed."""
    for name, form in _FILES.items():
        replace(folder.file(name), COMPARISON_FORMATS[form](found).encode(errors="replace"))
    return [folder.file(name) for name in _FILES]


def comparison_html(found: Comparison) -> str:
    """The whole page, of at most 1 MB: where names and texts are so long that it would be more, it shows fewer rows and says so."""
    with unchecked():
        page = comparison_page(found)
    return short_enough(lambda by: laid_out("comparison.html.j2", page=page.shorter(by), found=found))


def comparison_markdown(found: Comparison) -> str:
    """Short enough for a comment under a pull request (60 lines at most)."""
    lines = [*_head(found), *_metrics(found), *_findings(found), *arms_in_lines(found), *_foot(found)]
    return "\n".join(lines) + "\n"


def _head(found: Comparison) -> Iterator[str]:
    yield f"## {MARK[found.judgement]}: {escaped(found.title or found.scenario)}"
    yield ""
    if found.status not in (Status.COMPLETE, Status.STOPPED):
        yield f"**This comparison is {found.status}**: it did not come to its own end."
        yield ""
    yield (
        f"{escaped(found.scenario)} · {code(found.candidate.spelling)} against {code(found.base.spelling)} · "
        f"{when(found.started)} · {seconds(found.duration_s)}"
    )
    yield ""
    yield from (f"- **{escaped(reason)}**" for reason in found.why[: MOST["reasons"]])
    if len(found.why) > MOST["reasons"]:
        yield f"- and {len(found.why) - MOST['reasons']} more reasons in [report.html](report.html)"
    yield from (f"- {escaped(fact)}" for fact in facts(found))
    yield ""


def _metrics(found: Comparison) -> Iterator[str]:
    """Everything that changed or could not be told, then the rest while there is room."""
    if not found.metrics:
        return
    yield from table("Operation|Number|Base:|Candidate:|Effect:|Verdict")
    shown = sorted(found.metrics, key=lambda one: (not one.gates, one.judgement is Judgement.EQUIVALENT))[
        : MOST["metrics"]
    ]
    yield from (_metric(one) for one in shown)
    if len(found.metrics) > len(shown):
        yield f"\n… and {len(found.metrics) - len(shown)} more numbers in [report.html](report.html#changed)."
    yield ""


def _metric(one: MetricComparison) -> str:
    said = MARK[one.judgement] if one.gates else "too few to judge"
    more = f", about {one.more_pairs} more pairs" if one.more_pairs and one.gates else ""
    effect = told_effect(one) if one.effect is not None else NONE
    figures = (quantity(one.base, one.unit), quantity(one.candidate, one.unit), effect)
    return row(cell(one.operation), escaped(one.subject or one.metric), *figures, f"{said}{more}")


def _findings(found: Comparison) -> Iterator[str]:
    for one in found.findings[: MOST["findings"]]:
        seen = f"base {one.base_seen} of {one.base_runs}, candidate {one.candidate_seen} of {one.candidate_runs} runs"
        yield f"- {MARK[one.judgement]} · {escaped(one.source)} · {code(one.operation)}: {escaped(one.message)} ({seen})"
    more = len(found.findings) + found.more_findings - MOST["findings"]
    if more > 0:
        yield f"- and {count(more)} more findings in [report.html](report.html#findings)"
    if found.findings:
        yield ""


def _foot(found: Comparison) -> Iterator[str]:
    void = [pair for pair in found.pairs if pair.void]
    yield from (f"- pair {pair.number} does not count: {escaped(pair.void)}" for pair in void[: MOST["pairs"]])
    if len(void) > MOST["pairs"]:
        yield f"- and {len(void) - MOST['pairs']} more pairs that don't count in [report.html](report.html#pairs)"
    if void:
        yield ""
    yield f"Everything: [report.html](report.html), comparison {code(found.name)}"


COMPARISON_FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    "github": lambda found: render_github(comparison_outcome(found)),
    "html": comparison_html,
    "json": lambda found: found.model_dump_json(indent=1) + "\n",
    "junit": render_comparison_junit,
    "markdown": comparison_markdown,
    "openmetrics": render_comparison_openmetrics,
    "sarif": lambda found: render_sarif(comparison_outcome(found)),
}
"""What `harness report COMPARISON --format` prints, by name: the same names as for a run."""

_FILES = {
    "report.html": "html",
    "report.md": "markdown",
    "junit.xml": "junit",
    "findings.sarif": "sarif",
    "metrics.txt": "openmetrics",
}
