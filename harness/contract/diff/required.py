"""What has to be there: `required`, also of names that the same object does not describe, and of all that a schema is composed of."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.diff.node import Node

MAX_PARTS = 200


def required(node: Node) -> frozenset[str]:
    """Of the schema itself. (A parameter of OpenAPI 2.0 has a Boolean there, which is no list.)"""
    value = node.mapping.get("required")
    return frozenset(str(name) for name in value) if isinstance(value, list) else frozenset()


def required_anyhow(node: Node) -> frozenset[str]:
    """Of the schema, and of everything that it is composed of."""
    return frozenset().union(*(required(part) for part in parts(node)))


def described(node: Node, name: str) -> Node:
    """The property, wherever the schema is composed of it; nothing where it is not described."""
    found = (part["properties"][name] for part in parts(node))
    return next((one for one in found if one.there), node["properties"][name])


def parts(node: Node) -> Iterator[Node]:
    """The schema and, through `allOf`, its parts; each once."""
    waiting, seen = [node], {node.place}
    while waiting and len(seen) <= MAX_PARTS:
        one = waiting.pop(0)
        yield one
        for part in one["allOf"].elements():
            if part.place not in seen:
                seen.add(part.place)
                waiting.append(part)
