"""The same version against itself: how small a change this machine can show. Kept in the user's cache, and asked before a comparison begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import expm1, log, sqrt
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.special import gammaincinv

from harness.compare import margin_of, smallest_effect, smallest_margin
from harness.errors import BadInput
from harness.experiment.compare import Plan
from harness.experiment.host import host
from harness.experiment.saved import MACHINE
from harness.guard import cache_dir
from harness.model import Scenario
from harness.results import Comparison
from harness.results.disk import replace, writing
from harness.results.schemas import FORMAT

FOLDER = "calibrations"
SURE = 0.95  # that a spread is not smaller than it is taken for, before a margin is refused
MOST_TOLD = 4


class Spread(BaseModel):
    """By how much the logarithm of a metric's ratio differs from pair to pair although nothing changed (a standard deviation)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    operation: str
    metric: str
    spread: float

    def effect(self, pairs: int, alpha: float) -> float:
        """The smallest relative change that so many pairs show, four of five times."""
        return expm1(smallest_effect(self.spread, pairs, alpha))

    def margin(self, pairs: int, alpha: float) -> float:
        """The smallest margin within which so many pairs call equal versions equivalent, four of five times."""
        return expm1(smallest_margin(self.spread, pairs, alpha))


class Calibration(BaseModel):
    """Of one scenario on one machine. `pairs` are those it was learnt from; `made` is a time for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int = FORMAT
    scenario: str
    machine: dict[str, str]
    target: str = ""
    made: str
    pairs: int
    spreads: tuple[Spread, ...]


def learnt(found: Comparison) -> Calibration:
    """From a comparison of a version with itself. Raises BadInput where too few pairs count."""
    counting = sum(1 for pair in found.pairs if not pair.void)
    spreads = tuple(_spreads(found))
    if counting < 4 or not spreads:
        raise BadInput(
            f"{counting} pair{'s' * (counting != 1)} count{'s' * (counting == 1)}, and 4 are the fewest from which noise can be learnt.",
            "Make the machine quieter, or the runs longer, and calibrate again.",
        )
    return Calibration(
        scenario=found.scenario,
        machine=_machine(found.environment),
        target=found.base.target,
        made=found.started,
        pairs=counting,
        spreads=spreads,
    )


def _spreads(found: Comparison) -> Iterator[Spread]:
    """Of the metrics that have enough requests, from the effects of their pairs."""
    for one in found.metrics:
        logs = [log(1 + float(each)) for each in one.each if each is not None and float(each) > -1]
        if one.gates and one.effect_is == "ratio" and one.metric != "recovery" and len(logs) >= 4:
            mean = sum(logs) / len(logs)
            spread = sqrt(sum((value - mean) ** 2 for value in logs) / (len(logs) - 1))
            yield Spread(operation=one.operation, metric=one.metric, spread=spread)


def keep(found: Calibration, environ: Mapping[str, str]) -> Path:
    """Write it where `known` looks. Raises EnvironmentFailed."""
    path = _place(found.scenario, environ)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, (found.model_dump_json(indent=1) + "\n").encode())
    return path


def known(scenario: str, environ: Mapping[str, str]) -> Calibration | None:
    """That of this scenario on this machine; None where there is none, or the machine is another by now."""
    try:
        found = Calibration.model_validate_json(_place(scenario, environ).read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.format <= FORMAT and found.machine == _machine(host()) else None


def refuse_unreachable(plan: Plan, scenario: Scenario, calibration: Calibration | None) -> None:
    """Raises BadInput where this machine surely cannot decide within the margin, with what to do instead. Without a calibration all is allowed."""
    if calibration is None:
        return
    alpha, pairs, margin = plan.looks.alpha, plan.max_pairs, plan.weighing.margin
    degrees = max(1, calibration.pairs - 1)
    chi2 = 2 * float(gammaincinv(degrees / 2, SURE))  # its quantile
    least = sqrt(degrees / chi2)
    far = sorted(
        (
            (one.model_copy(update={"spread": one.spread * least}).margin(pairs, alpha), one)
            for one in calibration.spreads
            if _asked(one, plan)
        ),
        key=lambda pair: -pair[0],
    )
    far = [(reach, one) for reach, one in far if reach > margin_of(one.metric, margin)]
    if not far:
        return
    told = "; ".join(f"{one.metric} of {one.operation} {reach:.0%}" for reach, one in far[:MOST_TOLD])
    more = f", and {len(far) - MOST_TOLD} more" if len(far) > MOST_TOLD else ""
    wide = max(reach / margin_of(one.metric, 1.0) for reach, one in far)
    raise BadInput(
        f"With {pairs} pairs of `{scenario.name}` this machine cannot decide within {margin:.3g}: it reaches {told}{more} "
        f"(calibrated {calibration.made[:10]}, {calibration.pairs} pairs).",
        f"Use --margin {_above(wide)}, more --max-pairs, longer stages, fewer metrics (--quantile p50, --operation NAME), a quieter machine, "
        "or --anyway; or calibrate again.",
    )


def _asked(one: Spread, plan: Plan) -> bool:
    from harness.experiment.weigh import quantile_names

    return one.metric in quantile_names(plan.weighing.shares) and plan.weighing.wants(one.operation)


def _above(share: float) -> str:
    return f"{int(share * 100) + 1}%"


def _machine(told: Mapping[str, str]) -> dict[str, str]:
    return {key: told.get(key, "?") for key in MACHINE}


def _place(scenario: str, environ: Mapping[str, str]) -> Path:
    safe = "".join(char if char.isalnum() or char in "-_." else "-" for char in scenario)[:80]
    return cache_dir(environ) / FOLDER / f"{host()['host']}-{safe}.json"
