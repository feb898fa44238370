"""Answers that a service might give, good and bad, made from its description: the same seed makes the same ones."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from harness.contract.description import each_operation, resolve
from harness.model import Exchange, Outcome

DEPTH = 5
_FORMATS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "uuid": "0198c5d2-a1b0-4f9d-8c2e-7a41aabbccdd",
    "uri": "https://shop.test.example/a",
    "email": "a@b.example",
    "duration": "P3DT4H",
}
_ODD = (None, True, 0, -1, 2**70, 1.5, "", "x", "2026-13-01", [], {}, [None], {"a": 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """To a request for `method path` (as written in the description)."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def exchange_of(answer: Answer, url: str, operation: str) -> Exchange:
    """As load sees it: `url` was asked, under the name that a locustfile gives."""
    return Exchange(
        operation=operation,
        method=answer.method,
        url=url,
        outcome=Outcome.OK
        if answer.status < 400
        else Outcome.CLIENT_ERROR
        if answer.status < 500
        else Outcome.SERVER_ERROR,
        status=answer.status,
        intended_ns=0,
        start_ns=0,
        end_ns=0,
        user="1",
        request_headers={},
        request_body=b"",
        headers=answer.headers,
        body=answer.body,
    )


def answers(document: Mapping[str, Any], count: int, seed: int) -> Iterator[Answer]:
    """Spread over all operations and their statuses."""
    random = Random(seed)
    every = [(path, method, about) for path, method, about in each_operation(document) if isinstance(about, dict)]
    for number in range(count):
        path, method, about = every[number % len(every)]
        yield _answer(document, random, path, method, resolve(document, about.get("responses")) or {})


def _answer(
    document: Mapping[str, Any], random: Random, path: str, method: str, responses: Mapping[str, Any]
) -> Answer:
    written = random.choice([key for key in responses if not key.startswith("x-")] or ["200"])
    status = _status(written, random)
    if random.random() < 0.1:
        status = random.choice([200, 201, 204, 302, 404, 418, 500, 503])
    about = resolve(document, responses.get(written)) or {}
    media_type, schema = _content(document, about, random)
    value = _value(document, schema, random, DEPTH)
    if random.random() < 0.5:
        value = _spoilt(value, random)
    body = b"{oops" if random.random() < 0.03 else json.dumps(value).encode()
    headers = {"content-type": media_type} if random.random() < 0.95 else {}
    if random.random() < 0.05:
        headers["content-type"] = random.choice(
            ["text/html; charset=utf-8", "application/xml", "application/json; charset=utf-8"]
        )
    for name, header in (about.get("headers") or {}).items():
        if random.random() < 0.8:
            kind = (resolve(document, header) or {}).get("schema", {})
            given = (
                _value(document, kind, random, 1) if random.random() < 0.8 else random.choice(["", "x", "-1", "true"])
            )
            if isinstance(given, list):
                headers[name.lower()] = ",".join(map(str, given)) or "1"
            elif given == "" and kind.get("type") == "array":
                continue  # for us an empty list, for Schemathesis an element without text
            elif isinstance(given, str | int | float):
                headers[name.lower()] = str(given)
    return Answer(method=method.upper(), path=path, status=status, headers=headers, body=body)


def _status(written: str, random: Random) -> int:
    if written.isdigit():
        return int(written)
    return (
        int(written[0]) * 100 + random.choice([0, 1, 4])
        if written[0].isdigit()
        else random.choice([200, 400, 404, 503])
    )


def _content(document: Mapping[str, Any], about: Mapping[str, Any], random: Random) -> tuple[str, Any]:
    content = about.get("content")
    if isinstance(content, dict) and content:
        media_type = random.choice(list(content))
        return media_type.replace("*/*", "application/json"), (content[media_type] or {}).get("schema", {})
    return "application/json", about.get("schema", {})


def _value(document: Mapping[str, Any], schema: Any, random: Random, depth: int) -> Any:
    """Often one that the schema allows, where that can be had cheaply."""
    schema = resolve(document, schema)
    if not isinstance(schema, dict) or depth < 0:
        return random.choice(_ODD)
    for keyword in ("const", "example", "default"):
        if keyword in schema and random.random() < 0.5:
            return schema[keyword]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return random.choice(schema["enum"])
    for keyword in ("oneOf", "anyOf"):
        if isinstance(schema.get(keyword), list) and schema[keyword]:
            return _value(document, random.choice(schema[keyword]), random, depth - 1)
    if isinstance(schema.get("allOf"), list):
        parts = [_value(document, part, random, depth - 1) for part in [*schema["allOf"], {**schema, "allOf": None}]]
        whole: dict[str, Any] = {}
        for part in parts:
            whole |= part if isinstance(part, dict) else {}
        return whole
    return _typed(document, schema, random, depth)


def _typed(document: Mapping[str, Any], schema: Mapping[str, Any], random: Random, depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = random.choice(kind or ["null"])
    if kind is None:
        kind = "object" if "properties" in schema else "string"
    if (schema.get("nullable") or schema.get("x-nullable")) and random.random() < 0.2:
        return None
    match kind:
        case "object":
            return _object(document, schema, random, depth)
        case "array":
            return [
                _value(document, schema.get("items", {}), random, depth - 1) for _ in range(random.choice([0, 1, 2]))
            ]
        case "integer":
            return random.choice([schema.get("minimum", 1), schema.get("maximum", 3), 2])
        case "number":
            return random.choice([schema.get("minimum", 1.5), 2, 0.25])
        case "boolean":
            return random.random() < 0.5
        case "null":
            return None
    length = max(int(schema.get("minLength", 0)), min(3, int(schema.get("maxLength", 3))))
    return _FORMATS.get(str(schema.get("format")), "".join(random.choices(string.ascii_lowercase, k=length)))


def _object(document: Mapping[str, Any], schema: Mapping[str, Any], random: Random, depth: int) -> dict[str, Any]:
    required = schema.get("required") if isinstance(schema.get("required"), list) else []
    made = {}
    for name, about in (schema.get("properties") or {}).items():
        if name in required or random.random() < 0.6:
            made[name] = _value(document, about, random, depth - 1)
    if random.random() < 0.1:
        made["somethingElse"] = random.choice(_ODD)
    return made


def _spoilt(value: Any, random: Random) -> Any:
    """One thing in it is otherwise."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(list(value))
        if random.random() < 0.3:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _spoilt(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        return [*value[:place], _spoilt(value[place], random), *value[place + 1 :]]
    return random.choice(_ODD)
