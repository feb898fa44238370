"""A number on a page reads as in the report."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report import words as report
from harness.ui import words as page

numbers = st.none() | st.floats(min_value=0) | st.just(float("nan"))


@given(numbers, st.floats(min_value=0, max_value=1))
def test_a_number_reads_as_in_the_report(value: float | None, part: float) -> None:
    """To the digit shown."""
    for name in ("millis", "seconds"):
        assert getattr(page, name)(value) == getattr(report, name)(value)
    assert page.share(part) == report.share(part)
    finite = None if value is None or value != value else value
    for unit in ("ms", "s", "/s", "count", ""):
        assert page.quantity(finite, unit) == report.quantity(finite, unit)


@pytest.mark.parametrize("text", ["2026-11-25T13:52:36.700Z", "", "yesterday"])
def test_a_time_reads_as_in_the_report(text: str) -> None:
    """Also one that is none."""
    assert page.when(text) == report.when(text)
