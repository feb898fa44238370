"""Where a run has warmed up: MSER-5. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

BATCH = 5
FEWEST_BATCHES = 4  # 20 values; below, nothing is cut
SURE_BATCHES = 12  # from which an answer at the edge means that the run never became steady


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Cut the first `values`; `steady` is False where the best cut is as late as may be."""

    values: int
    steady: bool = True


def mser5(series: Sequence[float]) -> WarmUp:
    """Of batch means of five values, the cut k < n/2 that minimises sum_{i>k} (x_i - mean)² / (n - k)² (White 1997; Spratt 1998).

    `series` are, say, logarithms of median latency per second. Values that are not finite take their neighbours' mean, and with fewer than
    twenty nothing is cut.
    """
    values = _filled(np.asarray(series, dtype=float))
    n = len(values) // BATCH
    if n < FEWEST_BATCHES:
        return WarmUp(0)
    batches = values[: n * BATCH].reshape(n, BATCH).mean(axis=1)
    error = [float(batches[k:].var()) / (n - k) for k in range(n // 2)]
    best = int(np.argmin(error))
    return WarmUp(best * BATCH, steady=n < SURE_BATCHES or best < n // 2 - 1)


def _filled(values: np.ndarray) -> np.ndarray:
    good = np.array([isfinite(one) for one in values], dtype=bool)
    if good.all() or not good.any():
        return values if good.all() else np.zeros(0)
    places = np.arange(len(values))
    filled: np.ndarray = np.interp(places, places[good], values[good])
    return filled
