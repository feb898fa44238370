"""How disturbances are written: `latency: {delay: 800ms, jitter: 100ms}`. The keys of a kind are the fields of its class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, get_type_hints

from harness.faults.toxics.bandwidth import Bandwidth
from harness.faults.toxics.down import Down
from harness.faults.toxics.latency import Latency
from harness.faults.toxics.limit_data import LimitData
from harness.faults.toxics.reset import Reset
from harness.faults.toxics.slicer import Slicer
from harness.faults.toxics.slow_close import SlowClose
from harness.faults.toxics.timeout import Timeout
from harness.faults.toxics.units import ByteCount, KilobyteRate, Micros, Millis, Share, Stream
from harness.faults.toxics.wire import Toxical
from harness.model.nearest import nearest

__all__ = ["Key", "kinds", "parse"]

_CLASSES: tuple[type[Any], ...] = (Latency, Timeout, Reset, Down, Bandwidth, SlowClose, Slicer, LimitData)
_KINDS: dict[str, type[Any]] = {one.kind: one for one in _CLASSES}
_EXAMPLES: dict[type[Any], str] = {
    Millis: "800ms",
    Micros: "50us",
    ByteCount: "64KB",
    KilobyteRate: "100KB/s",
    Share: "50%",
    Stream: "upstream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a kind. `parse` reads its value as written in a document and raises ValueError."""

    name: str
    example: str
    required: bool
    parse: Callable[[object], object]


def kinds() -> Mapping[str, tuple[Key, ...]]:
    """Every kind of fault that an edge can have, with its keys."""
    return {kind: _keys(one) for kind, one in _KINDS.items()}


def parse(kind: str, mapping: Mapping[str, object]) -> Toxical:
    """Read one. Raises ValueError that names key, value, what to write instead and the nearest spelling."""
    if kind not in _KINDS:
        raise ValueError(f"`{kind}` is not a kind of fault; {_near(kind, _KINDS)}")
    keys = {key.name: key for key in _keys(_KINDS[kind])}
    if not isinstance(mapping, Mapping):
        raise ValueError(f"{mapping!r} is not a mapping; write {kind}: {_sample(kind)}")  # noqa: TRY004 - one error for documents
    values = {}
    for name, value in mapping.items():
        if name not in keys:
            raise ValueError(f"`{name}` is not a key of {kind}; {_near(str(name), keys)}")
        try:
            values[name] = keys[name].parse(value)
        except ValueError as error:
            raise ValueError(f"`{name}`: {error}") from error
    for key in keys.values():
        if key.required and key.name not in values:
            raise ValueError(f"{kind} needs `{key.name}`; write {kind}: {_sample(kind)}")
    made: Toxical = _KINDS[kind](**values)
    return made


def _keys(one: type[Any]) -> tuple[Key, ...]:
    types = get_type_hints(one)
    return tuple(
        Key(
            name=field.name,
            example=f"{field.name}: {_EXAMPLES[types[field.name]]}",
            required=field.default is MISSING,
            parse=types[field.name].parse,
        )
        for field in fields(one)
    )


def _sample(kind: str) -> str:
    return "{" + ", ".join(key.example for key in _keys(_KINDS[kind]) if key.required) + "}"


def _near(word: str, known: Mapping[str, object]) -> str:
    near = nearest(word, known)
    if near:
        return f"did you mean `{near}`?"
    return f"known here: {', '.join(sorted(known))}" if known else "it takes none"
