"""What is not statistics: a finding that every run of one arm shows and no run of the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import bdtrc

from harness.model.judgement import Judgement

TRIES = 3


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the runs say together, and why."""

    judgement: Judgement
    why: str


def replayed(base: Sequence[bool], candidate: Sequence[bool], flaky: int = 1, alpha: float = 0.05) -> Replayed:
    """`base` and `candidate` say for each pair whether the run of that arm showed the finding; both runs were sent the same cases.

    All candidate runs and no base run, three of each at least, is regressed; the mirror is improved. In between it is flaky, and only
    McNemar's exact test on the pairs that disagree may judge it, at alpha over the number of `flaky` findings.
    """
    a, b, n, m = sum(base), sum(candidate), len(base), len(candidate)
    told = f"seen in {b} of {m} candidate runs and in {a} of {n} base runs"
    if min(n, m) < TRIES:
        return Replayed(Judgement.INCONCLUSIVE, f"{told}; {TRIES} of each are needed")
    if a == 0 and b == m:
        return Replayed(Judgement.REGRESSED, told)
    if b == 0 and a == n:
        return Replayed(Judgement.IMPROVED, told)
    if a == n and b == m:
        return Replayed(Judgement.EQUIVALENT, told)
    new = sum(1 for one, other in zip(base, candidate, strict=False) if other and not one)
    gone = sum(1 for one, other in zip(base, candidate, strict=False) if one and not other)
    limit = alpha / max(1, flaky)
    if new + gone and new > gone and _by_chance(new, new + gone) <= limit:
        return Replayed(Judgement.REGRESSED, f"flaky, but oftener: {told}")
    if new + gone and gone > new and _by_chance(gone, new + gone) <= limit:
        return Replayed(Judgement.IMPROVED, f"flaky, but rarer: {told}")
    return Replayed(Judgement.INCONCLUSIVE, f"flaky: {told}")


def _by_chance(times: int, of: int) -> float:
    """P(B >= times) where B ~ Bin(of, 1/2): the exact binomial test, one-sided."""
    return float(bdtrc(times - 1, of, 0.5))
