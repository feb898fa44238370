"""What is sent and what is answered: request bodies, statuses, media types, headers."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.diff.change import Touch
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.media_types import UNSAID, by_media_type, counterparts
from harness.contract.diff.node import Node
from harness.contract.diff.pair import Found, Where
from harness.contract.diff.parameters import schema_of
from harness.contract.diff.raised import Raised
from harness.contract.diff.schemas import Walk

_REQUEST = Where(whole="request-body", inner="request-property", direction="request")
_RESPONSE = Where(whole="response-body", inner="response-property", direction="response")
_HEADER = Where(whole="response-header", inner="response-header-property", direction="response")


def content_changes(old: Node, new: Node, walk: Walk, calendar: Calendar) -> Iterator[Raised]:
    """Of the request body of an operation."""
    before, after = old["requestBody"], new["requestBody"]
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
        yield from _media_types(before, after, _REQUEST, "", walk, calendar)


def response_changes(old: Node, new: Node, walk: Walk, calendar: Calendar) -> Iterator[Raised]:
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
        yield from _media_types(answer, other, _RESPONSE, status, walk, calendar)
        yield from _headers(answer, other, status, walk)
    for status, answer in after.items():
        if not before[status].there:
            word = "success" if status.startswith(("2", "3")) else "non-success"
            said = f"{status} may be answered now"
            touch = Touch(part="response", name=status)
            yield Raised(rule=f"response-{word}-status-added", place=answer.place, message=said, touch=touch)


def _media_types(old: Node, new: Node, where: Where, status: str, walk: Walk, calendar: Calendar) -> Iterator[Raised]:
    request = where.direction == "request"
    touch = Touch(part="request") if request else Touch(part="response", name=status)
    before, after = by_media_type(old), by_media_type(new)
    matched: set[str] = set()
    for media_type, content in before.items():
        same = counterparts(media_type, before, after)
        matched.update(same)
        if not same:
            said = f"{media_type} is no longer {'taken' if request else f'answered with {status}'}"
            if UNSAID in after:
                said = f"{said} for certain: no media type is said"
            rule = "request-body-media-type-removed" if request else "response-media-type-removed"
            yield Raised(rule=rule, place=content.place, message=said, touch=touch, removed=True)
        for other in same:
            yield from _schemas(content["schema"], after[other]["schema"], where, touch, walk, calendar)
    for media_type, content in after.items():
        if media_type not in matched:
            said = f"{media_type} is {'taken' if request else f'answered with {status}'} now"
            rule = "request-body-media-type-added" if request else "response-media-type-added"
            yield Raised(rule=rule, place=content.place, message=said, touch=touch)


def _schemas(old: Node, new: Node, where: Where, touch: Touch, walk: Walk, calendar: Calendar) -> Iterator[Raised]:
    if old.there != new.there:
        word = "added" if new.there else "removed"
        place = new.place if new.there else old.place
        rule = f"{where.whole}-media-type-schema-{word}"
        yield Raised(rule=rule, place=place, message=f"the body's schema was {word}", touch=touch, removed=old.there)
        return
    for found in walk.differences(old, new, where, calendar):
        yield _raised(found, touch)


def _raised(found: Found, touch: Touch) -> Raised:
    title = f"{found.path or 'the body'}: {found.message}"
    if touch.part == "response":
        title = f"in {touch.name}, {title}"
    there = Touch(part=touch.part, name=touch.name, path=found.path, missing=found.missing)
    return Raised(
        rule=found.rule, place=found.place, message=title, touch=there, removed=found.removed, bare=found.message
    )


def _headers(old: Node, new: Node, status: str, walk: Walk) -> Iterator[Raised]:
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
        for found in walk.differences(schema_of(node), schema_of(other), _HEADER):
            yield Raised(rule=found.rule, place=found.place, message=f"{title}: {found.message}", touch=touch)
    for name in after.keys() - before.keys():
        said = f"the header {name} of {status} was added"
        yield Raised(rule="response-header-added", place=after[name].place, message=said, touch=touch)
