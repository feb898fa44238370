"""The report of a comparison: every case has its page and its comment, and no text of a run becomes markup."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from harness.report import comparison_html, comparison_markdown, write_comparison
from harness.report.comparison_page import comparison_page
from harness.report.effects import dots, drawable, forest
from harness.report.scene import NARROW
from harness.report.words import effect
from harness.results import Comparison, ErrorComparison, RunFolder
from tests.unit.report.outline import outline
from tests.unit.report.synthetic_comparison import CUT, HOSTILE, MANY, NOISY, SAME, Case, compared


@pytest.fixture(scope="module")
def slower() -> Comparison:
    """place_order became 20 % slower."""
    return compared()


@pytest.fixture(scope="module")
def html(slower: Comparison) -> str:
    """Its page."""
    return comparison_html(slower)


def test_the_comment_is_as_agreed(slower: Comparison, golden: Path) -> None:
    """The golden file, to the letter; `HARNESS_GOLDEN=write` writes it anew."""
    text, path = comparison_markdown(slower), golden / "comparison.md"
    if os.environ.get("HARNESS_GOLDEN") == "write":
        path.write_text(text)
    assert text == path.read_text()


def test_the_sections_stand_in_the_order_of_questions(html: str) -> None:
    """Verdict, reasons and validity first, then as on the page of a run; pairs, validity in full and place last."""
    order = (
        "expectations timeline faults changed operations findings audit coverage not-tested matrix nines errors pairs"
        " validity environment"
    )
    marks = ["<h1>", 'class="why"', 'class="trust"', *(f'id="{name}"' for name in order.split())]
    assert [html.index(mark) for mark in marks] == sorted(html.index(mark) for mark in marks)
    outline(html)


@pytest.mark.parametrize(("case", "word"), [(Case(), "regressed"), (SAME, "equivalent"), (NOISY, "inconclusive")])
def test_the_judgement_is_the_first_thing_said(case: Case, word: str) -> None:
    """On the page and in the comment."""
    found = compared(case)
    assert f'<p class="big">{word}</p>' in comparison_html(found)
    assert word in comparison_markdown(found).splitlines()[0]


def test_what_changed_is_told_worst_first_with_interval_and_margin(html: str) -> None:
    """The first row of the table is the regression; what has too few samples comes last and is not judged."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html[html.index('class="verdicts metrics"') :], re.DOTALL)[1:]
    assert "<code>place_order</code>" in rows[0]
    assert "regressed" in rows[0]
    assert re.search(r"\+\d+\.\d % to \+\d+\.\d %", rows[0])
    assert "±5.0 %" in rows[0]
    judged = ["not judged" in row for row in rows if "<code>" in row and "verdict" not in row][:24]
    assert judged == sorted(judged)


def _section(html: str, name: str) -> str:
    start = html.index(f'<section aria-labelledby="{name}">')
    return html[start : html.index("</section>", start)]


def test_expectations_are_told_for_both_arms(html: str) -> None:
    """Each with its worst run, its limit, and in how many runs it was kept."""
    told = _section(html, "expectations")
    assert told.count("p99 of place_order &lt;= 250ms during steady") == 1
    assert "kept in all 6 runs" in told
    assert "kept in 3 of 6 runs, broken in 3" in told
    assert "225 ms" in told
    assert "265 ms" in told


def test_the_timeline_tells_what_happened_in_both_arms(html: str) -> None:
    """Findings and marks stand on it, each arm's in a row of its own; a probe has a picture with a line per arm."""
    told = _section(html, "timeline")
    p95 = told[told.index('<svg class="wide"') : told.index("</svg>")]
    assert (
        p95.count("var(--fail,#b92f26)") == 3
    )  # the names of two faults, and the error that two runs of the candidate saw
    assert "39 s: deployed 1.4.2" in told
    assert "20261124T104300Z-payment-outage-b00000" in told
    assert told.index("Requests that failed") < told.index("<b>outbox</b>") < told.index('class="legend"')
    assert "base 3 to 406, mean 51.5, 18 of 360 samples failed; candidate 3.6 to 487" in told


