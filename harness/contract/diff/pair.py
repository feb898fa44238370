"""Two schemas beside each other, and the pairs inside: what is compared with what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from harness.contract.diff.node import Node
from harness.contract.diff.required import required_anyhow

Direction = Literal["request", "response"]
ANY_DEPTH = "**"  # as a step of a path: any number of steps, also none
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
        return replace(self, path=f"{self.path}/{step.replace('~', '~0').replace('/', '~1')}")


Names = frozenset[str]
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """`over` are the pairs that it stands in, with their paths; `again` those that came back once. `needed` are the names that have to be
    there for the sake of what it is a part of, before and after."""

    old: Node
    new: Node
    where: Where
    hidden: bool = False  # read-only in a request, write-only in an answer
    over: Mapping[Key, str] = field(default_factory=dict)
    again: frozenset[Key] = frozenset()
    needed: tuple[Names, Names] = (frozenset(), frozenset())

    @property
    def key(self) -> Key:
        """Pairs with the same one differ in the same things."""
        nodes = (self.old.place, self.old.beside, self.new.place, self.new.beside)
        return (*nodes, self.where.prefix, self.hidden, self.needed)

    def inside(self, outer: Pair) -> Pair | None:
        """This pair where it is met inside another one. What holds itself is gone through twice, the second time at `**`: any depth."""
        if self.key not in outer.over:
            return replace(self, over={**outer.over, self.key: self.where.path}, again=outer.again)
        if self.key in outer.again:
            return None
        where = replace(self.where, path=f"{outer.over[self.key]}/{ANY_DEPTH}")
        return replace(self, where=where, over=outer.over, again=outer.again | {self.key})

    def needs(self) -> tuple[Names, Names]:
        """The names that have to be there, before and after, whoever says so."""
        return required_anyhow(self.old) | self.needed[0], required_anyhow(self.new) | self.needed[1]


def property_pair(pair: Pair, name: str) -> Pair:
    """Of a property that both describe."""
    old, new = pair.old["properties"][name], pair.new["properties"][name]
    hidden = is_hidden(new, pair.where.direction)
    return Pair(plain(old), plain(new), pair.where.under(name), hidden)


def inner_pairs(pair: Pair) -> Iterator[Pair]:
    """Properties, alternatives, elements and further properties that both describe."""
    old, new = pair.old["properties"].mapping, pair.new["properties"].mapping
    for name in new:
        if name in old:
            yield property_pair(pair, str(name))
    for both, _, _ in alternatives(pair).values():
        for before, after in both:
            yield Pair(plain(before), plain(after), pair.where, pair.hidden, needed=pair.needs())
    for keyword in ("items", "additionalProperties"):
        one, other = pair.old[keyword], pair.new[keyword]
        if isinstance(one.value, dict) and isinstance(other.value, dict):
            yield Pair(plain(one), plain(other), pair.where.under("*"), pair.hidden)


def alternatives(pair: Pair) -> dict[str, tuple[list[tuple[Node, Node]], list[Node], list[Node]]]:
    """By the kind of composition: those that are on both sides, those that went, those that came."""
    found = {}
    for keyword, name in _ALTERNATIVES.items():
        old, new = list(pair.old[keyword].elements()), list(pair.new[keyword].elements())
        found[name] = _matched(old, new) if old and new else ([], old, new)
    return found


def plain(node: Node) -> Node:
    """`anyOf: [X, null]`, as OpenAPI 3.1 writes what may be null, is X that may be null."""
    for keyword in ("anyOf", "oneOf"):
        parts = list(node[keyword].elements())
        real = [one for one in parts if one.mapping.get("type") != "null"]
        if len(parts) == len(real) + 1 and len(real) == 1 and isinstance(real[0].value, dict):
            beside = {k: v for k, v in node.mapping.items() if k != keyword}
            told = f"{real[0].beside}{json.dumps(beside, sort_keys=True, default=str)} or null"
            return Node(node.document, real[0].place, {**real[0].mapping, **beside, "nullable": True}, told)
    return node


def is_hidden(node: Node, direction: Direction) -> bool:
    """Whether it is left out in this direction."""
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


def title(node: Node) -> str:
    """How a message calls an alternative."""
    return _named(node) or f"a schema of type {node.mapping.get('type', 'any')}"
