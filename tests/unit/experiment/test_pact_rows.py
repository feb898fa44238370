"""What a run tells of its pacts has the verdict that `harness pact verify` gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from harness.contract import Baseline, InteractionResult, PactResult
from harness.contract.pact_promise import CONTRADICTED
from harness.experiment.contract_summary import pact_rows
from harness.model import Finding, Level, Verdict, worst

AGAINST = Finding(
    operation="read_item",
    check=CONTRADICTED,
    signature="web: reads",
    level=Level.ERROR,
    source="pact",
    message="web relies on `colour`, which the description does not name",
)
READS = InteractionResult(
    consumer="web",
    provider="shop",
    description="reads",
    states=(),
    verdict=Verdict.PASS,
    pending=False,
    mismatches=(),
)
some = st.builds(
    lambda verdict, pending, accepted: replace(READS, verdict=verdict, pending=pending, accepted=accepted),
    st.sampled_from(Verdict),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(some, min_size=1), st.booleans())
def test_the_worst_row_is_the_verdict_of_the_verification(interactions: list[InteractionResult], against: bool) -> None:
    """Whatever is pending, accepted, broken or against the description."""
    result = PactResult(provider="shop", interactions=tuple(interactions), findings=(AGAINST,) if against else ())
    assert worst(row.verdict for row in pact_rows(result)) is result.check.verdict


def test_a_pact_that_contradicts_the_description_fails_the_run() -> None:
    """Although the provider keeps it; unless that is accepted."""
    result = PactResult(provider="shop", interactions=(READS,), findings=(AGAINST,))
    holds, contradicts = pact_rows(result)
    assert (holds.verdict, contradicts.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "colour" in contradicts.why
    known = result.knowing(Baseline().updated((AGAINST,), date(2026, 1, 1)), date(2026, 1, 2))
    assert [row.verdict for row in pact_rows(known)] == [Verdict.PASS]
