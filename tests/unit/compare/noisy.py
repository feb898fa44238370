"""Runs that nobody made, as noisy as real ones: to measure how often a comparison errs.

Within a run, log latency is a Gaussian AR(1) (0.9 from request to request, spread 0.5). Every run is also shifted as a whole, by 5 % (one standard
deviation), of which half is common to the two runs of a pair, and half of the rest to all operations. What is compared never knows any of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
from scipy.signal import lfilter

from harness.compare import Judged, Observed, judge, samples_of

SHARES = (0.5, 0.95, 0.99, 0.999)
REQUESTS = 120_000
"""What the runs say they hold, so that no quantile is too rare to be judged; they hold a quarter of it, which makes tails noisier, not calmer."""


def pool_of_runs(rng: np.random.Generator, runs: int, requests: int = 30_000, phi: float = 0.9) -> np.ndarray:
    """Log quantiles at `SHARES` of so many independent runs, a row each."""
    rows = []
    ranks = np.ceil(np.array(SHARES) * requests).astype(int) - 1
    for start in range(0, runs, 50):
        n = min(50, runs - start)
        steps = rng.standard_normal((n, requests), dtype=np.float32) * np.float32(np.sqrt(1 - phi * phi))
        path, _ = lfilter([1.0], [1.0, -phi], steps, axis=1, zi=phi * rng.standard_normal((n, 1)))
        rows.append(np.partition(0.5 * path, ranks, axis=1)[:, ranks])
    return np.concatenate(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """`shift` is the spread of a whole run, `common` its share that a pair has in common, `drift` what the last run is slower than the first.

    `scatter` is how much operations differ in their noise: 0.6 is a factor of 1.8, one standard deviation.
    """

    shift: float = 0.05
    common: float = 0.5
    drift: float = 0.0
    operations: int = 10
    scatter: float = 0.0


def family(
    rng: np.random.Generator, pool: np.ndarray, noise: Noise, order: np.ndarray, slower: dict[int, float] | None = None
) -> list[tuple[dict[str, Observed], dict[str, Observed]]]:
    """Pairs of runs. `slower` maps an operation to how much slower the candidate is (0.1: 10 %); `order` is +1 where the base ran first."""
    pairs = len(order)
    own, shared = np.sqrt((1 - noise.common) / 2) * noise.shift, np.sqrt(noise.common / 2) * noise.shift
    whole = [own * rng.standard_normal(pairs) for _ in range(2)]
    both = shared * rng.standard_normal(pairs)
    step = noise.drift / max(1, 2 * pairs - 1)
    at = [2 * np.arange(pairs) + (order < 0), 2 * np.arange(pairs) + (order > 0)]
    found: list[tuple[dict[str, Observed], dict[str, Observed]]] = [({}, {}) for _ in range(pairs)]
    for number in range(noise.operations):
        near = shared * rng.standard_normal(pairs)
        times = float(np.exp(noise.scatter * rng.standard_normal())) if noise.scatter else 1.0
        for arm in (0, 1):
            logs = times * pool[rng.integers(0, len(pool), pairs)]
            shift = times * (both + near + whole[arm] + own * rng.standard_normal(pairs)) + step * at[arm]
            if arm and slower:
                shift = shift + np.log1p(slower.get(number, 0.0))
            for k in range(pairs):
                found[k][arm][f"op{number}"] = _observed(logs[k] + shift[k])
    return found


def _observed(logs: np.ndarray) -> Observed:
    quantiles = {share: 0.01 * exp(float(value)) for share, value in zip(SHARES, logs, strict=True)}
    return Observed(requests=REQUESTS, ok=REQUESTS, errors=0, seconds=120.0, quantiles=quantiles)


def blocks(rng: np.random.Generator, pairs: int) -> np.ndarray:
    """A random order in balanced blocks of two."""
    firsts = [rng.permutation([1, -1]) for _ in range(-(-pairs // 2))]
    return np.concatenate(firsts)[:pairs]


def decide(
    pairs: list[tuple[dict[str, Observed], dict[str, Observed]]],
    order: np.ndarray,
    *,
    alpha: float = 0.05,
    margin: float = 0.05,
    only: str = "p",
) -> list[Judged]:
    """The whole way that a comparison goes, without the figures that never vary here; `only` one metric, or all quantiles."""
    wanted = [one for one in samples_of(pairs, SHARES, margin) if one.metric.startswith(only)]
    return list(judge(wanted, [int(one) for one in order], alpha))
