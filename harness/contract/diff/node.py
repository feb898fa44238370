"""A value in a document, with where it stands; references are followed within the document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.contract.description import resolve

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Node:
    """`value` is anything that JSON holds. What a `$ref` points at stands where it points; `beside` says what stands beside the `$ref`, so that
    two nodes with the same place and the same `beside` are the same."""

    document: Mapping[str, Any] = field(repr=False)
    place: tuple[str, ...]
    value: Any = field(repr=False)
    beside: str = field(default="", repr=False)

    def __getitem__(self, key: str) -> Node:
        """What stands under a key or an index; nothing where there is nothing."""
        value = self.value
        if isinstance(value, list) and key.isdigit():
            inner = value[int(key)] if int(key) < len(value) else None
        else:
            inner = value.get(key) if isinstance(value, dict) else None
        return Node(self.document, (*self.place, key), inner, self.beside).followed()

    def followed(self) -> Node:
        """After its `$ref`s. One that leads nowhere has no value."""
        node = self
        for _ in range(32):
            value = node.value
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                return node
            steps = tuple(s.replace("~1", "/").replace("~0", "~") for s in reference.lstrip("#").strip("/").split("/"))
            target = resolve(self.document, {"$ref": reference}) if reference.startswith("#") else None
            if target is None:
                return Node(self.document, node.place, None)
            beside = {k: v for k, v in value.items() if k != "$ref"}
            if beside and isinstance(target, dict):  # OpenAPI 3.1: siblings of `$ref` count
                target = {**target, **beside}
            told = json.dumps(beside, sort_keys=True, default=str) if beside else ""
            node = Node(self.document, steps, target, told)
        return Node(self.document, self.place, None)

    @property
    def there(self) -> bool:
        """Whether anything stands here."""
        return self.value is not None

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The value where it is a mapping, else an empty one."""
        return self.value if isinstance(self.value, dict) else NOTHING

    def items(self) -> Iterator[tuple[str, Node]]:
        """Every entry but extensions, in the document's order."""
        for key in self.mapping:
            if not str(key).startswith("x-"):
                yield str(key), self[str(key)]

    def elements(self) -> Iterator[Node]:
        """Every element of a list."""
        for number in range(len(self.value) if isinstance(self.value, list) else 0):
            yield self[str(number)]

    def text(self, key: str) -> str:
        """The text under a key, or none."""
        value = self.mapping.get(key)
        return value if isinstance(value, str) else ""
