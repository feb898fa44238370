"""How strong a fault is, as a number that can be varied: `slow.delay`, `slow.toxicity`, `thin.rate`, `gone.for`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from harness.errors import BadInput
from harness.faults.toxics import ByteCount, KilobyteRate, Micros, Millis, Share
from harness.model import Fault, Scenario
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration, parse_share, show_duration
from harness.results.summary import Unit

FOR = "for"
_SHARES = ("toxicity", "share")
_MORE_IS_WORSE = (Millis, Micros, Share)
_LESS_IS_WORSE: Mapping[str, Unit] = {"rate": "KB/s", "bytes": "B", "size": "B", "keep": "B"}


@dataclass(frozen=True, slots=True)
class Strength:
    """One key of one fault, or `for`: how long it lasts. Times in milliseconds, `for` in seconds, shares from 0 to 1; of a rate (KB/s)
    and a number of bytes less is worse.
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
        return "s" if self.key == FOR else "share" if self.key in _SHARES else _LESS_IS_WORSE.get(self.key, "ms")

    @property
    def whole(self) -> bool:
        """Toxiproxy counts whole milliseconds, bytes, and kilobytes per second."""
        return self.unit in ("ms", "B", "KB/s")

    @property
    def falling(self) -> bool:
        """As with the rate of a bandwidth."""
        return self.key in _LESS_IS_WORSE

    @property
    def limit(self) -> str:
        """Where the target bounds it."""
        return "limits.max_fault"

    def of(self, scenario: Scenario) -> float:
        """What it is. Raises BadInput where the scenario has no such fault, or the fault no such key."""
        fault = self._fault(scenario)
        return fault.duration if self.key == FOR else _plain(self._value(fault))

    def at(self, scenario: Scenario, value: float) -> Scenario:
        """With that strength. A jitter keeps its proportion to the delay, a variation to the size."""
        fault = self._fault(scenario)
        changed = replace(fault, duration=value) if self.key == FOR else self._stronger(fault, value)
        return replace(scenario, faults=tuple(changed if one is fault else one for one in scenario.faults))

    def _stronger(self, fault: Fault, value: float) -> Fault:
        old = self._value(fault)
        disturbance: Any = fault.disturbance
        new = {self.key: _as(old, value)}
        beside = {"delay": "jitter", "size": "variation"}.get(self.key, "")
        if spread := getattr(disturbance, beside, None):
            new[beside] = _as(spread, _plain(spread) * value / _plain(old))
        try:
            return replace(fault, disturbance=replace(disturbance, **new))
        except ValueError as error:
            raise BadInput(f"{self.name} cannot be {self.show(value)}: {error}.", "Search in other bounds.") from error

    def parse(self, text: str) -> float:
        """`300ms`, `5s`, `20%`, `64KB`, `100KB/s`."""
        if self.unit == "share":
            return parse_share(text)
        if self.falling:
            return float(KilobyteRate.parse(text) if self.unit == "KB/s" else ByteCount.parse(text))
        return parse_duration(text) * (1.0 if self.unit == "s" else 1000.0)

    def show(self, value: float) -> str:
        """As `parse` reads it."""
        if self.unit == "share":
            return f"{value * 100:g}%"
        if self.falling:
            return f"{value:.0f}{self.unit}"
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
        kinds = {name: type(getattr(disturbance, name)) for name in names}
        numbers = [
            name
            for name, kind in kinds.items()
            if issubclass(kind, _MORE_IS_WORSE)
            or (name in _LESS_IS_WORSE and issubclass(kind, ByteCount | KilobyteRate))
        ]
        if self.key in numbers:
            return getattr(disturbance, self.key)
        todo = did_you_mean(self.key, [*numbers, FOR])
        if self.key in names:
            todo = f"It is no plain number of which more, or less, is worse. {todo}"
        raise BadInput(f"`{self.key}` of fault `{fault.name}` ({disturbance.describe()}) cannot be varied.", todo)


def _plain(value: Any) -> float:
    """In milliseconds, or as a share."""
    return int(value) / 1000 if isinstance(value, Micros) else float(value)


def _as(old: Any, value: float) -> Any:
    if isinstance(old, Share):
        return Share(min(1.0, value))
    return Micros(round(value * 1000)) if isinstance(old, Micros) else type(old)(round(value))
