"""How disturbances are written: `latency: {delay: 800ms, jitter: 100ms}`. The keys of a kind are the fields of its class.

A kind's first key may stand alone (`latency: 800ms`). A number may grow (`delay: from 0ms to 2s over 30s`), and every kind may come
and go (`for 1s every 5s`, or the keys `for` and `every`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, get_type_hints

from harness.faults.toxics.bandwidth import Bandwidth
from harness.faults.toxics.down import Down
from harness.faults.toxics.flap import Flap
from harness.faults.toxics.latency import Latency
from harness.faults.toxics.limit_data import LimitData
from harness.faults.toxics.passed import Attributes, Passed, TypeName
from harness.faults.toxics.ramp import Ramp, rampable
from harness.faults.toxics.reset import Reset
from harness.faults.toxics.slicer import Slicer
from harness.faults.toxics.slow_close import SlowClose
from harness.faults.toxics.timeout import Timeout
from harness.faults.toxics.units import ByteCount, KilobyteRate, Micros, Millis, Share, Stream
from harness.model.fault import Disturbance
from harness.model.nearest import nearest

__all__ = ["Key", "Kinds"]

_FLAP_KEYS = ("for", "every")
_RAMP_KEYS = ("from", "to", "over")
_RAMP = re.compile(r"from\s+(?P<from>\S+)\s+to\s+(?P<to>\S+)\s+over\s+(?P<over>\S+)")
_TEXT = re.compile(r"(?P<value>.*?)(?:(?:^|\s+)for\s+(?P<for>\S+)\s+every\s+(?P<every>\S+))?")

_TEXTUAL: Mapping[str, Any] = {"type": "string"}
_RAMP_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": dict.fromkeys(_RAMP_KEYS, _TEXTUAL),
    "required": list(_RAMP_KEYS),
    "additionalProperties": False,
}
SCHEMAS: Mapping[type[Any], Mapping[str, Any]] = {
    Stream: {"enum": [one.value for one in Stream]},
    Attributes: {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
}
TOXICS: Mapping[str, type[Any]] = {
    **{one.kind: one for one in (Latency, Timeout, Reset, Down, Bandwidth, SlowClose, Slicer, LimitData)},
    "toxic": Passed,
}
EXAMPLES: Mapping[type[Any], str] = {
    Millis: "800ms",
    Micros: "50us",
    ByteCount: "64KB",
    KilobyteRate: "100KB/s",
    Share: "50%",
    Stream: "upstream",
    TypeName: "packet_loss",
    Attributes: "{loss: 10}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a kind. `parse` reads its value as written in a document and raises ValueError; `ramps` says that it may grow;
    `schema` is for editors.
    """

    name: str
    example: str
    required: bool
    ramps: bool
    parse: Callable[[object], object]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kinds:
    """Classes by the name of their kind, an example of each unit that their fields have, and its JSON Schema where that is no text."""

    classes: Mapping[str, type[Any]]
    examples: Mapping[type[Any], str]
    schemas: Mapping[type[Any], Mapping[str, Any]]

    def keys(self, kind: str) -> tuple[Key, ...]:
        """The keys of a kind, in the order of its fields."""
        one = self.classes[kind]
        types = get_type_hints(one)
        return tuple(
            Key(
                name=field.name,
                example=f"{field.name}: {self.examples[types[field.name]]}",
                required=field.default is MISSING and field.default_factory is MISSING,
                ramps=kind in TOXICS and rampable(types[field.name]),
                parse=types[field.name].parse,
                schema={
                    "examples": [self.examples[types[field.name]]],
                    **self.schemas.get(types[field.name], _TEXTUAL),
                },
            )
            for field in fields(one)
        )

    def schema(self, kind: str) -> dict[str, Any]:
        """JSON Schema of what may stand after `KIND:`."""
        keys = self.keys(kind)
        properties = {
            key.name: {"anyOf": [key.schema, _RAMP_SCHEMA]} if key.ramps else dict(key.schema) for key in keys
        }
        mapping = {
            "type": "object",
            "properties": {**properties, **dict.fromkeys(_FLAP_KEYS, _TEXTUAL)},
            "required": [key.name for key in keys if key.required],
            "additionalProperties": False,
        }
        return {
            "description": (self.classes[kind].__doc__ or "").split("\n")[0],
            "anyOf": [mapping, {"type": ["string", "integer", "null"]}],
        }

    def parse(self, kind: str, given: object) -> Disturbance:
        """Read one. Raises ValueError that names key, value, what to write instead and the nearest spelling."""
        if kind not in self.classes:
            raise ValueError(f"`{kind}` is not a kind of fault; {_near(kind, self.classes)}")
        mapping = self._mapping(kind, given)
        flap = {key: mapping.pop(key) for key in _FLAP_KEYS if key in mapping}
        made = self._made(kind, mapping)
        if not flap:
            return made
        if len(flap) < len(_FLAP_KEYS):
            raise ValueError(f"`{next(iter(flap))}` stands alone; write for: 1s, every: 5s")
        return Flap(
            made, **{name: _text(flap[key], key) for name, key in zip(("on", "every"), _FLAP_KEYS, strict=True)}
        )

    def _mapping(self, kind: str, given: object) -> dict[str, object]:
        """Keys and values, from a mapping, or from a text such as `800ms for 1s every 5s`."""
        if isinstance(given, Mapping):
            return {str(name): value for name, value in given.items()}
        keys = self.keys(kind)
        if isinstance(given, str) and (found := _TEXT.fullmatch(given.strip())):
            mapping: dict[str, object] = {key: found[key] for key in _FLAP_KEYS if found[key]}
            value: object = found["value"]
        else:
            mapping, value = {}, given
        if value in ("", None):
            return mapping
        if not keys:
            raise ValueError(f"{kind} takes no {value!r}; write {kind}: {{}}, or {kind}: for 1s every 5s")
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            alone = next((key for key in keys if key.required), keys[0])
            return {alone.name: value, **mapping}
        raise ValueError(f"{value!r} is not a mapping; write {kind}: {self._sample(kind)}")

    def _made(self, kind: str, mapping: Mapping[str, object]) -> Disturbance:
        keys = {key.name: key for key in self.keys(kind)}
        values: dict[str, Any] = {}
        ramps: dict[str, dict[str, Any]] = {}
        for name, value in mapping.items():
            if name not in keys:
                raise ValueError(f"`{name}` is not a key of {kind}; {_near(str(name), {**keys, 'for': 0, 'every': 0})}")
            try:
                if (ramp := _ramp(value)) is not None and keys[name].ramps:
                    ramps[name] = ramp
                else:
                    values[name] = keys[name].parse(value)
            except ValueError as error:
                raise ValueError(f"`{name}`: {error}") from error
        for key in keys.values():
            if key.required and key.name not in values and key.name not in ramps:
                raise ValueError(f"{kind} needs `{key.name}`; write {kind}: {self._sample(kind)}")
        if len(ramps) > 1:
            raise ValueError(
                f"{' and '.join(f'`{name}`' for name in ramps)} cannot ramp at once; give all but one a single value"
            )
        one = self.classes[kind]
        for name, ramp in ramps.items():
            return Ramp.of(one, key=name, start=ramp["from"], end=ramp["to"], over=ramp["over"], **values)
        made: Disturbance = one(**values)
        return made

    def _sample(self, kind: str) -> str:
        return "{" + ", ".join(key.example for key in self.keys(kind) if key.required) + "}"


def _ramp(value: object) -> dict[str, Any] | None:
    """`from`, `to` and `over`, or None for a value that stays. Raises ValueError for a part of them."""
    if isinstance(value, str) and value.lstrip().startswith("from "):
        if found := _RAMP.fullmatch(value.strip()):
            return found.groupdict()
        raise ValueError(f"{value!r} is not a ramp; write from 0ms to 2s over 30s")
    if isinstance(value, Mapping) and set(value) & set(_RAMP_KEYS):
        if set(value) != set(_RAMP_KEYS):
            raise ValueError("a ramp has from, to and over; write {from: 0ms, to: 2s, over: 30s}")
        return {key: _text(value[key], key) for key in _RAMP_KEYS}
    return None


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"`{key}` is {value!r}; write a number with its unit, such as 1s")  # noqa: TRY004 - one error for documents
    return value


def _near(word: str, known: Mapping[str, object]) -> str:
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else f"known here: {', '.join(sorted(known))}"
