"""The pages of a run and of a comparison in a real browser, on a desk, on a phone and on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.report import comparison_html, write_report
from harness.results import RunReader
from tests.e2e.browser import CHROMIUM
from tests.pictures.browser import browser
from tests.pictures.held import hold
from tests.unit.report.synthetic import write_run
from tests.unit.report.synthetic_comparison import NOISY, Case, compared

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: no Chromium is installed here (make browser)"),
]


def test_nothing_of_a_page_is_cut_anywhere(tmp_path: Path) -> None:
    """No request, no complaint, nothing beyond an edge; the first screen prints on one sheet."""
    pages = [write_report(RunReader.open(write_run(tmp_path)))[0]]
    undecided = replace(NOISY, markup=True)  # the longest verdict, and names that no browser may break or run
    for name, case in (("slower", Case()), ("undecided", undecided)):
        pages.append(tmp_path / f"{name}.html")
        pages[-1].write_text(comparison_html(compared(case)))
    with browser() as chrome:
        for page in pages:
            hold(chrome, page)
