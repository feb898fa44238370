"""What a comparison says of one number, and of all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from harness.model.verdict import Verdict


class Judgement(StrEnum):
    """Candidate against base. `inconclusive` abstains: the runs could be either."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"

    @property
    def verdict(self) -> Verdict:
        """Regressed is fail, improved and equivalent pass, inconclusive unknown."""
        if self is Judgement.REGRESSED:
            return Verdict.FAIL
        return Verdict.UNKNOWN if self is Judgement.INCONCLUSIVE else Verdict.PASS


def summed_up(judgements: Iterable[Judgement]) -> Judgement:
    """The worst: regressed over inconclusive over improved over equivalent; nothing at all is inconclusive."""
    seen = set(judgements)
    for one in (Judgement.REGRESSED, Judgement.INCONCLUSIVE, Judgement.IMPROVED, Judgement.EQUIVALENT):
        if one in seen:
            return one
    return Judgement.INCONCLUSIVE
