"""How often a comparison errs, on runs that nobody made. `make bench-compare` does the same with more of them."""

from __future__ import annotations

import numpy as np
import pytest

from harness.compare import Judged
from harness.model import Judgement
from tests.unit.compare.noisy import Noise, blocks, decide, family, pool_of_runs

SEED = 20261125


@pytest.fixture(scope="module")
def pool() -> np.ndarray:
    """Log quantiles of 150 runs."""
    return pool_of_runs(np.random.default_rng(SEED), 150)


def _share(
    pool: np.ndarray, times: int, noise: Noise, slower: dict[int, float], asked: Judgement
) -> tuple[float, float]:
    """The share of families with any metric so judged, and of those whose p95 of the first operation is."""
    rng = np.random.default_rng(SEED + times)
    anywhere = there = 0
    for _ in range(times):
        order = blocks(rng, 6)
        found = decide(family(rng, pool, noise, order, slower), order)
        anywhere += any(one.judgement is asked for one in found)
        there += _p95(found).judgement is asked
    return anywhere / times, there / times


def _p95(found: list[Judged]) -> Judged:
    return next(one for one in found if (one.sample.operation, one.sample.metric) == ("op0", "p95"))


def test_forty_metrics_without_a_change_raise_no_alarm(pool: np.ndarray) -> None:
    """At most 5 % of A/A comparisons have any regression: of 200, at most 17 (binomial, 98 %)."""
    anywhere, _ = _share(pool, 200, Noise(), {}, Judgement.REGRESSED)
    assert anywhere <= 17 / 200


def test_a_machine_that_drifts_raises_no_alarm(pool: np.ndarray) -> None:
    """The last run is 10 % slower than the first whatever ran: at most 1 % of comparisons alarm on a metric."""
    _, there = _share(pool, 150, Noise(drift=0.1), {}, Judgement.REGRESSED)
    assert there <= 0.02


def test_a_service_ten_per_cent_slower_is_found(pool: np.ndarray) -> None:
    """At six pairs, at least nine of ten times, where all its operations are slower."""
    everywhere = dict.fromkeys(range(10), 0.1)
    anywhere, _ = _share(pool, 100, Noise(), everywhere, Judgement.REGRESSED)
    assert anywhere >= 0.9


def test_one_metric_ten_per_cent_slower_is_found_and_never_called_the_same(pool: np.ndarray) -> None:
    """Judged alone at six pairs: found nine of ten times, and equivalent in none of three hundred."""
    rng = np.random.default_rng(SEED)
    found = dict.fromkeys(Judgement, 0)
    for _ in range(300):
        order = blocks(rng, 6)
        pairs = family(rng, pool, Noise(operations=1), order, {0: 0.1})
        found[_p95(decide(pairs, order, only="p95")).judgement] += 1
    assert found[Judgement.REGRESSED] >= 0.88 * 300
    assert found[Judgement.EQUIVALENT] == 0


def test_calm_machines_are_told_that_nothing_changed(pool: np.ndarray) -> None:
    """Where runs differ by 1 % only, one metric is called equivalent nearly always: unknown is no hiding place."""
    rng = np.random.default_rng(SEED)
    same = 0
    for _ in range(60):
        order = blocks(rng, 6)
        pairs = family(rng, pool, Noise(shift=0.01, operations=1), order)
        same += _p95(decide(pairs, order, only="p95")).judgement is Judgement.EQUIVALENT
    assert same >= 50
