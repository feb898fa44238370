"""The grammar of expectations."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Expectation


@pytest.mark.parametrize(
    ("text", "kind", "subject", "limit", "unit", "scope", "over"),
    [
        ("p99 of place_order <= 250ms during steady", "quantile", "place_order", 0.25, "s", "steady", None),
        ("p99.9<=1s", "quantile", "", 1.0, "s", "", None),
        ("p50 of GET /v1/items/{id} < 4ms over 10s", "quantile", "GET /v1/items/{id}", 0.004, "s", "", 10.0),
        ("errors <= 5% during gone", "errors", "", 0.05, "share", "gone", None),
        ("errors <= 5 %", "errors", "", 0.05, "share", "", None),
        ("errors(5xx|timeout) of tag:orders <= 3", "errors", "tag:orders", 3.0, "count", "", None),
        ("rate >= 100/s during calm over 5s", "rate", "", 100.0, "/s", "calm", 5.0),
        ("recovery from gone <= 5s", "recovery", "gone", 5.0, "s", "", None),
        ("detection of slow <= 2s", "detection", "slow", 2.0, "s", "", None),
        ("coverage of statuses >= 90%", "coverage", "statuses", 0.9, "share", "", None),
        ("dropped <= 0%", "dropped", "", 0.0, "share", "", None),
        ("findings <= 0", "findings", "", 0.0, "count", "", None),
        ("queue <= 12", "probe", "queue", 12.0, "count", "", None),
        ("max of * <= 2s", "max", "*", 2.0, "s", "", None),
    ],
)
def test_each_form_reads(
    text: str, kind: str, subject: str, limit: float, unit: str, scope: str, over: float | None
) -> None:
    """Every metric of the design, with its units and scopes."""
    one = Expectation.parse(text, probes=("queue",))
    assert (one.metric.kind, one.metric.subject, one.limit, one.unit, one.scope, one.over) == (
        kind,
        subject,
        limit,
        unit,
        scope,
        over,
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("p99 of x", "is not an expectation"),
        ("p0 <= 1s", "not a quantile"),
        ("p100 <= 1s", "not a metric"),
        ("p99 <= 250", "unit"),
        ("eror <= 1%", "Did you mean `errors`"),
        ("errors(5xy) <= 1%", "Did you mean `5xx`"),
        ("recovery <= 5s", "needs a name"),
        ("recovery of gone <= 5s", "recovery from"),
        ("errors from x <= 1%", "recovery from"),
        ("findings <= few", "not a number"),
        ("coverage of statuses >= 90", "percentage"),
        ("rate >= 100", "150/s"),
        ("errors <= 500%", "more than all"),
        ("dropped <= 100.1 %", "more than all"),
        ("coverage of statuses >= 101%", "more than all"),
        ("findings <= inf", "finite"),
        ("findings <= nan", "finite"),
        ("recovery from gone <= 5s during calm", "leave `during` out"),
        ("detection of gone <= 5s over 2s", "leave `over` out"),
        ("findings <= 0 during calm", "leave `during` out"),
        ("coverage of statuses >= 9% over 2s", "leave `over` out"),
        ("p99 <= 1s over 0s", "above zero"),
        (17, "is not an expectation"),
    ],
)
def test_a_wrong_one_says_what_to_write(text: object, says: str) -> None:
    """The message names the part that is wrong."""
    with pytest.raises(ValueError) as caught:
        Expectation.parse(text)
    assert says in str(caught.value)


@given(st.text(max_size=80))
def test_no_text_crashes_the_parser(text: str) -> None:
    """Anything is either an expectation or a ValueError."""
    with contextlib.suppress(ValueError):
        Expectation.parse(text)