def test_what_happened_in_the_base_alone_stands_hollow_in_the_upper_row(slower: Comparison) -> None:
    """So that nobody takes a finding of the base for one of the candidate."""
    swapped = slower.model_copy(
        update={
            "base": slower.base.model_copy(update={"runs": slower.candidate.runs}),
            "candidate": slower.candidate.model_copy(update={"runs": slower.base.runs}),
        }
    )
    hollow, solid = 'fill="var(--paper,#fff)" stroke="var(--fail', 'fill="var(--fail,#b92f26)" stroke="var(--paper'
    for found, shape, other in ((swapped, hollow, solid), (slower, solid, hollow)):
        told = _section(comparison_html(found), "timeline")
        assert shape in told
        assert other not in told


def test_faults_are_told_for_both_arms(html: str) -> None:
    """Asked, in force, detected, healed, recovered, and in how many runs the canary saw it."""
    told = _section(html, "faults")
    for word in ("asked", "in force", "detected", "healed", "back to normal"):
        assert f'data-label="{word}"' in told
    assert told.count("in force in 6 of 6 runs") == 4


def test_a_broken_promise_has_its_timeline_and_its_arm(html: str) -> None:
    """Kept in the base, broken in two runs of the candidate: what happened to the order, step by step."""
    told = _section(html, "audit")
    assert "kept in 4 of 6 runs, broken in 2" in told
    assert told.count('class="steps"') == 1
    assert "charged 24.00 under r7-w1-000412" in told


def test_coverage_and_what_was_not_tested_are_told(html: str) -> None:
    """For both arms; and the gaps of the comparison."""
    told = _section(html, "coverage")
    assert told.count("10 of 13") == 2
    assert "p99 of transfer: 660 requests a run" in told
    assert "9.0×" in _section(html, "matrix")
    assert "generator CPU" in _section(html, "validity")


def test_a_document_of_before_says_that_it_did_not_keep_them(slower: Comparison) -> None:
    """Nothing is told as if there had been none."""
    old = slower.model_copy(
        update={arm: getattr(slower, arm).model_copy(update={"runs": None}) for arm in ("base", "candidate")}
    )
    html = comparison_html(old)
    for name in ("expectations", "faults", "audit", "coverage", "matrix"):
        assert "did not keep what the runs of each arm said" in _section(html, name)


def test_a_void_pair_says_why(html: str) -> None:
    """It stays in the table, with its order and its reason."""
    pairs = html[html.index('id="pairs"') :]
    assert "412 of 9000 arrivals were scheduled over 1 ms late" in pairs
    assert ">void<" in pairs


def test_a_comparison_that_was_ended_says_so(slower: Comparison) -> None:
    """At the top, before anything else."""
    html = comparison_html(compared(CUT))
    assert html.index('role="alert"') < html.index("<h1>")


def test_nothing_measured_is_told_as_nothing(slower: Comparison) -> None:
    """Every section stands, and says why it is empty."""
    bare = slower.model_copy(
        update={
            "pairs": (),
            "overall": None,
            "operations": (),
            "metrics": (),
            "findings": (),
            "errors": (),
            "validity": (),
        }
    )
    html = comparison_html(bare)
    outline(html)
    assert html.count('class="empty"') >= 7
    assert len(comparison_markdown(bare).splitlines()) <= 60


def test_names_with_markup_are_escaped() -> None:
    """In tables, charts and comment."""
    found = compared(HOSTILE)
    parsed = outline(comparison_html(found))
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert "<script>alert(1)" in "".join(parsed.text)
    assert "<b>deployed</b> 1.4.2" in "".join(parsed.text)
    assert "<i>outbox</i>" in "".join(parsed.text)
    assert "\n<script>" not in comparison_markdown(found)


