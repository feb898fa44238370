"""How long the service took to get over each fault, held against the other arm: a family of numbers of their own. Reads no clock and no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import expm1, log

import numpy as np

from harness.compare import INJECTIONS, Recovered, log_ratio, paired, rank_p, typical
from harness.model import Judgement
from harness.results import ALL, MetricComparison

RECOVERY_MARGIN = 0.2
Recoveries = Sequence[tuple[Recovered, Recovered] | None]
"""From one fault, an entry per pair of runs that counts: None where either run could not measure it."""


def by_fault(sides: Sequence[tuple[Mapping[str, Recovered], Mapping[str, Recovered]]]) -> dict[str, Recoveries]:
    """Those that both runs of some pair could measure; `sides` has base and candidate of each pair."""
    names = dict.fromkeys(name for a, b in sides for name in a if name in b)
    return {name: [(a[name], b[name]) if name in a and name in b else None for a, b in sides] for name in names}


def is_judged(pairs: Recoveries) -> bool:
    """Whether there are enough."""
    return sum(one is not None for one in pairs) >= INJECTIONS


def weighed(
    faults: Mapping[str, Recoveries], order: Sequence[int], alpha: float, rng: np.random.Generator, families: int
) -> Iterator[MetricComparison]:
    """Each as a metric. They share `alpha` over `families`: of eight faults each judged at 5 %, one alarmed in a quarter of A/A comparisons."""
    judged = [name for name, pairs in faults.items() if is_judged(pairs)]
    p = dict(zip(judged, rank_p([faults[name] for name in judged], rng), strict=True))
    for name, pairs in faults.items():
        slower, faster = (min(1.0, one * families) for one in p.get(name, (1.0, 1.0)))
        yield _recovery(name, pairs, order, alpha, (slower, faster))


def _recovery(
    name: str, found: Recoveries, order: Sequence[int], alpha: float, ranked: tuple[float, float]
) -> MetricComparison:
    """By signed ranks (`ranked`: family-wise p that it is slower, and faster) and the paired t on logarithms, where no recovery was cut."""
    pairs = [one for one in found if one is not None]
    logs = [log_ratio(a, b) for a, b in pairs]
    censored = sum(1 for pair in pairs for one in pair if one.censored)
    estimate = paired(logs, [way for way, one in zip(order, found, strict=True) if one is not None], alpha)
    judgement, margin, why, p = Judgement.INCONCLUSIVE, log(1 + RECOVERY_MARGIN), "", None
    if not is_judged(found):
        why = f"{len(pairs)} recoveries of each arm, and {INJECTIONS} are needed"
    elif estimate is not None:
        slower, faster = ranked
        p = min(slower, faster)
        if p <= alpha and abs(estimate.effect) >= margin:
            surely = censored or (estimate.low > 0 or estimate.high < 0)
            judgement = (Judgement.REGRESSED if slower < faster else Judgement.IMPROVED) if surely else judgement
        elif not censored and -margin < estimate.low and estimate.high < margin:
            judgement = Judgement.EQUIVALENT
        why = f"{censored} recoveries were not over when watching ended" if censored else ""
    return MetricComparison(
        operation=ALL,
        metric="recovery",
        subject=name,
        unit="s",
        base=typical([a.seconds for a, _ in pairs]),
        candidate=typical([b.seconds for _, b in pairs]),
        effect=None if estimate is None else expm1(estimate.effect),
        low=None if estimate is None else expm1(estimate.low),
        high=None if estimate is None or censored else expm1(estimate.high),
        confidence=round(1 - 2 * alpha, 4),
        margin=RECOVERY_MARGIN,
        judgement=judgement,
        gates=is_judged(found),
        p=p,
        pairs=len(pairs),
        more_pairs=max(2, INJECTIONS - len(pairs)) if judgement is Judgement.INCONCLUSIVE else None,
        why=why,
        each=tuple(round(expm1(one), 6) for one in logs),
    )
