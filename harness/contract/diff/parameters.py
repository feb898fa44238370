"""Parameters of one operation, those of its path included."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.diff import lifecycle
from harness.contract.diff.change import Touch
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.node import Node
from harness.contract.diff.pair import Where
from harness.contract.diff.raised import Raised
from harness.contract.diff.schemas import Walk

Key = tuple[str, str]  # in, name
_STYLES = {"csv": "form", "multi": "form, exploded", "ssv": "spaceDelimited", "pipes": "pipeDelimited"}  # 2.0's words
_BODIES = ("body", "formData")  # OpenAPI 2.0: bodies, seen to elsewhere


def parameter_changes(
    old: tuple[Node, Node], new: tuple[Node, Node], walk: Walk, calendar: Calendar
) -> Iterator[Raised]:
    """`old` and `new` are path item and operation. A path parameter may be renamed: callers don't see its name."""
    before, after = _parameters(*old), _parameters(*new)
    renamed = _renamed(old[0], new[0])
    for key, node in before.items():
        other = after.get(renamed.get(key, key))
        if other is None:
            rule, said = lifecycle.removal(node, lifecycle.PARAMETER, calendar)
            message = f"the {key[0]} parameter {key[1]}: {said}"
            yield Raised(rule=rule, place=node.place, message=message, touch=_touch(key), removed=True)
        else:
            yield from _both(key, node, other, walk, calendar)
    known = {renamed.get(key, key) for key in before}
    for key, node in after.items():
        if key not in known:
            yield _added(key, node)


def _parameters(item: Node, operation: Node) -> dict[Key, Node]:
    found: dict[Key, Node] = {}
    for holder in (item, operation):
        for node in holder["parameters"].elements():
            place, name = node.text("in"), node.text("name")
            if place and place not in _BODIES:
                found[(place, name.lower() if place == "header" else name)] = node
    return found


def _renamed(old: Node, new: Node) -> dict[Key, Key]:
    """Path parameters by their place in the path."""
    before, after = ([part[1:-1] for part in one.place[-1].split("/") if part.startswith("{")] for one in (old, new))
    return {("path", one): ("path", other) for one, other in zip(before, after, strict=False)}


def _added(key: Key, node: Node) -> Raised:
    said = f"the {key[0]} parameter {key[1]} was added"
    if key[0] == "path":
        rule = "new-request-path-parameter"
    elif node.mapping.get("required") is True:
        rule, said = "new-required-request-parameter", f"{said}, and is required"
    else:
        rule = "new-optional-request-parameter"
    touch = Touch(part="parameter", name=f"{key[0]} {key[1]}", missing=True)
    return Raised(rule=rule, place=node.place, message=said, touch=touch)


def _both(key: Key, old: Node, new: Node, walk: Walk, calendar: Calendar) -> Iterator[Raised]:
    title = f"the {key[0]} parameter {key[1]}"
    if new.mapping.get("required") is True and old.mapping.get("required") is not True and key[0] != "path":
        touch = Touch(part="parameter", name=f"{key[0]} {key[1]}", missing=True)
        said = f"{title} is required now"
        yield Raised(rule="request-parameter-became-required", place=new.place, message=said, touch=touch)
    for rule, said in lifecycle.announcement(old, new, lifecycle.PARAMETER, calendar):
        yield Raised(rule=rule, place=new.place, message=f"{title}: {said}", touch=_touch(key))
    before, after = (_style(key[0], one) for one in (old, new))
    if before != after:
        said = f"{title} is written in another style: {after}, not {before}"
        yield Raised(rule="request-parameter-style-changed", place=new.place, message=said, touch=_touch(key))
    inner = "request-header-property" if key[0] == "header" else "request-parameter-property"
    where = Where(whole="request-parameter", inner=inner, direction="request")
    differences = walk.differences(schema_of(old), schema_of(new), where)
    for found in {(one.rule, one.place, one.message): one for one in differences[::-1]}.values():  # once, however often
        what = f"{title}{f', {found.path}' if found.path else ''}: {found.message}"
        yield Raised(rule=found.rule, place=found.place, message=what, touch=_touch(key), removed=found.removed)


def _style(place: str, node: Node) -> str:
    """How lists and objects are written out, with OpenAPI's defaults filled in; 2.0 calls it `collectionFormat`."""
    if "swagger" in node.document and node.text("type") == "array":
        written = node.text("collectionFormat") or "csv"
        return _STYLES.get(written, written) if place in ("query", "cookie") or written != "csv" else "simple"
    style = node.text("style") or ("form" if place in ("query", "cookie") else "simple")
    explode = node.mapping.get("explode", style == "form")
    return f"{style}{', exploded' if explode else ''}"


def schema_of(node: Node) -> Node:
    """Of a parameter, or a header: OpenAPI 3 has it under `schema` or a media type; in 2.0 the parameter is its schema."""
    if node["schema"].there:
        return node["schema"]
    media_type = next(iter(node["content"].mapping), None)  # at most one (OpenAPI, Parameter Object)
    if media_type is not None:
        return node["content"][str(media_type)]["schema"]
    own = {k: v for k, v in node.mapping.items() if k not in ("required", "name", "in", "deprecated")}
    return Node(node.document, node.place, own)


def _touch(key: Key) -> Touch:
    return Touch(part="parameter", name=f"{key[0]} {key[1]}")
