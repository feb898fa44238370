"""Two schemas, walked side by side: every place where somebody who sends, or who reads, may be hurt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from harness.contract.description import resolve
from harness.contract.diff import lifecycle
from harness.contract.diff.keywords import KEYWORDS, type_changed, types_of
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.node import Node

Direction = Literal["request", "response"]
MAX_DEPTH = 40
_ANY_TYPE = frozenset({"type", "nullable", "x-nullable", "enum", "const", "default"})
_ALTERNATIVES = {"allOf": "all-of", "anyOf": "any-of", "oneOf": "one-of"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`rule` may be no rule here: the table decides. `path` leads into the body; `missing`: those who don't send it are hurt."""

    rule: str
    place: tuple[str, ...]
    path: str
    message: str
    removed: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """`whole` and `inner` open the rules' names: of the value itself (`request-body`), and of properties inside (`request-property`)."""

    whole: str
    inner: str
    direction: Direction
    path: str = ""

    @property
    def prefix(self) -> str:
        """For a rule at this place."""
        return self.inner if self.path else self.whole

    def under(self, step: str) -> Where:
        """One step into the value."""
        return replace(self, path=f"{self.path}/{step}")


@dataclass(frozen=True, slots=True)
class _Pair:
    old: Node
    new: Node
    where: Where
    hidden: bool = False  # read-only in a request, write-only in an answer


class Walk:
    """Walks each pair of places once, so that recursive schemas end. `unlike` are the references whose meaning differs."""

    def __init__(self, unlike: frozenset[str], calendar: Calendar | None = None) -> None:
        self._unlike = unlike
        self._calendar = calendar
        self._seen: set[tuple[tuple[str, ...], tuple[str, ...], str]] = set()

    def differences(self, old: Node, new: Node, where: Where) -> Iterator[Found]:
        """Everything that differs between two schemas, in the order of the new one."""
        yield from self._pair(_Pair(_plain(old), _plain(new), where), MAX_DEPTH)

    def _pair(self, pair: _Pair, depth: int) -> Iterator[Found]:
        key = (pair.old.place, pair.new.place, pair.where.prefix)
        if (
            depth == 0
            or key in self._seen
            or (pair.old.value == pair.new.value and self._unlike.isdisjoint(refers_to(pair.new.value)))
        ):
            return
        self._seen.add(key)
        yield from self._keywords(pair)
        if _is_wrapped(pair):
            return
        yield from self._properties(pair, depth)
        yield from self._alternatives(pair, depth)
        for keyword in ("items", "additionalProperties", "not"):
            old, new = pair.old[keyword], pair.new[keyword]
            if isinstance(old.value, dict) and isinstance(new.value, dict) and keyword != "not":
                where = pair.where.under("*")
                yield from self._pair(_Pair(_plain(old), _plain(new), where, pair.hidden), depth - 1)

    def _keywords(self, pair: _Pair) -> Iterator[Found]:
        old, new = dict(pair.old.mapping), dict(pair.new.mapping)
        if _is_wrapped(pair):
            same = any(one.value == pair.old.value for one in pair.new["oneOf"].elements())
            tail = "-original-preserved" if same else ""
            yield self._found(pair, f"wrapped-in-one-of{tail}", "it is one of several kinds now")
            return
        if types_of(old).isdisjoint(types_of(new)) and any(
            suffix == "type-changed" for suffix, _ in type_changed(old, new)
        ):
            old, new = (
                {k: v for k, v in one.items() if k in _ANY_TYPE} for one in (old, new)
            )  # the rest follows from it
        for keyword in KEYWORDS:
            for suffix, message in keyword(old, new):
                yield self._found(pair, suffix, message)

    def _found(self, pair: _Pair, suffix: str, message: str) -> Found:
        prefix = pair.where.prefix
        if pair.hidden and pair.where.inner in ("request-property", "response-property"):
            prefix = (
                "request-read-only-property" if pair.where.direction == "request" else "response-write-only-property"
            )
        place = pair.new.place
        return Found(
            rule=rule_at(prefix, suffix, pair.where.direction), place=place, path=pair.where.path, message=message
        )

    def _properties(self, pair: _Pair, depth: int) -> Iterator[Found]:
        old, new = pair.old["properties"].mapping, pair.new["properties"].mapping
        for name in old:
            if name not in new:
                yield self._removed(pair, str(name))
        for name in new:
            if name not in old:
                yield from _added(pair, str(name))
                continue
            one = _Pair(
                _plain(pair.old["properties"][str(name)]),
                _plain(pair.new["properties"][str(name)]),
                pair.where.under(str(name)),
                _is_hidden(pair.new["properties"][str(name)], pair.where.direction),
            )
            yield from _requiredness(pair, one, str(name))
            yield from self._announced(one)
            yield from _mutability(one, str(name) in _required(pair.new))
            yield from self._pair(one, depth - 1)

    def _removed(self, pair: _Pair, name: str) -> Found:
        node = pair.old["properties"][name]
        required, hidden = name in _required(pair.old), _is_hidden(node, pair.where.direction)
        if pair.where.direction == "request":
            rule = f"{pair.where.inner}-removed"
        else:
            rule = (
                f"response-{'required' if required else 'optional'}-{'write-only-' if hidden else ''}property-removed"
            )
        said = f"the property {name} was removed"
        if self._calendar and lifecycle.is_deprecated(node) and (required or pair.where.direction == "request"):
            words = lifecycle.property_words(pair.where.inner, rule)
            rule, why = lifecycle.removal(node, words, self._calendar)
            said = f"{said}: {why}"
        return Found(rule=rule, place=node.place, path=pair.where.under(name).path, message=said, removed=True)

    def _announced(self, one: _Pair) -> Iterator[Found]:
        if self._calendar is None:
            return
        inner = one.where.inner
        for rule, said in (
            *lifecycle.announcement(one.old, one.new, lifecycle.property_words(inner), self._calendar),
            *lifecycle.stability(one.old, one.new, f"{inner}-stability-decreased"),
        ):
            yield Found(rule=rule, place=one.new.place, path=one.where.path, message=said)

    def _alternatives(self, pair: _Pair, depth: int) -> Iterator[Found]:
        for keyword, name in _ALTERNATIVES.items():
            old, new = list(pair.old[keyword].elements()), list(pair.new[keyword].elements())
            if not old or not new:
                yield from self._of_kind(pair, name, old, new)
                continue
            both, gone, come = _matched(old, new)
            yield from self._of_kind(pair, name, gone, come)
            for before, after in both:
                yield from self._pair(_Pair(_plain(before), _plain(after), pair.where, pair.hidden), depth - 1)

    def _of_kind(self, pair: _Pair, name: str, gone: list[Node], come: list[Node]) -> Iterator[Found]:
        for one in gone:
            yield self._found(pair, f"{name}-removed", f"{_title(one)} is no longer one of its kinds")
        for one in come:
            yield self._found(pair, f"{name}-added", f"{_title(one)} is one of its kinds now")


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


