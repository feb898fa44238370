"""Ids: those that earlier answers gave, and some that are not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from harness.contract.statuses.witness import Witnesses
from harness.model.call import Taken
from harness.model.operation import Operation, Operations

READS = ("GET", "HEAD")
_PLACE = re.compile(r"\{([^}]*)\}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST = 12


def names_in(template: str) -> list[str]:
    """Its placeholders, in order."""
    return _PLACE.findall(template)


def path_values(template: str, url: str) -> dict[str, str]:
    """Placeholder -> value, decoded; empty where the URL is not of the template."""
    pattern = "([^/]+)".join(re.escape(part) for part in _PLACE.split(template)[::2])
    match = re.fullmatch(pattern, urlsplit(url).path)
    return dict(zip(_PLACE.findall(template), map(unquote, match.groups()), strict=True)) if match else {}


def with_path(template: str, url: str, values: Mapping[str, str]) -> str:
    """The URL with its path made anew from the template; the query stays."""
    parts = urlsplit(url)
    path = _PLACE.sub(lambda found: quote(values.get(found[1], found[1]), safe=""), template)
    return parts._replace(path=path, fragment="").geturl()


def absent(value: str) -> Iterator[str]:
    """Values of the same form that are hardly there: other digits, then other letters too."""
    if value.isdecimal():
        yield from (one for one in ("2147483646", "999983", "9973", "97") if one != value)
        return
    for step in (7, 3):
        if sum(map(str.isdigit, value)) >= 3:
            yield "".join(_turned(sign, step, letters=False) for sign in value)
        if not _UUID.fullmatch(value):
            yield "".join(_turned(sign, step, letters=True) for sign in value)


def _turned(sign: str, step: int, *, letters: bool) -> str:
    if sign.isascii() and sign.isdigit():
        return str((int(sign) + step) % 10)
    if letters and sign.isascii() and sign.isalpha():
        first = ord("a") if sign.islower() else ord("A")
        return chr(first + (ord(sign) - first + step) % 26)
    return sign


def known_values(
    operation: Operation, witnesses: Witnesses, links: Mapping[str, Taken], operations: Operations
) -> Iterator[dict[str, str]]:
    """Values for all placeholders of an operation, from what was answered: by links, then by the same place in other paths, then from lists.

    For an operation that writes, only what this check's own writes made: a thing that was there before is left alone.
    """
    names, told = _PLACE.findall(operation.template), list[dict[str, str]]()
    if not names:
        return
    sources = [_linked(names, links, witnesses), _beside(operation, witnesses, operations)]
    if operation.method in READS:
        sources.append(_listed(operation, names, witnesses, operations))
    for source in sources:
        for values in source:
            if values not in told and len(told) < _MOST:
                told.append(values)
                yield values


def _linked(names: list[str], links: Mapping[str, Taken], witnesses: Witnesses) -> Iterator[dict[str, str]]:
    if set(names) - set(links):
        return
    taken = next(iter(links.values()))
    for one in witnesses.good(taken.call):
        values = {name: _value(links[name], one.answer.headers, one.answer.body) for name in names}
        if all(values.values()):
            yield values


def _value(taken: Taken, headers: Mapping[str, str], body: bytes) -> str:
    if taken.header:
        return headers.get(taken.header.lower(), "")
    node = parsed(body)
    for step in taken.pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            return ""
    return _text(node)


def _beside(operation: Operation, witnesses: Witnesses, operations: Operations) -> Iterator[dict[str, str]]:
    """`/orders/{id}` knows what goes into `/orders/{id}/cancel`."""
    for other in operations:
        near = operation.template.startswith(other.template) or other.template.startswith(operation.template)
        if other.name == operation.name or not near or other.template.count("{") != operation.template.count("{"):
            continue
        if operation.method not in READS and other.method in READS:
            continue
        for one in witnesses.good(other.name):
            values = path_values(other.template, one.request.url)
            if values:
                yield dict(zip(_PLACE.findall(operation.template), values.values(), strict=True))


def _listed(
    operation: Operation, names: list[str], witnesses: Witnesses, operations: Operations
) -> Iterator[dict[str, str]]:
    """`/orders` lists what `/orders/{order_id}` reads: the field of that name, else `id`."""
    parent, name = operation.template.rpartition("/{")[0], names[-1]
    if len(names) > 1 or not operation.template.endswith("}"):
        return
    for other in operations:
        if other.template.rstrip("/") != parent or other.method != "GET":
            continue
        for one in witnesses.good(other.name):
            for item in _objects(parsed(one.answer.body)):
                found = _text(item.get(name)) or _text(item.get("id"))
                if found:
                    yield {name: found}


def _objects(node: Any, depth: int = 3) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for one in node[:_MOST]:
            if isinstance(one, dict):
                yield one
    elif isinstance(node, dict) and depth:
        for inner in node.values():
            yield from _objects(inner, depth - 1)


def parsed(body: bytes) -> Any:
    """JSON, or None."""
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None


def _text(node: Any) -> str:
    return str(node) if isinstance(node, str | int) and not isinstance(node, bool) else ""


def changed(body: Any, change: Mapping[type, Iterable[Any]]) -> Iterator[Any]:
    """The JSON object with another value in one place, for each place that holds one of these types; at most a dozen."""
    made = 0
    for key, value in body.items() if isinstance(body, dict) else ():
        for kind, values in change.items():
            for other in values if type(value) is kind else ():
                if made < _MOST and other != value:
                    made += 1
                    yield {**body, key: other}
