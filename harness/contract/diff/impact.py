"""What breaks whom: changes against the pacts of consumers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from harness.contract.description import Description
from harness.contract.diff.change import SERVICE, Change, Touch
from harness.contract.diff.pair import ANY_DEPTH
from harness.contract.pact_file import ABSENT, Interaction, PactFile


def with_consumers(changes: Sequence[Change], old: Description, pacts: Sequence[PactFile]) -> tuple[Change, ...]:
    """Each change with the names of those who rely on what it touches. `old` is what the pacts were written against."""
    users = [(pact.consumer, name, one) for pact in pacts for name, one in _named(old, pact)]
    everybody = {pact.consumer for pact in pacts}
    return tuple(
        replace(change, consumers=tuple(sorted(everybody if SERVICE in change.operations else _hurt(change, users))))
        for change in changes
    )


def _hurt(change: Change, users: Sequence[tuple[str, str, Interaction]]) -> set[str]:
    return {
        who for operation, touch in change.felt for who, name, one in users if name == operation and relies(one, touch)
    }


def _named(old: Description, pact: PactFile) -> Iterator[tuple[str, Interaction]]:
    for one in pact.interactions:
        path = urlsplit(one.path).path
        operation = one.method and (
            old.operations.match(one.method, path) or old.operations.match(one.method, old.base_path + path)
        )
        if operation:
            yield operation.name, one


def relies(one: Interaction, touch: Touch) -> bool:
    """Whether an interaction feels a change at what it touches. Where the pact can't tell (no example), it is taken to."""
    if touch.part == "operation":
        return True
    if touch.part == "parameter":
        return _sends(one, touch.name) != touch.missing
    if touch.part == "request":
        return _body_feels(one, touch)
    return _answer_feels(one, touch)


def _sends(one: Interaction, parameter: str) -> bool:
    place, _, name = parameter.partition(" ")
    if place == "query":
        return any(key == name for key, _ in parse_qsl(urlsplit(one.path).query, keep_blank_values=True))
    if place == "header":
        return any(key.lower() == name.lower() for key in one.headers)
    return place == "path"


def _body_feels(one: Interaction, touch: Touch) -> bool:
    if not one.body:
        return touch.missing
    if not touch.path:
        return not touch.missing
    try:
        body = json.loads(one.body)
    except ValueError:
        return True
    *outer, last = _steps(touch.path)
    if touch.missing:
        return any(isinstance(holder, dict) and last not in holder for holder in _at(body, outer))
    return any(True for _ in _at(body, [*outer, last]))


def _answer_feels(one: Interaction, touch: Touch) -> bool:
    status, ranged = touch.name, f"{one.status // 100}XX"
    if touch.name and status.upper() not in (str(one.status), ranged, "DEFAULT"):
        return False
    if not touch.path:
        return True
    if one.answer is ABSENT or isinstance(one.answer, str):
        return one.answer is not ABSENT
    return any(True for _ in _at(one.answer, _steps(touch.path)))


def _at(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    """The values that a path leads to; `*` is any element or any value, `**` any number of steps."""
    if not steps:
        yield value
        return
    first, rest = steps[0], steps[1:]
    held = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    if first == ANY_DEPTH:
        yield from _at(value, rest)
        for inner in held:
            yield from _at(inner, steps)
    elif first == "*":
        for inner in held:
            yield from _at(inner, rest)
    elif isinstance(value, dict) and first in value:
        yield from _at(value[first], rest)


def _steps(path: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in path.removeprefix("/").split("/")]
