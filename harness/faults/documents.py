"""Every kind of fault that an edge can have, as written in a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.faults.commands import Command, Shell
from harness.faults.http import HTTP_FAULTS, GrpcCode, HeaderName, Headers, MediaType, Method, PathPattern, StatusCode
from harness.faults.processes import PROCESS_FAULTS
from harness.faults.toxics import EXAMPLES, TOXICS, Key, Kinds
from harness.model.fault import Disturbance

__all__ = ["kinds", "parse"]

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
_ALL = Kinds({**TOXICS, **PROCESS_FAULTS, Command.kind: Command, **HTTP_FAULTS}, _EXAMPLES)


def kinds() -> Mapping[str, tuple[Key, ...]]:
    """Every kind with its keys."""
    return {kind: _ALL.keys(kind) for kind in _ALL.classes}


def parse(kind: str, given: object) -> Disturbance:
    """Read one: a mapping of its keys, or a text such as `800ms`, `from 0ms to 2s over 30s` or `for 1s every 5s`.

    Raises ValueError that names key, value, what to write instead and the nearest spelling.
    """
    return _ALL.parse(kind, given)
