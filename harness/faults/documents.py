"""Every kind of fault that an edge can have, as written in a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from harness.faults.commands import Command, Shell
from harness.faults.http import HTTP_FAULTS, GrpcCode, HeaderName, Headers, MediaType, Method, PathPattern, StatusCode
from harness.faults.processes import PROCESS_FAULTS
from harness.faults.toxics import EXAMPLES, SCHEMAS, TOXICS, Key, Kinds
from harness.model.fault import Disturbance

__all__ = ["Sort", "fault_schema", "kinds", "parse", "sort_of"]

_EXAMPLES: Mapping[type[Any], str] = {
    **EXAMPLES,
    Shell: "./my-tool.sh on",
    StatusCode: "503",
    GrpcCode: "UNAVAILABLE",
    HeaderName: "etag",
    Headers: "{x-tenant: gold}",
    MediaType: "text/html",
    Method: "POST",
    PathPattern: "/orders/*",
}
_SCHEMAS: Mapping[type[Any], Mapping[str, Any]] = {
    **SCHEMAS,
    StatusCode: {"anyOf": [{"type": "integer", "minimum": 200, "maximum": 599}, {"type": "string"}]},
    GrpcCode: {"anyOf": [{"enum": [one.name for one in GrpcCode]}, {"type": "integer", "minimum": 1, "maximum": 16}]},
    Headers: {"type": "object", "additionalProperties": {"type": "string"}},
}
_ALL = Kinds({**TOXICS, **PROCESS_FAULTS, Command.kind: Command, **HTTP_FAULTS}, _EXAMPLES, _SCHEMAS)


Sort = Literal["toxic", "process", "command", "http"]
"""Who carries a kind out: Toxiproxy, signals and docker, a shell, Envoy. See docs/faults.md for what each needs of an edge."""


def sort_of(kind: str) -> Sort:
    """Of a kind as it is written; KeyError for another."""
    if kind == Command.kind:
        return "command"
    if kind in PROCESS_FAULTS:
        return "process"
    if kind in HTTP_FAULTS:
        return "http"
    if kind in TOXICS:
        return "toxic"
    raise KeyError(kind)


def kinds() -> Mapping[str, tuple[Key, ...]]:
    """Every kind with its keys."""
    return {kind: _ALL.keys(kind) for kind in _ALL.classes}


def fault_schema() -> dict[str, Any]:
    """JSON Schema of one entry of `faults`."""
    text = {"type": "string"}
    return {
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": r"^[A-Za-z0-9_.-]{1,64}$"},
            "edge": text,
            "at": {"type": "string", "examples": ["45s", "10s into STAGE", "2s after FAULT"]},
            "for": {"type": "string", "examples": ["15s"]},
            **{kind: _ALL.schema(kind) for kind in _ALL.classes},
        },
        "required": ["name", "at", "for"],
        "oneOf": [{"required": [kind] if kind == "command" else [kind, "edge"]} for kind in _ALL.classes],
        "additionalProperties": False,
    }


def parse(kind: str, given: object) -> Disturbance:
    """Read one: a mapping of its keys, or a text such as `800ms`, `from 0ms to 2s over 30s` or `for 1s every 5s`.

    Raises ValueError that names key, value, what to write instead and the nearest spelling.
    """
    return _ALL.parse(kind, given)
