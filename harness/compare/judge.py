"""Each metric gets its judgement, and all together at most 5 % false alarms. Pure.

    regressed     the interval lies above 0, the effect less what luck adds is at least the margin, and the family-wise p is small enough
    improved      the mirror
    equivalent    the interval lies inside the margin on both sides (two one-sided tests; Schuirmann 1987)
    inconclusive  anything else

The unit is a pair of runs: requests of one run share its luck, so a thousand of them are one sample (`facts` in docs/compare.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from scipy.special import stdtr

from harness.compare.family import false_discovery, family_p
from harness.compare.paired import FEWEST, Paired, paired, pairs_needed
from harness.compare.samples import Sample
from harness.model.judgement import Judgement

RULE_OF_THREE = 3.0  # no error in n requests: the rate is below 3/n with 95 % (Hanley & Lippman-Hand 1983)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A metric with what was decided. `effect`, `low`, `high` are oriented (positive is worse): log ratios, or differences of shares.

    `p_worse` and `p_better` are family-wise. `more` is about how many pairs more would decide; None where none would, or all is decided.
    """

    sample: Sample
    judgement: Judgement
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    p_worse: float = 1.0
    p_better: float = 1.0
    look_here: bool = False
    more: int | None = None
    why: str = ""

    @property
    def gates(self) -> bool:
        """Whether it counts for the verdict."""
        return not self.sample.short or self.sample.absent


def judge(
    samples: Sequence[Sample],
    order: Sequence[int],
    alpha: float = 0.05,
    rng: np.random.Generator | None = None,
    families: int = 1,
) -> tuple[Judged, ...]:
    """In the order given. `order` is +1 for each pair whose base ran first, else -1; `rng` is needed beyond 12 pairs.

    Of so many `families` that are judged at once this is one: its p are multiplied by their number (Bonferroni).
    """
    able = [one for one in samples if not one.short and len(one.log_ratios) == len(order)]
    if len(order) < FEWEST or not able:
        return tuple(_undecided(one, order, alpha) for one in samples)
    table = np.array([one.log_ratios for one in able]).T
    worse, better = family_p(table, [one.kin for one in able], rng)
    worse, better = np.minimum(1.0, worse * families), np.minimum(1.0, better * families)
    estimates = [paired(one.log_ratios, order, alpha) for one in able]
    looks = false_discovery([_single_p(one) for one in estimates])
    found = {
        id(one): _judged(one, estimate, order, alpha, (float(worse[i]), float(better[i])), looks[i])
        for i, (one, estimate) in enumerate(zip(able, estimates, strict=True))
        if estimate is not None
    }
    return tuple(found.get(id(one)) or _undecided(one, order, alpha) for one in samples)


def _judged(
    sample: Sample, logs: Paired, order: Sequence[int], alpha: float, p: tuple[float, float], look_here: bool
) -> Judged:
    shown, margin = _shown(sample, logs, order, alpha)
    effect, low, high, spread = shown
    sober = less_luck(effect, spread**2 / logs.weight)
    if logs.low > 0 and sober >= margin and p[0] <= alpha:
        judgement = Judgement.REGRESSED
    elif logs.high < 0 and sober <= -margin and p[1] <= alpha:
        judgement = Judgement.IMPROVED
    elif -margin < low and high < margin:
        judgement = Judgement.EQUIVALENT
    else:
        judgement = Judgement.INCONCLUSIVE
    more = None
    if judgement is Judgement.INCONCLUSIVE:
        wanted = pairs_needed(effect, spread, margin, alpha)
        more = None if wanted is None else max(2, wanted - len(order))
    return Judged(
        sample=sample,
        judgement=judgement,
        effect=effect,
        low=low,
        high=high,
        spread=spread,
        p_worse=p[0],
        p_better=p[1],
        look_here=look_here,
        more=more,
        why=sample.note,
    )


def less_luck(effect: float, variance: float) -> float:
    """An effect without what it owes to being noticed: e - v/e, never beyond 0 (the non-negative garrote; Breiman 1995).

    What just passes the margin passed it by luck as often as not. Of one metric's false alarms four in ten go, of its true ones one in a hundred.
    """
    return 0.0 if effect**2 <= variance else effect - variance / effect


def _shown(
    sample: Sample, logs: Paired, order: Sequence[int], alpha: float
) -> tuple[tuple[float, float, float, float], float]:
    """Effect, low, high and spread on the scale of the margin, and the margin. Errors are told as a difference of shares."""
    if sample.how == "ratio":
        return (logs.effect, logs.low, logs.high, logs.spread), log(1 + sample.margin)
    plain = paired(sample.differences, order, alpha)
    assert plain is not None  # as many as `logs`
    unseen = RULE_OF_THREE / max(1, sample.requests)
    half = min(max(plain.effect - plain.low, unseen), 1.0)  # shares differ by no more than all
    return (plain.effect, plain.effect - half, plain.effect + half, plain.spread), sample.margin


def _undecided(sample: Sample, order: Sequence[int], alpha: float) -> Judged:
    """Too few requests or pairs: what there is is shown, and nothing is said."""
    estimate = paired(sample.log_ratios, order, alpha) if len(sample.log_ratios) == len(order) else None
    pairs = "1 pair counts" if len(order) == 1 else f"{len(order)} pairs count"
    why = sample.short or f"{pairs}, and {FEWEST} are the fewest that can decide"
    if estimate is None:
        return Judged(sample=sample, judgement=Judgement.INCONCLUSIVE, why=why)
    (effect, low, high, spread), _ = _shown(sample, estimate, order, alpha)
    return Judged(
        sample=sample,
        judgement=Judgement.INCONCLUSIVE,
        effect=effect,
        low=low,
        high=high,
        spread=spread,
        more=None if sample.short else FEWEST + 1 - len(order),
        why=why,
    )


def _single_p(one: Paired | None) -> float:
    """Two-sided, of one metric alone."""
    if one is None:
        return 1.0
    if one.spread == 0:
        return 1.0 if one.effect == 0 else 0.0
    statistic = abs(one.effect) / (one.spread / sqrt(one.weight))
    return float(2 * stdtr(one.degrees, -statistic))
