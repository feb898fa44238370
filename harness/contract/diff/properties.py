"""Properties that came, went, or are needed now; those that both have are compared as pairs."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.diff import lifecycle
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.node import Node
from harness.contract.diff.pair import Found, Names, Pair, is_hidden, property_pair
from harness.contract.diff.required import described, required


def property_changes(pair: Pair, calendar: Calendar | None) -> Iterator[Found]:
    """Without a calendar, nothing of what was announced."""
    old, new = pair.old["properties"].mapping, pair.new["properties"].mapping
    needed = pair.needs()
    for name in old:
        if name not in new:
            yield _removed(pair, str(name), name in needed[0], calendar)
    for name in new:
        if name not in old:
            yield _added(pair, str(name), name in required(pair.new) and name not in needed[0])
            continue
        one = property_pair(pair, str(name))
        yield from _announced(one, calendar)
        yield from _mutability(one, name in needed[1])
    yield from _requiredness(pair, needed)


def _removed(pair: Pair, name: str, needed: bool, calendar: Calendar | None) -> Found:
    node = pair.old["properties"][name]
    hidden = is_hidden(node, pair.where.direction)
    if pair.where.direction == "request":
        rule = f"{pair.where.inner}-removed"
    else:
        rule = f"response-{'required' if needed else 'optional'}-{'write-only-' if hidden else ''}property-removed"
    said = f"the property {name} was removed"
    if calendar and lifecycle.is_deprecated(node) and (needed or pair.where.direction == "request"):
        words = lifecycle.property_words(pair.where.inner, rule)
        rule, why = lifecycle.removal(node, words, calendar)
        said = f"{said}: {why}"
    return Found(rule=rule, place=node.place, path=pair.where.under(name).path, message=said, removed=True)


def _announced(one: Pair, calendar: Calendar | None) -> Iterator[Found]:
    if calendar is None:
        return
    inner = one.where.inner
    for rule, said in (
        *lifecycle.announcement(one.old, one.new, lifecycle.property_words(inner), calendar),
        *lifecycle.stability(one.old, one.new, f"{inner}-stability-decreased"),
    ):
        yield Found(rule=rule, place=one.new.place, path=one.where.path, message=said)


def _added(pair: Pair, name: str, needed: bool) -> Found:
    node = pair.new["properties"][name]
    hidden = is_hidden(node, pair.where.direction)
    path = pair.where.under(name).path
    if pair.where.direction == "response":
        rule = f"response-{'required' if name in required(pair.new) else 'optional'}-property-added"
        return Found(rule=rule, place=node.place, path=path, message=f"the property {name} was added")
    if needed and not hidden:
        kind = "header-property" if pair.where.inner == "request-header-property" else "property"
        tail = "-with-default" if "default" in node.mapping and kind == "property" else ""
        said = f"the property {name} was added, and is required"
        rule = f"new-required-request-{kind}{tail}"
        return Found(rule=rule, place=node.place, path=path, message=said, missing=True)
    said = f"the property {name} was added"
    return Found(rule="new-optional-request-property", place=node.place, path=path, message=said)


def _requiredness(pair: Pair, needed: tuple[Names, Names]) -> Iterator[Found]:
    """Names that have to be there now, for who sends; that may be missing now, for who reads. What came or went with its property is told
    with it."""
    before, after = required(pair.old), required(pair.new)
    if before == after:
        return
    request = pair.where.direction == "request"
    came_or_went = pair.new["properties"].mapping.keys() ^ pair.old["properties"].mapping.keys()
    told = came_or_went & (pair.new if request else pair.old)["properties"].mapping.keys()
    changed = after - needed[0] if request else before - needed[1]
    for name in sorted(changed - told):
        node = described(pair.new, name)
        if not is_hidden(node, pair.where.direction):
            yield _needed_now(pair, name, node) if request else _optional_now(pair, name, node)


def _needed_now(pair: Pair, name: str, node: Node) -> Found:
    tail = "-with-default" if "default" in node.mapping and pair.where.inner == "request-property" else ""
    return Found(
        rule=f"{pair.where.inner}-became-required{tail}",
        place=node.place if node.there else (*pair.new.place, "required"),
        path=pair.where.under(name).path,
        message=f"the property {name} is required now",
        missing=True,
    )


def _optional_now(pair: Pair, name: str, node: Node) -> Found:
    return Found(
        rule="response-property-became-optional",
        place=node.place if node.there else pair.new.place,
        path=pair.where.under(name).path,
        message=f"the property {name} may be missing now",
    )


def _mutability(one: Pair, required: bool) -> Iterator[Found]:
    """Read-only and write-only, gained and lost."""
    kind = f"{one.where.direction}-{'required' if required else 'optional'}-property-became"
    for keyword, name in (("readOnly", "read-only"), ("writeOnly", "write-only")):
        before, after = one.old.mapping.get(keyword) is True, one.new.mapping.get(keyword) is True
        if before != after and one.where.inner in ("request-property", "response-property"):
            word, said = (name, f"it is {name} now") if after else (f"not-{name}", f"it is no longer {name}")
            yield Found(rule=f"{kind}-{word}", place=one.new.place, path=one.where.path, message=said)
