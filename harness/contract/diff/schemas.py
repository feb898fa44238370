"""Two schemas, walked side by side: every place where somebody who sends, or who reads, may be hurt."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.contract.description import resolve
from harness.contract.diff.keywords import KEYWORDS, type_changed, types_of
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.node import Node
from harness.contract.diff.pair import ANY_DEPTH, Direction, Found, Pair, Where, alternatives, inner_pairs, plain, title
from harness.contract.diff.properties import property_changes

MAX_PAIRS = 1_000  # of one body, before each is walked once instead of once a path
_ANY_TYPE = frozenset({"type", "nullable", "x-nullable", "enum", "const", "default"})


class Walk:
    """Walks two documents' schemas side by side, along every path, so that each who relies on one is found. `unlike` are the references
    whose meaning differs. What was compared once is known when it is asked for again."""

    def __init__(self, unlike: frozenset[str]) -> None:
        self._unlike = unlike
        self._known: dict[object, tuple[Found, ...]] = {}

    def differences(self, old: Node, new: Node, where: Where, calendar: Calendar | None = None) -> tuple[Found, ...]:
        """Everything that differs between two schemas. Without a calendar, nothing of what was announced."""
        if not self._may_differ(old, new):
            return ()
        key = (old.place, old.beside, new.place, new.beside, where, calendar)
        if key not in self._known:
            start = Pair(plain(old), plain(new), where)
            start = replace(start, over={start.key: where.path})
            found = self._along_each_path(start, calendar)
            self._known[key] = self._once_a_place(start, calendar) if found is None else found
        return self._known[key]

    def _along_each_path(self, start: Pair, calendar: Calendar | None) -> tuple[Found, ...] | None:
        """None where there are too many: paths multiply where schemas refer to each other."""
        found: list[Found] = []
        waiting = deque([start])
        for _ in range(MAX_PAIRS):
            if not waiting:
                return tuple(dict.fromkeys(found))
            pair = waiting.popleft()
            found += _here(pair, calendar)
            inner = (one.inside(pair) for one in self._below(pair))
            waiting += (one for one in inner if one is not None)
        return None

    def _once_a_place(self, start: Pair, calendar: Calendar | None) -> tuple[Found, ...]:
        """The same differences, at any depth: then somebody may be named who does not rely on it, and nobody is left out."""
        found: list[Found] = []
        waiting, seen = deque([start]), {start.key}
        while waiting:
            pair = waiting.popleft()
            found += (_at_any_depth(one, pair) for one in _here(pair, calendar))
            for inner in self._below(pair):
                if inner.key not in seen:
                    seen.add(inner.key)
                    waiting.append(inner)
        return tuple(dict.fromkeys(found))

    def _may_differ(self, old: Node, new: Node) -> bool:
        return bool(old.value != new.value) or not self._unlike.isdisjoint(refers_to(new.value))

    def _below(self, pair: Pair) -> Iterator[Pair]:
        if not _is_wrapped(pair):
            yield from (one for one in inner_pairs(pair) if self._may_differ(one.old, one.new))


def _at_any_depth(one: Found, pair: Pair) -> Found:
    return replace(one, path=f"/{ANY_DEPTH}{one.path.removeprefix(pair.where.path)}")


def _here(pair: Pair, calendar: Calendar | None) -> Iterator[Found]:
    """What the two say themselves."""
    yield from _keywords(pair)
    if _is_wrapped(pair):
        return
    yield from property_changes(pair, calendar)
    for name, (_, gone, come) in alternatives(pair).items():
        for one in gone:
            yield _found(pair, f"{name}-removed", f"{title(one)} is no longer one of its kinds")
        for one in come:
            yield _found(pair, f"{name}-added", f"{title(one)} is one of its kinds now")


def _keywords(pair: Pair) -> Iterator[Found]:
    old, new = dict(pair.old.mapping), dict(pair.new.mapping)
    if _is_wrapped(pair):
        same = any(one.value == pair.old.value for one in pair.new["oneOf"].elements())
        tail = "-original-preserved" if same else ""
        yield _found(pair, f"wrapped-in-one-of{tail}", "it is one of several kinds now")
        return
    if types_of(old).isdisjoint(types_of(new)) and any(
        suffix == "type-changed" for suffix, _ in type_changed(old, new)
    ):
        old, new = ({k: v for k, v in one.items() if k in _ANY_TYPE} for one in (old, new))  # the rest follows from it
    for keyword in KEYWORDS:
        for suffix, message in keyword(old, new):
            yield _found(pair, suffix, message)


def _found(pair: Pair, suffix: str, message: str) -> Found:
    prefix = pair.where.prefix
    if pair.hidden and pair.where.inner in ("request-property", "response-property"):
        prefix = "request-read-only-property" if pair.where.direction == "request" else "response-write-only-property"
    place = pair.new.place
    return Found(rule=rule_at(prefix, suffix, pair.where.direction), place=place, path=pair.where.path, message=message)


def rule_at(prefix: str, suffix: str, direction: Direction) -> str:
    """The rule's name at a place: oasdiff calls a few of them otherwise than the rest."""
    if prefix == "request-header-property" and suffix not in ("became-enum", "became-required"):
        prefix = "request-parameter-property"
    if suffix == "type-freed":
        suffix = "type-generalized" if direction == "request" else "type-changed"
    elif direction == "request" and suffix == "type-specialized" and prefix != "request-parameter-property":
        suffix = "type-changed"
    elif prefix == "request-parameter-property" and suffix == "type-changed":
        suffix = "type-specialized"
    elif prefix == "response-body" and "enum" in suffix:
        prefix = "response-mediatype"
    elif suffix.startswith("wrapped") and not prefix.endswith("-body"):
        suffix = "one-of-added" if suffix.endswith("preserved") else "type-changed"
    elif (direction == "request" and suffix == "multiple-of-specialized") or (
        direction == "response" and suffix == "multiple-of-generalized"
    ):
        suffix = "multiple-of-changed"
    return f"{prefix}-{suffix}"


def _is_wrapped(pair: Pair) -> bool:
    old, new = pair.old.mapping, pair.new.mapping
    return "oneOf" in new and "oneOf" not in old and "type" in old and "type" not in new


def refers_to(value: Any) -> Iterator[str]:
    """Every `$ref` inside a value."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference
        for inner in value.values():
            yield from refers_to(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refers_to(inner)


def unlike_references(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    """The references that do not mean the same in both documents, themselves or through others."""
    names = set(refers_to(old)) | set(refers_to(new))
    values = {name: (resolve(old, {"$ref": name}), resolve(new, {"$ref": name})) for name in names}
    unlike = {name for name, (before, after) in values.items() if before != after}
    inside = {name: set(refers_to(after)) for name, (_, after) in values.items()}
    while grown := {name for name in names - unlike if inside[name] & unlike}:
        unlike |= grown
    return frozenset(unlike)
