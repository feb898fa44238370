"""What the oracle's rows come to."""

from __future__ import annotations

import pytest

from harness.experiment.contract_summary import oracle_part
from harness.model import Verdict

SEEN = {"kind": "seen", "operation": "export", "status": 200, "n": 5}


def unread(n: int) -> dict[str, object]:
    """So many answers whose body was not judged."""
    return {"kind": "unread", "operation": "export", "status": 200, "n": n, "why": "it is over 2 MB"}


@pytest.mark.parametrize(("n", "verdict", "judged"), [(2, Verdict.PASS, 3), (5, Verdict.UNKNOWN, 0)])
def test_a_body_that_was_not_judged_is_not_counted(n: int, verdict: Verdict, judged: int) -> None:
    """It is told; where there was nothing else, nothing is known."""
    part = oracle_part([SEEN, unread(n)], ())
    assert (part.verdict, part.judged, part.operations) == (verdict, judged, int(judged > 0))
    assert f"of {n} answers the body was not judged, such as export 200: it is over 2 MB" in part.why
