"""What a machine can show, learnt from a version against itself, and margins that it refuses."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import pytest
from scipy.special import gammaincinv

from harness.errors import BadInput
from harness.experiment.calibrate import SURE, Calibration, Spread, keep, known, learnt, refuse_unreachable
from harness.experiment.compare import Plan
from harness.experiment.host import host
from harness.experiment.saved import MACHINE
from harness.experiment.weigh import Weighing
from harness.model import Load, OpenStage, Profile, Scenario, Target
from harness.results import ALL
from tests.unit.report.synthetic_comparison import CUT, SAME, compared

SCENARIO = Scenario(
    name="shop",
    target=Target(name="t", url="http://127.0.0.1"),
    load=Load(locustfile=Path("x.py"), profile=Profile((OpenStage(name="s", rate=1, duration=1),))),
)


def _noisy(spread: float, pairs: int = 6) -> Calibration:
    return Calibration(
        scenario="shop",
        machine={key: host().get(key, "?") for key in MACHINE},
        made="2026-11-25T12:00:00Z",
        pairs=pairs,
        spreads=(
            Spread(operation=ALL, metric="p95", spread=spread),
            Spread(operation="place", metric="p50", spread=0.001),
        ),
    )


def test_noise_is_learnt_from_the_pairs() -> None:
    """The spread of the synthetic pairs' log ratios is what they were made with."""
    found = learnt(compared(SAME))
    spreads = [one.spread for one in found.spreads if one.metric == "p95"]
    assert sum(spreads) / len(spreads) == pytest.approx(0.015, rel=0.35)
    assert all(one.effect(12, 0.05) < one.effect(6, 0.05) for one in found.spreads)


def test_too_few_pairs_teach_nothing() -> None:
    """Two pairs have no spread worth the name."""
    with pytest.raises(BadInput, match="4 are the fewest"):
        learnt(compared(CUT))


def test_it_is_kept_for_this_machine_and_no_other(tmp_path: Path) -> None:
    """Read back as written; gone where the machine is another, or the file garbled."""
    environ = {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    found = _noisy(0.1)
    path = keep(found, environ)
    assert known("shop", environ) == found
    assert known("other", environ) is None
    keep(found.model_copy(update={"machine": {**found.machine, "cores": "999"}}), environ)
    assert known("shop", environ) is None
    path.write_text("{")
    assert known("shop", environ) is None


def test_a_margin_out_of_reach_is_refused_with_what_to_do() -> None:
    """A tenth of noise decides nothing within 5 % in twelve pairs; a wider margin, another metric or no calibration is let through."""
    with pytest.raises(BadInput, match=r"p95 of all operations .*%") as refused:
        refuse_unreachable(Plan(), SCENARIO, _noisy(0.15))
    assert "--margin" in refused.value.todo
    refuse_unreachable(Plan(), SCENARIO, None)
    refuse_unreachable(Plan(), SCENARIO, _noisy(0.02))
    refuse_unreachable(Plan(weighing=Weighing(margin=0.5)), SCENARIO, _noisy(0.15))
    refuse_unreachable(Plan(weighing=Weighing(shares=(0.5,))), SCENARIO, _noisy(0.15))
    refuse_unreachable(Plan(weighing=Weighing(operations=("place",))), SCENARIO, _noisy(0.15))


def _rare(spread: float) -> Calibration:
    return _noisy(0.001).model_copy(update={"spreads": (Spread(operation=ALL, metric="p99.9", spread=spread),)})


def test_a_rare_quantile_is_held_to_its_own_margin() -> None:
    """p99.9 is judged within twice the margin: a reach between the two is let through, one beyond is refused, and half of it is the margin to use."""
    plan = Plan(weighing=Weighing(shares=(0.999,)))
    reach = _reach(0.1)
    assert 0.05 < reach < 0.1
    refuse_unreachable(plan, SCENARIO, _rare(0.1))
    with pytest.raises(BadInput) as refused:
        refuse_unreachable(plan, SCENARIO, _rare(0.2))
    assert f"--margin {int(100 * _reach(0.2) / 2) + 1}%" in refused.value.todo


def _reach(spread: float) -> float:
    """What a plan is surely held to: the spread as small as six pairs may have overstated it."""
    least = sqrt(5 / (2 * float(gammaincinv(2.5, SURE))))
    return Spread(operation=ALL, metric="p99.9", spread=spread * least).margin(12, Plan().looks.alpha)
