"""Two OpenAPI documents, operation by operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.contract.description import METHODS, Description, operation_name
from harness.contract.diff import lifecycle
from harness.contract.diff.bodies import content_changes, response_changes
from harness.contract.diff.change import SERVICE, Change, Touch
from harness.contract.diff.credentials import scheme_changes
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.node import Node
from harness.contract.diff.parameters import parameter_changes
from harness.contract.diff.raised import Raised
from harness.contract.diff.requirements import requirement_changes
from harness.contract.diff.rules import RULES
from harness.contract.diff.schemas import Walk, unlike_references
from harness.contract.diff.swagger import in_the_shape_of_3, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """`item` holds what all operations of the path share."""

    name: str
    method: str
    item: Node
    node: Node


def description_changes(old: Description, new: Description, calendar: Calendar) -> tuple[Change, ...]:
    """What changed for those who use the old description, each once with all operations that feel it, worst first as `findings` sorts."""
    written = {True: old.document, False: new.document}
    old, new = (replace(one, document=in_the_shape_of_3(one.document)) for one in (old, new))
    walk = Walk(unlike_references(old.document, new.document))
    before, after = _operations(old), _operations(new)
    raised: list[tuple[str, Raised]] = [*_webhooks(old, new), *_moved_base(old, new, before, after)]
    raised += [(SERVICE, found) for found in scheme_changes(old.document, new.document)]
    for key, one in before.items():
        other = after.get(key)
        if other is None:
            raised.append((one.name, _gone(one, new, calendar)))
        else:
            raised += [(one.name, found) for found in _both(one, other, old, new, walk, calendar)]
    for key, one in after.items():
        if key not in before:
            said = Raised(
                rule="endpoint-added", place=one.node.place, message="it is new", touch=Touch(part="operation")
            )
            raised.append((one.name, said))
    return tuple(_where_it_stands(one, written[one.removed]) for one in _gathered(raised))


def _where_it_stands(one: Change, document: Mapping[str, Any]) -> Change:
    """What OpenAPI 2.0 says in another way than 3 is told where it says it."""
    return replace(one, place=standing(document, one.place)) if "swagger" in document else one


def _operations(description: Description) -> dict[tuple[str, str], _Operation]:
    """By path without the names of its parameters, and method."""
    root = Node(description.document, (), description.document)
    found: dict[tuple[str, str], _Operation] = {}
    for path in root["paths"].mapping:
        item = root["paths"][str(path)]
        for method in METHODS:
            node = item[method]
            if isinstance(node.value, dict):
                name = operation_name(method, description.base_path + str(path), node.mapping)
                key = (re.sub(r"\{[^}]*\}", "{}", str(path)), method)
                found[key] = _Operation(name=name, method=method, item=item, node=node)
    return found


def _gone(one: _Operation, new: Description, calendar: Calendar) -> Raised:
    """A path that lost its last operation is called so."""
    rule, said = lifecycle.removal(one.node, lifecycle.OPERATION, calendar)
    path = one.item.place[-1]
    shapes = {re.sub(r"\{[^}]*\}", "{}", str(other)) for other in new.document.get("paths", {})}
    if re.sub(r"\{[^}]*\}", "{}", path) not in shapes:
        rule = rule.replace("api-removed", "api-path-removed")
    return Raised(rule=rule, place=one.node.place, message=said, touch=Touch(part="operation"), removed=True)


def _both(
    one: _Operation,
    other: _Operation,
    old: Description,
    new: Description,
    walk: Walk,
    calendar: Calendar,
) -> Iterator[Raised]:
    whole = Touch(part="operation")
    for rule, said in (
        *lifecycle.announcement(one.node, other.node, lifecycle.OPERATION, calendar),
        *lifecycle.stability(one.node, other.node, "api-stability-decreased"),
        *_operation_id(one, other),
    ):
        yield Raised(rule=rule, place=other.node.place, message=said, touch=whole)
    yield from requirement_changes(one.node, other.node, old.document, new.document)
    yield from parameter_changes((one.item, one.node), (other.item, other.node), walk, calendar)
    yield from content_changes(one.node, other.node, walk, calendar)
    yield from response_changes(one.node, other.node, walk, calendar)


def _operation_id(one: _Operation, other: _Operation) -> Iterator[tuple[str, str]]:
    before, after = one.node.text("operationId"), other.node.text("operationId")
    if before and before != after:
        yield "api-operation-id-removed", f"its operationId went from {before} to {after or 'none'}"


def _webhooks(old: Description, new: Description) -> Iterator[tuple[str, Raised]]:
    before, after = (one.document.get("webhooks") or {} for one in (old, new))
    for name in before if isinstance(before, dict) else ():
        if name not in after:
            said = Raised(
                rule="webhook-removed",
                place=("webhooks", str(name)),
                message=f"the webhook {name} was removed",
                touch=Touch(part="operation"),
                removed=True,
            )
            yield str(name), said


def _moved_base(
    old: Description, new: Description, before: Mapping[Any, _Operation], after: Mapping[Any, _Operation]
) -> Iterator[tuple[str, Raised]]:
    """Every URL is another one, for all operations that are still there."""
    if old.base_path != new.base_path:
        said = f"the base path went from {old.base_path or '/'} to {new.base_path or '/'}"
        place = ("servers",) if "servers" in new.document else ("basePath",)
        for key in before.keys() & after.keys():
            found = Raised(rule="base-path-changed", place=place, message=said, touch=Touch(part="operation"))
            yield before[key].name, found


def _gathered(raised: list[tuple[str, Raised]]) -> tuple[Change, ...]:
    """One change at one place of the document, however many operations refer to it."""
    groups: dict[tuple[object, ...], list[tuple[str, Raised]]] = {}
    for name, one in raised:
        if one.rule in RULES:
            groups.setdefault((one.rule, one.place, one.bare or one.message), []).append((name, one))
    return tuple(_change(group) for group in groups.values())


def _change(group: list[tuple[str, Raised]]) -> Change:
    one = group[0][1]
    same = len({each.message for _, each in group}) == 1
    return Change(
        rule=one.rule,
        level=RULES[one.rule],
        felt=tuple(dict.fromkeys((name, each.touch) for name, each in group)),
        place=one.place,
        message=one.message if same else f"{_named(one.place)}: {one.bare}",
        removed=one.removed,
    )


def _named(place: tuple[str, ...]) -> str:
    """`ItemBody.price` of `/components/schemas/ItemBody/properties/price`."""
    names = [step for step in place if step not in ("components", "schemas", "definitions", "properties", "items")]
    return ".".join(names[-3:])
