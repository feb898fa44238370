"""Recovery times of both arms, some of which were not over when watching ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

INJECTIONS = 10  # pairs, below which recoveries are not judged: they scatter by 30 % from run to run
WINDOW_S = 0.25  # a recovery is known to one window, and may be 0


@dataclass(frozen=True, slots=True)
class Recovered:
    """How long one recovery took, seconds; at least that long where it is `censored`."""

    seconds: float
    censored: bool = False


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


def rank_p(pairs: Sequence[tuple[Recovered, Recovered]]) -> tuple[float, float]:
    """One-sided p that the candidate recovers more slowly, and faster: signed ranks under sign flips.

    A pair with a censored time has the highest rank, for the difference is at least what was seen (Wilcoxon 1945 with ties; the flips
    are scipy's permutation_test for paired samples, exact up to 12 pairs).
    """
    from scipy.stats import permutation_test, rankdata  # takes a second, and few comparisons have recoveries

    signs = np.array([sign_of(a, b) for a, b in pairs], dtype=float)
    sizes = np.array([abs(log_ratio(a, b)) for a, b in pairs])
    censored = np.array([a.censored != b.censored for a, b in pairs])
    if censored.any():
        sizes = np.where(censored, sizes.max() + 1, sizes)
    scores = signs * np.where(signs == 0, 0.0, rankdata(sizes))
    if not scores.any():
        return 1.0, 1.0
    return tuple(
        float(
            permutation_test(
                (scores,),
                np.sum,
                permutation_type="samples",
                n_resamples=2**12 + 1,
                alternative=way,
                rng=np.random.default_rng(len(scores)),
            ).pvalue
        )
        for way in ("greater", "less")
    )  # type: ignore[return-value]  # two of them
