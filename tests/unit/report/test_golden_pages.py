"""The pages of a run and of a comparison, line by line, against golden files; `make golden` writes all golden files anew."""

from __future__ import annotations

import os
from pathlib import Path

from harness.report import comparison_html, render_html
from harness.results import RunReader
from tests.unit.report.readable import readable
from tests.unit.report.synthetic_comparison import Case, compared


def as_agreed(text: str, path: Path) -> None:
    """Compare line by line, so that pytest shows the lines that differ."""
    if os.environ.get("HARNESS_GOLDEN") == "write":
        path.write_text(text)
    assert text.splitlines() == path.read_text().splitlines()


def test_the_page_of_a_run_is_as_agreed(reader: RunReader, golden: Path) -> None:
    """Every tag and every word of it, pictures by what they say."""
    as_agreed(readable(render_html(reader)), golden / "report.html.txt")


def test_the_page_of_a_comparison_is_as_agreed(golden: Path) -> None:
    """Every tag and every word of it, pictures by what they say."""
    as_agreed(readable(comparison_html(compared(Case()))), golden / "comparison.html.txt")


def test_what_a_page_says_is_in_its_golden_file() -> None:
    """A changed word, class or label shows; a changed coordinate, style or script does not."""
    page = (
        '<body><p class="a">one</p><svg class="wide" width="{w}" aria-label="{l}"><path d="M{w}"/><text>10 ms</text></svg>'
        "<script>{w}</script></body>"
    )
    assert readable(page.format(w=1, l="x")) == readable(page.format(w=2, l="x"))
    assert readable(page.format(w=1, l="x")) != readable(page.format(w=1, l="y"))
    assert readable(page.format(w=1, l="x")).splitlines() == [
        "<body>",
        ' <p class="a">',
        "  one",
        ' <svg class="wide" aria-label="x">',
        "   10 ms",
        " <script>",
    ]
