"""Numbers as people read them."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Verdict
from harness.report import words
from harness.results import ExpectationSummary


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "–"),
        (0.43, "0.43 ms"),
        (4.13, "4.1 ms"),
        (38.4, "38 ms"),
        (999.7, "1 s"),
        (1240, "1.24 s"),
        (inf, "never"),
    ],
)
def test_milliseconds(value: float | None, told: str) -> None:
    """Two or three digits, and seconds from one second on."""
    assert words.millis(value) == told


@pytest.mark.parametrize(
    ("value", "told"), [(5, "5 s"), (1.75, "1.75 s"), (20.04, "20 s"), (200, "3 min 20 s"), (600, "10 min")]
)
def test_seconds(value: float, told: str) -> None:
    """Without zeros that mean nothing."""
    assert words.seconds(value) == told


@given(value=st.floats(0, 1))
def test_a_share_is_never_rounded_to_nothing_or_all(value: float) -> None:
    """0 % means none and 100 % means all."""
    assert (words.share(value) == "0 %") == (value == 0)
    assert (words.share(value) == "100 %") == (value == 1)


@pytest.mark.parametrize(
    ("value", "limit", "cmp", "told"),
    [
        (38, 250, "<=", "6.6×"),
        (500, 250, "<=", "2.0× over"),
        (50, 100, ">=", "2.0× short"),
        (0, 5, "<=", "–"),
        (inf, 5, "<=", "–"),
    ],
)
def test_margins(value: float, limit: float, cmp: str, told: str) -> None:
    """How far inside, or how far beyond."""
    one = ExpectationSummary(text="x", verdict=Verdict.PASS, value=value, limit=limit, cmp=cmp)
    assert words.margin(one) == told
