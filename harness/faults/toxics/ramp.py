"""Faults that grow or fade."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, get_type_hints

from harness.faults.toxics.latency import Latency
from harness.faults.toxics.phases import Phase
from harness.faults.toxics.units import ByteCount, KilobyteRate, Micros, Millis, Share
from harness.faults.toxics.wire import Toxical
from harness.model.quantity import parse_duration, parse_share, show_duration

__all__ = ["Ramp", "rampable"]

_STEP_S = 0.5
_MOST_STEPS = 60
_DELAYS_A_STEP = (
    3  # an update lets go of what is being delayed at that moment (seen with 2.12), so a step outlasts the delay
)

_WHOLE = (Millis, Micros, ByteCount, KilobyteRate)
_LEAST_SHARE = 0.01


def rampable(unit: type[Any]) -> bool:
    """Whether values of that unit can grow step by step."""
    return unit is Share or unit in _WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """`key` of a toxic goes from `start` to `end` (in its own unit) within `over` seconds, in even steps, and then stays.

    A step has the value of its middle. Each is an update that Toxiproxy makes without dropping a connection; a chunk that is being
    delayed at that moment is let go, so steps of a latency last at least three times the longest delay. `about` is the toxic with
    the larger of the two values. Zero is where a ramp may begin or end, and counts as the least there is (1 ms, 1 %). A latency's
    jitter is never above its delay.
    """

    about: Toxical
    key: str
    start: float
    end: float
    over: float

    @classmethod
    def of(cls, kind: type[Any], *, key: str, start: object, end: object, over: float | str, **rest: Any) -> Ramp:
        """`Ramp.of(Latency, key="delay", start="0ms", end="2s", over="30s", toxicity="50%")`. Raises ValueError."""
        seconds = parse_duration(over) if isinstance(over, str) else float(over)
        if seconds < 2 * _STEP_S:
            raise ValueError(f"a ramp over {show_duration(seconds)} has no time for steps; write at least 1s")
        unit = get_type_hints(kind).get(key)
        if unit is None or not rampable(unit):
            raise ValueError(f"`{key}` of {getattr(kind, 'kind', kind)} cannot ramp; give it one value")
        first, last = _number(unit, start), _number(unit, end)
        if first == last:
            raise ValueError(f"`{key}` from {start} to {end} does not change; write that one value")
        largest = kind(**{key: _exact(unit, max(first, last))}, **rest)
        ramp = cls(about=largest, key=key, start=first, end=last, over=seconds)
        ramp.phases(seconds + 1)  # a step that cannot be is refused now
        return ramp

    @property
    def kind(self) -> str:
        return self.about.kind

    @property
    def toxicity(self) -> float:
        return self.about.toxicity

    def describe(self) -> str:
        unit = type(getattr(self.about, self.key))
        way = f"from {_show(unit, self.start)} to {_show(unit, self.end)} over {show_duration(self.over)}"
        return f"{self.key} {way}, {self.about.describe()} at most"

    def phases(self, duration: float) -> tuple[Phase, ...]:
        count = self._steps()
        edges = [self.over * i / count for i in range(count)] + [self.over]
        steps = [Phase(edges[i], edges[i + 1], self._at((i + 0.5) / count)) for i in range(count)]
        steps.append(Phase(self.over, max(duration, self.over), self._at(1.0)))
        return tuple(_joined([part for step in steps if (part := step.within(0.0, duration))]))

    def _steps(self) -> int:
        delay = self.about.delay / 1e3 if isinstance(self.about, Latency) else 0.0
        return max(2, min(_MOST_STEPS, int(self.over / max(_STEP_S, _DELAYS_A_STEP * delay))))

    def _at(self, share: float) -> Toxical:
        exact = _exact(type(getattr(self.about, self.key)), self.start + (self.end - self.start) * share)
        changed: dict[str, Any] = {self.key: exact}
        if isinstance(self.about, Latency) and self.key == "delay":
            changed["jitter"] = min(self.about.jitter, exact)
        made: Toxical = replace(self.about, **changed)  # type: ignore[type-var]
        return made


def _number(unit: type[Any], given: object) -> float:
    """In the unit's own count; zero is a number here, where a ramp begins or ends."""
    if unit is Share:
        share = parse_share(given) if isinstance(given, str) else float(given)  # type: ignore[arg-type]
        if not 0 <= share <= 1:
            raise ValueError(f"{given!r} is no share of connections; it goes from 0% to 100%")
        return share
    return float(unit.parse(given) if isinstance(given, str) else unit(given))


def _exact(unit: type[Any], value: float) -> Any:
    return Share(max(_LEAST_SHARE, value)) if unit is Share else unit(max(1, round(value)))


def _show(unit: type[Any], value: float) -> str:
    return f"{value * 100:g}%" if unit is Share else str(unit(round(value)))


def _joined(parts: list[Phase]) -> list[Phase]:
    """Neighbours of equal strength are one phase."""
    joined: list[Phase] = []
    for part in parts:
        if joined and joined[-1].disturbance == part.disturbance and joined[-1].end == part.start:
            joined[-1] = Phase(joined[-1].start, part.end, part.disturbance)
        else:
            joined.append(part)
    return joined