def test_twenty_operations_ten_minutes_two_arms_stay_small() -> None:
    """At most 300 KB, and a comment of at most 60 lines."""
    found = compared(MANY)
    assert len(comparison_html(found).encode()) <= 300_000
    assert len(comparison_markdown(found).splitlines()) <= 60


def test_fifty_operations_and_an_hour_stay_small() -> None:
    """At most 600 KB."""
    assert len(comparison_html(compared(Case(operations=50, seconds=3600))).encode()) <= 600_000


def test_a_page_never_exceeds_a_megabyte() -> None:
    """500 operations, an hour, 100,000 distinct error texts, thousands of long findings, doubts and reasons: what is left out is counted."""
    base = compared(Case(operations=500, seconds=3600, markup=True))
    long = "é<&>" * 100
    finding = base.findings[0]
    doubt = base.validity[0]
    found = base.model_copy(
        update={
            "errors": tuple(
                ErrorComparison.model_construct(
                    operation="o",
                    outcome="timeout",
                    text=f"{n} {long if n < 1000 else ''}",
                    base=1,
                    candidate=100_000 - n,
                )
                for n in range(100_000)
            ),
            "findings": tuple(
                finding.model_copy(update={"identity": str(n), "message": long * 10, "curl": long * 10})
                for n in range(2000)
            ),
            "validity": tuple(doubt.model_copy(update={"why": f"{n} {long}"}) for n in range(2000)),
            "why": tuple(f"{n} {long}" for n in range(2000)),
            "pairs": base.pairs * 50,
            "not_tested": tuple(f"{n} {long}" for n in range(2000)),
        }
    )
    html = comparison_html(found)
    assert len(html.encode()) <= 1_000_000
    assert "more findings in <code>comparison.json</code>" in html
    assert "more checks" in html
    assert len(comparison_markdown(found).splitlines()) <= 60


def test_an_interval_without_end_does_not_stretch_the_picture(slower: Comparison) -> None:
    """It is left out of the picture and stays in the table."""
    endless = slower.metrics[0].model_copy(update={"high": float("inf")})
    assert endless not in drawable([endless, *slower.metrics[1:]])
    wild = slower.metrics[0].model_copy(update={"low": -0.99, "high": 40.0})
    assert "NaN" not in forest([wild, *slower.metrics[1:4]], NARROW)
    assert "∞" in comparison_html(slower.model_copy(update={"metrics": (endless,)}))


def test_pairs_are_dots(slower: Comparison) -> None:
    """As many as count."""
    assert dots(slower.metrics[0]).count("h0") == len(slower.metrics[0].each)
    assert dots(slower.metrics[0].model_copy(update={"each": ()})) == ""


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        (0.082, "ratio", "+8.2 %"),
        (-0.004, "ratio", "−0.4 %"),
        (0.0, "ratio", "0.0 %"),
        (-0.00001, "ratio", "0.0 %"),
        (1.5, "ratio", "+150 %"),
        (0.0012, "difference", "+0.12 pp"),
        (float("inf"), "ratio", "∞"),
        (None, "ratio", "–"),
    ],
)
def test_effects(value: float | None, kind: str, told: str) -> None:
    """With their sign, percent for ratios and percentage points for shares."""
    assert effect(value, kind) == told


def test_it_is_written_in_one_step(tmp_path: Path, slower: Comparison) -> None:
    """Page and comment, and nothing half written beside them."""
    paths = write_comparison(RunFolder(tmp_path), slower)
    assert sorted(path.name for path in paths) == sorted(path.name for path in tmp_path.iterdir())


def test_the_page_is_made_of_the_document_alone(slower: Comparison) -> None:
    """The same document gives the same facts after a round through JSON."""
    again = Comparison.model_validate_json(slower.model_dump_json())
    assert comparison_page(again).facts == comparison_page(slower).facts
