"""How strong a fault is, as a number that can be varied: `slow.delay`, `slow.toxicity`, `gone.for`."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from harness.errors import BadInput
from harness.faults.toxics import Micros, Millis, Share
from harness.model import Fault, Scenario
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration, parse_share, show_duration
from harness.results.summary import Unit

FOR = "for"
_MORE_IS_WORSE = (Millis, Micros, Share)


@dataclass(frozen=True, slots=True)
class Strength:
    """One key of one fault, or `for`: how long it lasts. Times in milliseconds, `for` in seconds, shares from 0 to 1.

    Where less is worse (the rate of `bandwidth`, the bytes of `limit_data`) BadInput says so.
    """

    fault: str
    key: str

    @property
    def name(self) -> str:
        """`slow.delay`."""
        return f"{self.fault}.{self.key}"

    @property
    def unit(self) -> Unit:
        """By the key alone: a share is called toxicity wherever it stands."""
        return "s" if self.key == FOR else "share" if self.key == "toxicity" else "ms"

    @property
    def whole(self) -> bool:
        """Toxiproxy counts whole milliseconds."""
        return self.unit == "ms"

    @property
    def limit(self) -> str:
        """Where the target bounds it."""
        return "limits.max_fault"

    def of(self, scenario: Scenario) -> float:
        """What it is. Raises BadInput where the scenario has no such fault, or the fault no such key."""
        fault = self._fault(scenario)
        return fault.duration if self.key == FOR else _plain(self._value(fault))

    def at(self, scenario: Scenario, value: float) -> Scenario:
        """With that strength. A jitter keeps its proportion to the delay."""
        fault = self._fault(scenario)
        changed = replace(fault, duration=value) if self.key == FOR else self._stronger(fault, value)
        return replace(scenario, faults=tuple(changed if one is fault else one for one in scenario.faults))

    def _stronger(self, fault: Fault, value: float) -> Fault:
        old = self._value(fault)
        disturbance: Any = fault.disturbance
        new = {self.key: _as(old, value)}
        if self.key == "delay" and getattr(disturbance, "jitter", None):
            new["jitter"] = _as(disturbance.jitter, _plain(disturbance.jitter) * value / _plain(old))
        try:
            return replace(fault, disturbance=replace(disturbance, **new))
        except ValueError as error:
            raise BadInput(f"{self.name} cannot be {self.show(value)}: {error}.", "Search in other bounds.") from error

    def parse(self, text: str) -> float:
        """`300ms`, `5s`, `20%`."""
        if self.unit == "share":
            return parse_share(text)
        return parse_duration(text) * (1.0 if self.unit == "s" else 1000.0)

    def show(self, value: float) -> str:
        """As `parse` reads it."""
        if self.unit == "share":
            return f"{value * 100:g}%"
        return show_duration(value if self.unit == "s" else value / 1000)

    def most(self, scenario: Scenario) -> float | None:
        """A fault lasts no longer than the target allows, and is on no more than all connections."""
        if self.unit == "share":
            return 1.0
        return scenario.target.limits.max_fault if self.key == FOR else None

    def _fault(self, scenario: Scenario) -> Fault:
        for one in scenario.faults:
            if one.name == self.fault:
                return one
        known = [one.name for one in scenario.faults]
        raise BadInput(f"Scenario `{scenario.name}` has no fault `{self.fault}`.", did_you_mean(self.fault, known))

    def _value(self, fault: Fault) -> Any:
        disturbance = fault.disturbance
        names: list[str] = [one.name for one in fields(disturbance)] if is_dataclass(disturbance) else []
        numbers = [name for name in names if isinstance(getattr(disturbance, name), _MORE_IS_WORSE)]
        if self.key in numbers:
            return getattr(disturbance, self.key)
        todo = did_you_mean(self.key, [*numbers, FOR])
        if self.key in names:
            todo = f"Of it, less is worse, or it is no plain number. {todo}"
        raise BadInput(f"`{self.key}` of fault `{fault.name}` ({disturbance.describe()}) cannot be varied.", todo)


def _plain(value: Any) -> float:
    """In milliseconds, or as a share."""
    return int(value) / 1000 if isinstance(value, Micros) else float(value)


def _as(old: Any, value: float) -> Any:
    if isinstance(old, Share):
        return Share(min(1.0, value))
    return Micros(round(value * 1000)) if isinstance(old, Micros) else Millis(round(value))
