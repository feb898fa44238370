"""Deprecation and sunset: what was announced before it goes away, in time, breaks nobody who listened.

`deprecated: true` announces; `x-sunset` (a date, RFC 3339) says from when on it may be gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from harness.contract.diff.node import Node

STABILITY = ("draft", "alpha", "beta", "stable")
Difference = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """`today`, and how many days must lie between a deprecation and its sunset (0: a sunset date is optional)."""

    today: date
    grace_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How the rules are called for one kind of thing."""

    removed: str
    removed_with_deprecation: str
    removed_before_sunset: str
    removed_parse: str
    deprecated: str
    deprecated_with_sunset: str
    reactivated: str
    sunset_missing: str
    sunset_parse: str
    sunset_too_small: str
    sunset_deleted: str
    sunset_changed_too_small: str
    sunset_changed_earlier: str


OPERATION = Words(
    removed="api-removed-without-deprecation",
    removed_with_deprecation="api-removed-with-deprecation",
    removed_before_sunset="api-removed-before-sunset",
    removed_parse="api-path-sunset-parse",
    deprecated="endpoint-deprecated",
    deprecated_with_sunset="endpoint-deprecated-with-sunset",
    reactivated="endpoint-reactivated",
    sunset_missing="api-deprecated-sunset-missing",
    sunset_parse="api-deprecated-sunset-parse",
    sunset_too_small="api-sunset-date-too-small",
    sunset_deleted="sunset-deleted",
    sunset_changed_too_small="api-sunset-date-changed-too-small",
    sunset_changed_earlier="api-sunset-date-changed-earlier",
)
PARAMETER = Words(
    removed="request-parameter-removed",
    removed_with_deprecation="request-parameter-removed-with-deprecation",
    removed_before_sunset="request-parameter-removed-before-sunset",
    removed_parse="request-parameter-sunset-parse",
    deprecated="request-parameter-deprecated",
    deprecated_with_sunset="request-parameter-deprecated",
    reactivated="request-parameter-reactivated",
    sunset_missing="request-parameter-deprecated-sunset-missing",
    sunset_parse="request-parameter-sunset-parse",
    sunset_too_small="request-parameter-sunset-date-too-small",
    sunset_deleted="request-parameter-sunset-deleted",
    sunset_changed_too_small="request-parameter-sunset-date-changed-too-small",
    sunset_changed_earlier="request-parameter-sunset-date-changed-earlier",
)


def property_words(inner: str, removed: str = "") -> Words:
    """Of `request-property` or `response-property`; `removed` is the rule for one that just went."""
    return Words(
        removed=removed,
        removed_with_deprecation=f"{removed}-with-deprecation",
        removed_before_sunset=f"{removed}-before-sunset",
        removed_parse=removed,
        deprecated=f"{inner}-deprecated",
        deprecated_with_sunset=f"{inner}-deprecated-with-sunset",
        reactivated=f"{inner}-reactivated",
        sunset_missing=f"{inner}-deprecated-sunset-missing",
        sunset_parse=f"{inner}-deprecated-sunset-invalid",
        sunset_too_small=f"{inner}-sunset-date-too-small",
        sunset_deleted=f"{inner}-sunset-deleted",
        sunset_changed_too_small=f"{inner}-sunset-date-changed-too-small",
        sunset_changed_earlier=f"{inner}-sunset-date-changed-earlier",
    )


def is_deprecated(node: Node) -> bool:
    """Whether it was announced that it goes."""
    return node.mapping.get("deprecated") is True


def removal(node: Node, words: Words, calendar: Calendar) -> Difference:
    """How a removal is judged by what was announced."""
    if not is_deprecated(node):
        return words.removed, "it was removed, without having been deprecated"
    if "x-sunset" not in node.mapping:
        return words.removed_with_deprecation, "it was removed; it had been deprecated"
    sunset = _date(node)
    if sunset is None:
        return words.removed_parse, f"it was removed; its sunset `{node.mapping['x-sunset']}` is no date"
    if sunset > calendar.today:
        return words.removed_before_sunset, f"it was removed before its sunset on {sunset}"
    return words.removed_with_deprecation, f"it was removed after its sunset on {sunset}"


def announcement(old: Node, new: Node, words: Words, calendar: Calendar) -> Iterator[Difference]:
    """What changed about what is announced."""
    before, after = is_deprecated(old), is_deprecated(new)
    if before and not after:
        yield words.reactivated, "it is no longer deprecated"
    elif after and not before:
        yield from _deprecated(new, words, calendar)
    elif after:
        yield from _moved(old, new, words, calendar)


def _deprecated(new: Node, words: Words, calendar: Calendar) -> Iterator[Difference]:
    if "x-sunset" not in new.mapping:
        if calendar.grace_days:
            yield words.sunset_missing, f"it was deprecated without a sunset; {calendar.grace_days} days are asked for"
        else:
            yield words.deprecated, "it is deprecated now"
        return
    sunset = _date(new)
    if sunset is None:
        yield words.sunset_parse, f"its sunset `{new.mapping['x-sunset']}` is no date"
    elif (sunset - calendar.today).days < calendar.grace_days:
        yield words.sunset_too_small, f"its sunset on {sunset} is less than {calendar.grace_days} days away"
    else:
        yield words.deprecated_with_sunset, f"it is deprecated now, until {sunset}"


def _moved(old: Node, new: Node, words: Words, calendar: Calendar) -> Iterator[Difference]:
    if "x-sunset" not in old.mapping or old.mapping["x-sunset"] == new.mapping.get("x-sunset"):
        return
    if "x-sunset" not in new.mapping:
        yield (
            words.sunset_deleted,
            f"its sunset on {old.mapping['x-sunset']} was taken back, and it is still deprecated",
        )
        return
    before, after = _date(old), _date(new)
    if after is None:
        yield words.sunset_parse, f"its sunset `{new.mapping['x-sunset']}` is no date"
    elif before and after < before:
        early = (after - calendar.today).days < calendar.grace_days
        rule = words.sunset_changed_too_small if early else words.sunset_changed_earlier
        yield rule, f"its sunset was brought forward from {before} to {after}"


def stability(old: Node, new: Node, rule: str) -> Iterator[Difference]:
    """`x-stability-level` may rise; to fall is to take back a promise."""
    before, after = old.text("x-stability-level"), new.text("x-stability-level")
    if before in STABILITY and after in STABILITY and STABILITY.index(after) < STABILITY.index(before):
        yield rule, f"its stability fell from {before} to {after}"
    elif "x-stability-level" in new.mapping and after not in STABILITY and rule == "api-stability-decreased":
        yield "api-invalid-stability-level", f"`{new.mapping['x-stability-level']}` is no level of stability"


def _date(node: Node) -> date | None:
    try:
        return date.fromisoformat(str(node.mapping["x-sunset"])[:10])
    except ValueError:
        return None
