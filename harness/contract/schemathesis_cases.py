"""Valid requests from a description by Schemathesis, without its engine."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from harness.contract.leash import Emit

__all__ = ["draw"]

_CLIENTS_OWN = ("user-agent", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid")
_MARK = "taken0{}0taken"  # stands in a path where a value of an earlier answer goes; nothing in it is ever quoted


def draw(spec: Mapping[str, Any], emit: Emit) -> None:
    """For each operation its examples; else the bare request, where nothing is required; else generated ones. Equal requests once."""
    config = schemathesis.Config.from_dict({"base-url": spec["base_url"], "generation": {"database": "none"}})
    schema = schemathesis.openapi.from_dict(spec["document"], config=config)
    operations = {}
    for result in schema.get_all_operations():
        if hasattr(result, "ok") and (operation := _ok(result)) is not None:
            operations[operation.method.upper(), operation.path] = operation
    for about in spec["operations"]:
        operation = operations.get((about["method"], about["path"]))
        if operation is None:
            emit({"kind": "trouble", "operation": about["name"], "why": "its description is not valid"})
            continue
        try:
            _emit_all(operation, about, spec, emit)
        except Exception as error:  # noqa: BLE001  whatever a foreign schema makes the generator raise is told, and the rest goes on
            emit({"kind": "trouble", "operation": about["name"], "why": f"{type(error).__name__}: {error}"[:300]})


def _ok(result: Any) -> Any:
    try:
        return result.ok()
    except Exception:  # noqa: BLE001  an operation that is not valid: told as one
        return None


def _emit_all(operation: Any, about: Mapping[str, Any], spec: Mapping[str, Any], emit: Emit) -> None:
    seen = set()
    for case in _cases(operation, about, spec):
        row = _row(case, about, spec)
        key = (row["path"], str(sorted(row["headers"].items())), row["body"])
        if key not in seen:
            seen.add(key)
            emit(row)


def _cases(operation: Any, about: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Any]:
    found = False
    for strategy in operation.get_strategies_from_examples():
        for case in _collected(strategy, 1, spec["seed"]):
            found = True
            yield case
    if found:
        return
    if not _requires_anything(operation, about):
        yield operation.Case(path_parameters=dict.fromkeys(about["taken"], ""))
        return
    yield from _collected(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE), spec["variants"], spec["seed"]
    )


def _requires_anything(operation: Any, about: Mapping[str, Any]) -> bool:
    given = {*about["taken"], *about["given"]}
    parameters = [one for one in operation.iter_parameters() if not given & {one.name, one.name.lower()}]
    bodies = list(operation.body)
    return any(one.is_required for one in (*parameters, *bodies))


def _collected(strategy: Any, most: int, seed: int) -> list[Any]:
    cases: list[Any] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return cases


def _row(case: Any, about: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """As it goes over the wire."""
    if about["taken"]:
        case.path_parameters = {**(case.path_parameters or {}), **{p: _MARK.format(p) for p in about["taken"]}}
    request = requests.Request(**_sendable(case.as_transport_kwargs(base_url=spec["base_url"]))).prepare()
    parts = urlsplit(str(request.url))
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    for parameter in about["taken"]:
        path = path.replace(_MARK.format(parameter), "{" + parameter + "}")
    body: Any = request.body or b""
    return {
        "kind": "case",
        "operation": about["name"],
        "path": path,
        "headers": {
            n: v for n, v in _text(request.headers).items() if n.lower() not in (*_CLIENTS_OWN, *about["given"])
        },
        "body": base64.b64encode(body.encode() if isinstance(body, str) else bytes(body)).decode(),
    }


def _sendable(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    known = ("method", "url", "headers", "files", "data", "json", "params", "auth", "cookies")
    return {name: value for name, value in kwargs.items() if name in known}


def _text(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    return {name: v.decode("latin-1") if isinstance(v, bytes) else str(v) for name, v in headers.items()}
