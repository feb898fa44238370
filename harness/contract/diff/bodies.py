"""What is sent and what is answered: request bodies, statuses, media types, headers."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.diff.change import Touch
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.node import Node
from harness.contract.diff.raised import Raised
from harness.contract.diff.schemas import Found, Walk, Where
from harness.contract.grading import content_type_signature

_REQUEST = Where(whole="request-body", inner="request-property", direction="request")
_RESPONSE = Where(whole="response-body", inner="response-property", direction="response")
_HEADER = Where(whole="response-header", inner="response-header-property", direction="response")


def content_changes(old: Node, new: Node, unlike: frozenset[str], calendar: Calendar) -> Iterator[Raised]:
    """Of the request body of an operation."""
    before, after = _body(old), _body(new)
    touch = Touch(part="request")
    if not before.there and after.there:
        required = after.mapping.get("required") is True
        rule = "request-body-added-required" if required else "request-body-added-optional"
        said = f"a body may be sent{', and is required,' if required else ''} now"
        yield Raised(rule=rule, place=after.place, message=said, touch=Touch(part="request", missing=True))
    elif before.there and not after.there:
        yield Raised(
            rule="request-body-removed",
            place=before.place,
            message="no body is taken any more",
            touch=touch,
            removed=True,
        )
    elif before.there:
        if after.mapping.get("required") is True and before.mapping.get("required") is not True:
            missing = Touch(part="request", missing=True)
            yield Raised(
                rule="request-body-became-required",
                place=after.place,
                message="the body is required now",
                touch=missing,
            )
        yield from _media_types(before, after, _REQUEST, "", unlike, calendar)


def response_changes(old: Node, new: Node, unlike: frozenset[str], calendar: Calendar) -> Iterator[Raised]:
    """Of all answers of an operation."""
    before, after = old["responses"], new["responses"]
    for status, answer in before.items():
        other = after[status]
        touch = Touch(part="response", name=status)
        if not other.there:
            word = "success" if status.startswith(("2", "3")) else "non-success"
            said = f"{status} is no longer answered"
            rule = f"response-{word}-status-removed"
            yield Raised(rule=rule, place=answer.place, message=said, touch=touch, removed=True)
            continue
        yield from _media_types(answer, other, _RESPONSE, status, unlike, calendar)
        yield from _headers(answer, other, status, unlike)
    for status, answer in after.items():
        if not before[status].there:
            word = "success" if status.startswith(("2", "3")) else "non-success"
            said = f"{status} may be answered now"
            touch = Touch(part="response", name=status)
            yield Raised(rule=f"response-{word}-status-added", place=answer.place, message=said, touch=touch)


def _body(operation: Node) -> Node:
    """OpenAPI 2.0 has it among the parameters."""
    if operation["requestBody"].there:
        return operation["requestBody"]
    for node in operation["parameters"].elements():
        if node.text("in") == "body":
            return node
    return operation["requestBody"]


def _media_types(
    old: Node, new: Node, where: Where, status: str, unlike: frozenset[str], calendar: Calendar
) -> Iterator[Raised]:
    request = where.direction == "request"
    touch = Touch(part="request") if request else Touch(part="response", name=status)
    before, after = _by_type(old), _by_type(new)
    for media_type, content in before.items():
        other = after.get(media_type)
        if other is None:
            said = f"{media_type} is no longer {'taken' if request else f'answered with {status}'}"
            rule = "request-body-media-type-removed" if request else "response-media-type-removed"
            yield Raised(rule=rule, place=content.place, message=said, touch=touch, removed=True)
            continue
        yield from _schemas(content["schema"], other["schema"], where, touch, unlike, calendar)
    for media_type, content in after.items():
        if media_type not in before:
            said = f"{media_type} is {'taken' if request else f'answered with {status}'} now"
            rule = "request-body-media-type-added" if request else "response-media-type-added"
            yield Raised(rule=rule, place=content.place, message=said, touch=touch)


def _schemas(
    old: Node, new: Node, where: Where, touch: Touch, unlike: frozenset[str], calendar: Calendar
) -> Iterator[Raised]:
    if old.there != new.there:
        word = "added" if new.there else "removed"
        place = new.place if new.there else old.place
        rule = f"{where.whole}-media-type-schema-{word}"
        yield Raised(rule=rule, place=place, message=f"the body's schema was {word}", touch=touch, removed=old.there)
        return
    for found in Walk(unlike, calendar).differences(old, new, where):
        yield _raised(found, touch)


def _raised(found: Found, touch: Touch) -> Raised:
    title = f"{found.path or 'the body'}: {found.message}"
    if touch.part == "response":
        title = f"in {touch.name}, {title}"
    there = Touch(part=touch.part, name=touch.name, path=found.path, missing=found.missing)
    return Raised(
        rule=found.rule, place=found.place, message=title, touch=there, removed=found.removed, bare=found.message
    )


def _by_type(node: Node) -> dict[str, Node]:
    """By media type without its parameters; what OpenAPI 2.0 describes has one schema for all."""
    if node["content"].there:
        return {content_type_signature(name): content for name, content in node["content"].items()}
    return {"any": node} if node["schema"].there else {}


def _headers(old: Node, new: Node, status: str, unlike: frozenset[str]) -> Iterator[Raised]:
    touch = Touch(part="response", name=status)
    before = {name.lower(): node for name, node in old["headers"].items()}
    after = {name.lower(): node for name, node in new["headers"].items()}
    for name, node in before.items():
        other = after.get(name)
        title = f"the header {name} of {status}"
        required = node.mapping.get("required") is True
        if other is None:
            rule = "required-response-header-removed" if required else "optional-response-header-removed"
            yield Raised(rule=rule, place=node.place, message=f"{title} was removed", touch=touch, removed=True)
            continue
        if required and other.mapping.get("required") is not True:
            said = f"{title} may be missing now"
            yield Raised(rule="response-header-became-optional", place=other.place, message=said, touch=touch)
        for found in Walk(unlike).differences(node["schema"], other["schema"], _HEADER):
            yield Raised(rule=found.rule, place=found.place, message=f"{title}: {found.message}", touch=touch)
    for name in after.keys() - before.keys():
        said = f"the header {name} of {status} was added"
        yield Raised(rule="response-header-added", place=after[name].place, message=said, touch=touch)
