"""Stages as plain data, on their way to a load process of the same version."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from harness.model.profile import ClosedStage, OpenStage, Stage
from harness.model.shapes import Ramp, Shape, Sine, Spike, Steps
from harness.model.trace import Trace

__all__ = ["stage_from_message", "stage_to_message"]

_SHAPES: dict[str, type[Ramp | Steps | Spike | Sine]] = {kind.__name__: kind for kind in (Ramp, Steps, Spike, Sine)}


def stage_to_message(stage: Stage) -> dict[str, object]:
    """As plain data; `stage_from_message` reads it back."""
    is_open = isinstance(stage, OpenStage)
    level = "rate" if is_open else "users"
    values = {field.name: getattr(stage, field.name) for field in fields(stage)}
    return {"open": is_open, **values, level: _packed(values[level])}


def stage_from_message(message: Mapping[str, object]) -> Stage:
    """From plain data, as `stage_to_message` made it."""
    values: dict[str, Any] = {key: value for key, value in message.items() if key != "open"}
    level = "rate" if message["open"] else "users"
    values[level] = _unpacked(values[level])
    return OpenStage(**values) if message["open"] else ClosedStage(**values)


def _packed(level: float | Shape | Trace) -> object:
    if isinstance(level, int | float):
        return level
    if isinstance(level, Trace):  # eight bytes an arrival
        return {
            "shape": "Trace",
            "source": level.source,
            "speed": level.speed,
            "times": array("d", level.times).tobytes(),
        }
    return {"shape": type(level).__name__, **asdict(level)}


def _unpacked(level: Any) -> Any:
    if isinstance(level, int | float):
        return level
    values = {key: value for key, value in level.items() if key != "shape"}
    if level["shape"] != "Trace":
        return _SHAPES[level["shape"]](**values)
    times = array("d")
    times.frombytes(values["times"])
    return Trace(values["source"], tuple(times), values["speed"])
