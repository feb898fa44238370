"""Recovery times of both arms, some of which were not over when watching ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from harness.compare.family import family_p

INJECTIONS = 10  # pairs, below which recoveries are not judged: they scatter by 30 % from run to run
WINDOW_S = 0.25  # a recovery is known to one window, and may be 0


@dataclass(frozen=True, slots=True)
class Recovered:
    """How long one recovery took, seconds; at least that long where it is `censored`."""

    seconds: float
    censored: bool = False


Pair = tuple[Recovered, Recovered]
"""Base and candidate."""


def log_ratio(base: Recovered, candidate: Recovered) -> float:
    """Of times that are known to one window."""
    return log((candidate.seconds + WINDOW_S) / (base.seconds + WINDOW_S))


def sign_of(base: Recovered, candidate: Recovered) -> int:
    """+1 where the candidate surely took longer, -1 where the base did, 0 where nobody can say."""
    if base.censored and candidate.censored:
        return 0
    if candidate.censored:
        return 1 if candidate.seconds >= base.seconds else 0
    if base.censored:
        return -1 if base.seconds >= candidate.seconds else 0
    return int(np.sign(candidate.seconds - base.seconds))


def signed_ranks(pairs: Sequence[Pair | None]) -> list[float]:
    """One score per pair of runs, 0 where it has no such recovery, and of mean square 1 over all: with the sign of who took longer (Wilcoxon 1945).

    A pair with a censored time has the highest rank, for the difference is at least what was seen.
    """
    from scipy.stats import rankdata  # takes a second, and few comparisons have recoveries

    there = [one for one in pairs if one is not None]
    signs = np.array([sign_of(a, b) for a, b in there], dtype=float)
    sizes = np.array([abs(log_ratio(a, b)) for a, b in there])
    censored = np.array([a.censored != b.censored for a, b in there], dtype=bool)
    if censored.any():
        sizes = np.where(censored, sizes.max() + 1, sizes)
    ranked = iter(signs * np.where(signs == 0, 0.0, rankdata(sizes)))
    scores = np.array([0.0 if one is None else next(ranked) for one in pairs])
    size = np.sqrt((scores**2).mean()) if scores.any() else 1.0
    return [float(one) for one in scores / size]


def rank_p(
    faults: Sequence[Sequence[Pair | None]], rng: np.random.Generator | None = None
) -> list[tuple[float, float]]:
    """For each fault the one-sided p that the candidate recovers more slowly, and faster: signed ranks under sign flips of whole pairs.

    Each of `faults` has an entry per pair of runs. The p are family-wise (`family_p`), whatever recoveries from several faults of one run have in
    common; of one fault it is Wilcoxon's own, exact up to 12 pairs. `rng` is needed beyond.
    """
    scores = [signed_ranks(one) for one in faults]
    if not scores:
        return []
    worse, better = family_p(np.array(scores).T, ["recovery"] * len(scores), rng)
    return [
        (float(slower), float(faster)) if any(one) else (1.0, 1.0)
        for slower, faster, one in zip(worse, better, scores, strict=True)
    ]
