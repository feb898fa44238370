"""A number of a scenario that can be varied: what it is now, and the scenario with another value of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from harness.errors import BadInput
from harness.experiment.vary_strength import Strength
from harness.model import OpenStage, Scenario
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_rate
from harness.results.summary import Unit


class Varied(Protocol):
    """One kind of number. More of it is meant to be worse for the target, or less where it is `falling`. `unit` is that of the results;
    `whole` numbers have no fraction in it; `limit` is the target's key that bounds it."""

    @property
    def name(self) -> str:
        """As in `--vary`."""

    @property
    def unit(self) -> Unit:
        """Of its values."""

    @property
    def whole(self) -> bool:
        """Whether a value with a fraction is none."""

    @property
    def falling(self) -> bool:
        """Whether less is worse."""

    @property
    def limit(self) -> str:
        """`limits.rate`."""

    def of(self, scenario: Scenario) -> float:
        """What it is. Raises BadInput where the scenario has no such number."""

    def at(self, scenario: Scenario, value: float) -> Scenario:
        """The scenario with that value."""

    def parse(self, text: str) -> float:
        """As people write it. Raises ValueError that says what to write."""

    def show(self, value: float) -> str:
        """As `parse` reads it."""

    def most(self, scenario: Scenario) -> float | None:
        """What the target allows; None where it says nothing."""


class Rate:
    """The highest rate of an open profile, arrivals per second. All stages, warm-up too, go up and down with it."""

    name = "rate"
    unit: Unit = "/s"
    whole = False
    falling = False
    limit = "limits.rate"

    def of(self, scenario: Scenario) -> float:
        """The highest outside the warm-up."""
        return max(_constant(stage) for stage in _stages(scenario) if not stage.warm_up)

    def at(self, scenario: Scenario, value: float) -> Scenario:
        """Stages keep their proportion to one another."""
        assert scenario.load is not None
        factor = value / self.of(scenario)
        stages = tuple(replace(stage, rate=_constant(stage) * factor) for stage in _stages(scenario))
        profile = replace(scenario.load.profile, stages=stages)
        return replace(scenario, load=replace(scenario.load, profile=profile))

    def parse(self, text: str) -> float:
        """`150/s`."""
        return parse_rate(text)

    def show(self, value: float) -> str:
        """`150/s`."""
        return f"{value:g}/s"

    def most(self, scenario: Scenario) -> float | None:
        """`limits.rate` of the target."""
        return scenario.target.limits.rate


_KINDS: Mapping[str, Varied] = {"rate": Rate()}


def varied(name: str) -> Varied:
    """The kind of that name: `rate`, or `FAULT.KEY` such as `slow.delay`. Raises BadInput with the nearest."""
    fault, dot, key = name.rpartition(".")
    if dot and fault and key:
        return Strength(fault, key)
    if name not in _KINDS:
        raise BadInput(
            f"`{name}` cannot be varied.", f"{did_you_mean(name, _KINDS)} Or a fault's key, such as slow.delay."
        )
    return _KINDS[name]


def _stages(scenario: Scenario) -> tuple[OpenStage, ...]:
    profile = scenario.load.profile if scenario.load else None
    stages = tuple(stage for stage in (profile.stages if profile else ()) if isinstance(stage, OpenStage))
    if profile is None or len(stages) < len(profile.stages) or all(stage.warm_up for stage in stages):
        raise BadInput(
            f"Scenario `{scenario.name}` has no rate to vary.",
            "Use a profile of stages with `rate`, one of them without `warm_up`.",
        )
    return stages


def _constant(stage: OpenStage) -> float:
    rate: object = stage.rate
    if not isinstance(rate, int | float):
        raise BadInput(
            f"Stage `{stage.name}` has no constant rate, so it cannot be varied.", "Write a number, such as 50/s."
        )
    return float(rate)