def _is_wrapped(pair: _Pair) -> bool:
    old, new = pair.old.mapping, pair.new.mapping
    return "oneOf" in new and "oneOf" not in old and "type" in old and "type" not in new


def _plain(node: Node) -> Node:
    """`anyOf: [X, null]`, as OpenAPI 3.1 writes what may be null, is X that may be null."""
    for keyword in ("anyOf", "oneOf"):
        parts = list(node[keyword].elements())
        real = [one for one in parts if one.mapping.get("type") != "null"]
        if len(parts) == len(real) + 1 and len(real) == 1 and isinstance(real[0].value, dict):
            beside = {k: v for k, v in node.mapping.items() if k != keyword}
            return Node(node.document, real[0].place, {**real[0].mapping, **beside, "nullable": True})
    return node


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


def _added(pair: _Pair, name: str) -> Iterator[Found]:
    node = pair.new["properties"][name]
    required, hidden = name in _required(pair.new), _is_hidden(node, pair.where.direction)
    path = pair.where.under(name).path
    if pair.where.direction == "response":
        rule = f"response-{'required' if required else 'optional'}-property-added"
        yield Found(rule=rule, place=node.place, path=path, message=f"the property {name} was added")
    elif required and not hidden:
        kind = "header-property" if pair.where.inner == "request-header-property" else "property"
        tail = "-with-default" if "default" in node.mapping and kind == "property" else ""
        said = f"the property {name} was added, and is required"
        yield Found(rule=f"new-required-request-{kind}{tail}", place=node.place, path=path, message=said, missing=True)
    else:
        yield Found(
            rule="new-optional-request-property", place=node.place, path=path, message=f"the property {name} was added"
        )


def _requiredness(pair: _Pair, one: _Pair, name: str) -> Iterator[Found]:
    before, after = name in _required(pair.old), name in _required(pair.new)
    place, path = one.new.place, one.where.path
    if pair.where.direction == "request" and after and not before and not one.hidden:
        tail = "-with-default" if "default" in one.new.mapping and pair.where.inner == "request-property" else ""
        rule = f"{pair.where.inner}-became-required{tail}"
        yield Found(rule=rule, place=place, path=path, message=f"the property {name} is required now", missing=True)
    elif pair.where.direction == "response" and before and not after and not one.hidden:
        said = f"the property {name} may be missing now"
        yield Found(rule="response-property-became-optional", place=place, path=path, message=said)


def _mutability(one: _Pair, required: bool) -> Iterator[Found]:
    """Read-only and write-only, gained and lost."""
    kind = f"{one.where.direction}-{'required' if required else 'optional'}-property-became"
    for keyword, name in (("readOnly", "read-only"), ("writeOnly", "write-only")):
        before, after = one.old.mapping.get(keyword) is True, one.new.mapping.get(keyword) is True
        if before != after and one.where.inner in ("request-property", "response-property"):
            word, said = (name, f"it is {name} now") if after else (f"not-{name}", f"it is no longer {name}")
            yield Found(rule=f"{kind}-{word}", place=one.new.place, path=one.where.path, message=said)


def _required(node: Node) -> frozenset[str]:
    value = node.mapping.get("required")
    return frozenset(str(name) for name in value) if isinstance(value, list) else frozenset()


def _is_hidden(node: Node, direction: Direction) -> bool:
    return node.mapping.get("readOnly" if direction == "request" else "writeOnly") is True


def _matched(old: list[Node], new: list[Node]) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
    """Alternatives that are the same: by what they refer to or are called, by being equal, then, where one is left on each side, those."""
    both: list[tuple[Node, Node]] = []
    gone, come = list(old), list(new)
    for same in (_same_name, _same_value):
        for before in list(gone):
            after = next((one for one in come if same(before, one)), None)
            if after is not None:
                both.append((before, after))
                gone.remove(before)
                come.remove(after)
    if len(gone) == len(come) == 1 and not _named(gone[0]) and not _named(come[0]):
        both.append((gone.pop(), come.pop()))
    return both, gone, come


def _named(node: Node) -> str:
    named = node.place[-1] if node.place[:1] in (("components",), ("definitions",)) else ""
    return named or node.text("title")


def _same_name(one: Node, other: Node) -> bool:
    return bool(_named(one)) and _named(one) == _named(other)


def _same_value(one: Node, other: Node) -> bool:
    return bool(one.value == other.value)


def _title(node: Node) -> str:
    return _named(node) or f"a schema of type {node.mapping.get('type', 'any')}"
