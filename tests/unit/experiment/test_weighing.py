"""What pairs of runs say together: recoveries and flaky findings keep to the error rate of their look."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.compare import Recovered
from harness.experiment.assemble import Frame, assemble
from harness.experiment.seen import see
from harness.experiment.weigh import Gathering, PairSeen, Weighing, compared_findings, weigh
from harness.model import Judgement, Verdict
from harness.report.comparison import comparison_html, comparison_markdown
from harness.results import (
    Arm,
    ContractSummary,
    FindingSummary,
    OracleSummary,
    Pair,
    Pool,
    Rules,
    RunReader,
    Status,
    Summary,
)
from tests.unit.compare.noisy import Noise, blocks, family, pool_of_runs
from tests.unit.experiment.paired_runs import Made, make

PAIRS = 10


def _summary(*findings: str) -> Summary:
    found = [
        FindingSummary(identity=one, level="error", source="oracle", operation="x", message="m") for one in findings
    ]
    looked = ContractSummary(oracle=OracleSummary(verdict=Verdict.PASS, judged=1))
    return Summary(run="r", scenario="s", target="t", verdict=Verdict.PASS, contract=looked, findings=tuple(found))


def _recovered(rng: np.random.Generator, faults: int, slower: float = 0.0) -> tuple[dict[str, Recovered], ...]:
    """Times that scatter by 30 % from run to run; the first fault's are `slower` in the candidate."""
    times = 5 * np.exp(0.3 * rng.standard_normal((2, faults)))
    times[1, 0] *= 1 + slower
    return tuple({f"fault {n}": Recovered(float(t)) for n, t in enumerate(arm)} for arm in times)


def _regressed(rng: np.random.Generator, faults: int, pool: np.ndarray | None = None, slower: float = 0.0) -> set[str]:
    """Which metrics and recoveries of one comparison at one look of 5 % are regressed."""
    order = blocks(rng, PAIRS)
    figures = [({}, {})] * PAIRS if pool is None else family(rng, pool, Noise(operations=4), order)
    gathering = Gathering(Weighing(), (Pool(10**9), Pool(10**9)))
    for number, way in enumerate(order):
        pair = Pair(number=number + 1, order="AB" if way > 0 else "BA", base="a", candidate="b", seconds=1.0)
        base, candidate = _recovered(rng, faults, slower)
        gathering.pairs.append(
            PairSeen(
                pair=pair,
                order=int(way),
                figures=figures[number],
                summaries=(_summary(), _summary()),
                recovered=(base, candidate),
            )
        )
    found, _ = weigh(gathering, 0.05, rng)
    return {one.subject or one.metric for one in found if one.judgement is Judgement.REGRESSED}


@pytest.mark.parametrize("faults", [1, 4, 8])
def test_recoveries_that_nothing_happened_to_raise_no_alarm(faults: int) -> None:
    """However many faults, at most 5 % of comparisons: of 200, at most 17 (binomial, 98 %). Each judged for itself, eight alarmed in 24 %."""
    rng = np.random.default_rng([20261125, faults])
    assert sum(bool(_regressed(rng, faults)) for _ in range(200)) <= 17


def test_recoveries_and_metrics_together_raise_no_alarm() -> None:
    """Half of the error rate each: of 150 comparisons with both, at most 13."""
    rng = np.random.default_rng(20261125)
    pool = pool_of_runs(rng, 100, requests=5_000)
    assert sum(bool(_regressed(rng, 8, pool)) for _ in range(150)) <= 13


def test_one_recovery_of_four_that_takes_twice_as_long_is_found() -> None:
    """At ten pairs, nine of ten times."""
    rng = np.random.default_rng(3)
    assert sum("fault 0" in _regressed(rng, 4, slower=1.0) for _ in range(60)) >= 54


def test_flaky_findings_keep_to_the_error_rate_of_the_look() -> None:
    """Five candidate runs of six and no base run is p = 1/32: enough at a look of 5 %, not at one of 1.7 %, of which there are several."""
    pairs = [
        PairSeen(
            pair=Pair(number=k + 1, order="AB", base="a", candidate="b", seconds=1.0),
            order=1,
            summaries=(_summary(), _summary(*(["bug"] if k else []))),
        )
        for k in range(6)
    ]
    assert [one.judgement for one in compared_findings(pairs, 0.05)] == [Judgement.REGRESSED]
    assert [one.judgement for one in compared_findings(pairs, 0.017)] == [Judgement.INCONCLUSIVE]


def test_findings_beyond_those_listed_are_judged_and_counted() -> None:
    """250 that only the candidate shows: 200 are listed, and the document says how many more there are."""
    gathering = Gathering(Weighing(), (Pool(10**9), Pool(10**9)))
    new = _summary(*(f"bug {n}" for n in range(250)))
    for k, order in enumerate((1, -1, -1, 1, 1, -1)):
        pair = Pair(number=k + 1, order="AB" if order > 0 else "BA", base="a", candidate="b", seconds=1.0)
        gathering.pairs.append(PairSeen(pair=pair, order=order, summaries=(_summary(), new)))
    frame = Frame(
        name="n",
        scenario="s",
        about="",
        mode="saved",
        base=Arm(spelling="a", target="a"),
        candidate=Arm(spelling="b", target="b"),
        rules=Rules(pairs=6, max_pairs=6, looks=(6,), alphas=(0.05,), margin=0.05, seed=0),
        started="",
    )
    found = assemble(frame, gathering, alpha=0.05, rng=np.random.default_rng(0), status=Status.COMPLETE)
    assert (len(found.findings), found.more_findings) == (200, 50)
    assert "and 50 more findings, each in" in comparison_html(found)
    assert "and 246 more findings" in comparison_markdown(found)


def test_operations_beyond_the_busiest_are_no_change(tmp_path: Path) -> None:
    """Of 210 operations each run counts its 200 busiest, not the same in all: which are left out is said, and none is called unseen."""
    rng = np.random.default_rng(4)
    gathering = Gathering(Weighing(shares=(0.5,)), (Pool(10**9), Pool(10**9)))
    for k in range(2):
        names = [f"op {n:03}" for n in rng.permutation(210)]
        operations = dict.fromkeys(names, 5.0)
        seen = [
            see(RunReader.open(make(tmp_path, 2 * k + arm, Made(operations=dict(operations), rate=400, seconds=2))))
            for arm in (0, 1)
        ]
        gathering.add(seen[0], seen[1], 1 - 2 * k)
    assert len(gathering.left_out) >= 10
    found, _ = weigh(gathering, 0.05, rng)
    assert not {one.operation for one in found} & gathering.left_out
    assert not any("not seen" in one.why for one in found)
