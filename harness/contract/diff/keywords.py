"""What may differ between two schemas at one place: one small pure function a keyword, gathered in KEYWORDS.

Each yields pairs of a rule's last part (`max-decreased`) and what happened. Whether that is a rule at a place, and how bad it is there, the
table in `rules` says: lowering a maximum hurts those who send, raising it those who read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Difference = tuple[str, str]
Keyword = Callable[[Schema, Schema], Iterator[Difference]]

_UPPER = {"maximum": "max", "exclusiveMaximum": "exclusive-max", "maxLength": "max-length", "maxItems": "max-items"}
_UPPER |= {"maxContains": "max-contains", "maxProperties": "max-properties"}
_LOWER = {"minimum": "min", "exclusiveMinimum": "exclusive-min", "minLength": "min-length", "minItems": "min-items"}
_LOWER |= {"minContains": "min-contains", "minProperties": "min-properties"}
_EXCLUSIVE = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
_PRESENCE = {
    "if": "if",
    "then": "then",
    "else": "else",
    "contains": "contains",
    "propertyNames": "property-names",
    "contentSchema": "content-schema",
}
_NAMED = {"dependentSchemas": "dependent-schema", "patternProperties": "pattern-property"}
_ANY = frozenset({"any"})
_EXPLAINS = frozenset({"title", "description", "example", "examples", "default", "deprecated", "nullable"})
_EXPLAINS |= {"readOnly", "writeOnly", "externalDocs", "xml", "$comment", "$id"}


def types_of(schema: Schema) -> frozenset[str]:
    """The types without null; `any` where none is named."""
    named = schema.get("type")
    words = {named} if isinstance(named, str) else set(named) if isinstance(named, list) else set()
    return frozenset(str(word) for word in words) - {"null"} or _ANY


def is_nullable(schema: Schema) -> bool:
    """OpenAPI 3.0 `nullable`, 2.0 `x-nullable`, 3.1 a type of null."""
    named = schema.get("type")
    return (
        schema.get("nullable") is True
        or schema.get("x-nullable") is True
        or (isinstance(named, list) and "null" in named)
    )


def type_changed(old: Schema, new: Schema) -> Iterator[Difference]:
    """An integer is a number; no type is any type. Lists of types (3.1) grow and shrink under rules of their own. `type-freed` is a type, or
    a format, that is wider as a whole: no break for who sends, and a change of type for who reads."""
    before, after = types_of(old), types_of(new)
    said = f"the type went from {_words(before)} to {_words(after)}"
    if before == after:
        yield from _format_changed(old, new, before)
        return
    wider = after == _ANY or (before != _ANY and before <= _numbers(after))
    narrower = before == _ANY or (after != _ANY and after <= _numbers(before))
    several = len(before) > 1 and len(after) > 1
    if wider:
        yield ("type-freed" if after == _ANY else "list-of-types-widened" if several else "type-generalized"), said
    elif narrower:
        yield ("list-of-types-narrowed" if several else "type-specialized"), said
    else:
        yield "type-changed", said


def _format_changed(old: Schema, new: Schema, types: frozenset[str]) -> Iterator[Difference]:
    before, after = old.get("format"), new.get("format")
    if before == after or types == _ANY:
        return
    said = f"the format went from {before or 'none'} to {after or 'none'}"
    wider = {("int32", "int64"), ("float", "double")}
    if not after or (before, after) in wider:
        yield "type-freed", said
    elif not before or (after, before) in wider:
        yield "type-specialized", said
    else:
        yield "type-changed", said


def _numbers(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types


def nullability(old: Schema, new: Schema) -> Iterator[Difference]:
    """Null became allowed, or ceased to be."""
    before, after = is_nullable(old), is_nullable(new)
    if before and not after:
        yield "became-not-nullable", "null is no longer allowed"
    elif after and not before:
        yield "became-nullable", "null is allowed now"


def bounds(old: Schema, new: Schema) -> Iterator[Difference]:
    """Limits set, unset, moved. One that replaces another of its side (`minimum`, `exclusiveMinimum`) is told where it tightens, the other
    where it loosens."""
    befores, afters = _limits(old), _limits(new)
    for keyword, name in (_UPPER | _LOWER).items():
        before, after = befores.get(keyword), afters.get(keyword)
        if before == after:
            continue
        if before is None and after is not None:
            if not _is_implied(keyword, after, befores):
                yield f"{name}-set", f"{keyword} {after:g} was added"
        elif after is None and before is not None:
            if not _is_implied(keyword, before, afters):
                yield f"{name}-unset", f"{keyword} {before:g} was removed"
        elif before is not None and after is not None:
            word = "increased" if after > before else "decreased"
            yield f"{name}-{word}", f"{keyword} went from {before:g} to {after:g}"


def _limits(schema: Schema) -> dict[str, float]:
    """By keyword. What 3.0 writes as `minimum: 3, exclusiveMinimum: true` is `exclusiveMinimum: 3` of 3.1."""
    found = {keyword: _number(schema.get(keyword)) for keyword in _UPPER | _LOWER}
    for plain, exclusive in _EXCLUSIVE.items():
        if schema.get(exclusive) is True:
            found[exclusive], found[plain] = found[plain], None
    return {keyword: value for keyword, value in found.items() if value is not None}


def _is_implied(keyword: str, value: float, others: Mapping[str, float]) -> bool:
    """Whether the other limit of its side, in the other schema, is at least as tight."""
    inward = 1 if keyword in _LOWER else -1
    for plain, exclusive in _EXCLUSIVE.items():
        if keyword == plain and exclusive in others:
            return inward * others[exclusive] >= inward * value
        if keyword == exclusive and plain in others:
            return inward * others[plain] > inward * value
    return False


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def enum(old: Schema, new: Schema) -> Iterator[Difference]:
    """Values that are no longer, or newly, among those listed; a list where there was none."""
    before, after = _listed(old.get("enum")), _listed(new.get("enum"))
    if after and not before:
        yield "became-enum", f"only {_some(after.values())} are allowed now"
    elif before and not after:
        yield "became-not-enum", "any value is allowed now"
    elif before and after:
        for value in before.keys() - after.keys():
            yield "enum-value-removed", f"the value {_shown(before[value])} was removed"
        for value in after.keys() - before.keys():
            yield "enum-value-added", f"the value {_shown(after[value])} was added"


def extensible_enum(old: Schema, new: Schema) -> Iterator[Difference]:
    """`x-extensible-enum` grows freely, and must not shrink."""
    before, after = _listed(old.get("x-extensible-enum")), _listed(new.get("x-extensible-enum"))
    for value in before.keys() - after.keys():
        yield "x-extensible-enum-value-removed", f"the value {_shown(before[value])} was removed"


def const(old: Schema, new: Schema) -> Iterator[Difference]:
    """The one value that is allowed."""
    if "const" in new and "const" not in old:
        yield "const-added", f"only {_shown(new['const'])} is allowed now"
    elif "const" in old and "const" not in new:
        yield "const-removed", f"it was always {_shown(old['const'])}, and need not be now"
    elif "const" in old and old["const"] != new["const"]:
        yield "const-changed", f"the one value went from {_shown(old['const'])} to {_shown(new['const'])}"


def pattern(old: Schema, new: Schema) -> Iterator[Difference]:
    """A pattern that anything matches is none."""
    before, after = (None if one.get("pattern") in (".*", "^.*$") else one.get("pattern") for one in (old, new))
    if after and not before:
        yield "pattern-added", f"it has to match {after}"
    elif before and not after:
        yield "pattern-removed", f"it need not match {before} now"
    elif before != after:
        yield "pattern-changed", f"the pattern went from {before} to {after}"


def default(old: Schema, new: Schema) -> Iterator[Difference]:
    """What leaving it out means."""
    if "default" in new and "default" not in old:
        yield "default-value-added", f"left out, it means {_shown(new['default'])} now"
    elif "default" in old and "default" not in new:
        yield "default-value-removed", f"left out, it means {_shown(old['default'])} no more"
    elif "default" in old and old["default"] != new["default"]:
        yield "default-value-changed", f"left out, it meant {_shown(old['default'])}, now {_shown(new['default'])}"


def presence(old: Schema, new: Schema) -> Iterator[Difference]:
    """Keywords of JSON Schema that narrow by being there."""
    for keyword, name in _PRESENCE.items():
        if keyword in new and keyword not in old:
            yield f"{name}-added", f"`{keyword}` was added"
        elif keyword in old and keyword not in new:
            yield f"{name}-removed", f"`{keyword}` was removed"


def named(old: Schema, new: Schema) -> Iterator[Difference]:
    """Keywords that narrow by name."""
    for keyword, name in _NAMED.items():
        before, after = _keys(old.get(keyword)), _keys(new.get(keyword))
        for key in sorted(after - before):
            yield f"{name}-added", f"`{keyword}` has {key} now"
        for key in sorted(before - after):
            yield f"{name}-removed", f"`{keyword}` has no {key} any more"


def dependent_required(old: Schema, new: Schema) -> Iterator[Difference]:
    """What has to be there beside what."""
    before, after = old.get("dependentRequired") or {}, new.get("dependentRequired") or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            yield "dependent-required-added", f"{key} now needs {_some(after[key])} beside it"
        elif key not in after:
            yield "dependent-required-removed", f"{key} no longer needs {_some(before[key])} beside it"
        elif set(before[key]) != set(after[key]):
            yield (
                "dependent-required-changed",
                f"{key} needs {_some(after[key])} beside it, where it needed {_some(before[key])}",
            )


def prefix_items(old: Schema, new: Schema) -> Iterator[Difference]:
    """The first elements of a list, by place."""
    before, after = (len(one.get("prefixItems") or ()) for one in (old, new))
    if before != after:
        yield (
            f"prefix-items-{'added' if after > before else 'removed'}",
            f"{after} first elements are described, {before} were",
        )


def unevaluated(old: Schema, new: Schema) -> Iterator[Difference]:
    """Nothing beyond what is described."""
    for keyword, name in (
        ("unevaluatedItems", "unevaluated-items"),
        ("unevaluatedProperties", "unevaluated-properties"),
    ):
        before, after = old.get(keyword) is False, new.get(keyword) is False
        if before != after:
            yield (
                f"{name}-{'added' if after else 'removed'}",
                f"`{keyword}: false` was {'added' if after else 'removed'}",
            )


def closed(old: Schema, new: Schema) -> Iterator[Difference]:
    """Whether properties beyond those described may be there."""
    before, after = old.get("additionalProperties") is False, new.get("additionalProperties") is False
    if after and not before:
        yield "additional-properties-forbidden", "properties that are not described are refused now"
    elif before and not after:
        yield "additional-properties-allowed", "properties that are not described may come now"


def inner_schemas(old: Schema, new: Schema) -> Iterator[Difference]:
    """A schema for elements, or for properties that are not described, where there was none, and back. Two are walked side by side."""
    for keyword, name, what in (
        ("items", "items-schema", "elements"),
        ("additionalProperties", "additional-properties-schema", "properties that are not described"),
    ):
        before, after = _is_bound(old.get(keyword)), _is_bound(new.get(keyword))
        if keyword != "items" and False in (old.get(keyword), new.get(keyword)):
            continue  # `closed` tells
        if after and not before:
            yield f"{name}-added", f"{what} have to match a schema now"
        elif before and not after:
            yield f"{name}-removed", f"{what} may be anything now"


def _is_bound(schema: Any) -> bool:
    """Whether it refuses anything: what only explains does not."""
    if isinstance(schema, dict):
        return any(key not in _EXPLAINS and not str(key).startswith("x-") for key in schema)
    return schema is False


def steps(old: Schema, new: Schema) -> Iterator[Difference]:
    """`multipleOf` and `uniqueItems`."""
    before, after = _number(old.get("multipleOf")), _number(new.get("multipleOf"))
    if before != after:
        said = f"multipleOf went from {before or 'none'} to {after or 'none'}"
        yield f"multiple-of-{_step(before, after)}", said
    unique, uniqueness = old.get("uniqueItems") is True, new.get("uniqueItems") is True
    if unique != uniqueness:
        yield (
            ("unique-items-set", "elements must differ now")
            if uniqueness
            else ("unique-items-unset", "elements may be equal now")
        )


def _step(before: float | None, after: float | None) -> str:
    if not before or not after:
        return "unset" if before else "set"
    return (
        "generalized"
        if (before / after).is_integer()
        else "specialized"
        if (after / before).is_integer()
        else "changed"
    )


def content(old: Schema, new: Schema) -> Iterator[Difference]:
    """What a string holds (`contentMediaType`, `contentEncoding`)."""
    for keyword, name in (("contentMediaType", "content-media-type"), ("contentEncoding", "content-encoding")):
        before, after = old.get(keyword), new.get(keyword)
        if before != after:
            yield f"{name}-changed", f"`{keyword}` went from {before or 'none'} to {after or 'none'}"


def discriminator(old: Schema, new: Schema) -> Iterator[Difference]:
    """Which property tells alternatives apart."""
    before, after = _told_by(old), _told_by(new)
    if before and after and before != after:
        yield "discriminator-property-name-changed", f"it is told apart by {after}, not {before}"
    elif before and not after:
        yield "discriminator-removed", f"nothing tells its kinds apart; {before} did"


def _told_by(schema: Schema) -> str:
    """In OpenAPI 2.0 it is the name itself."""
    value = schema.get("discriminator")
    return str(value.get("propertyName", "")) if isinstance(value, dict) else str(value or "")


KEYWORDS: tuple[Keyword, ...] = (
    type_changed,
    nullability,
    bounds,
    enum,
    extensible_enum,
    const,
    pattern,
    default,
    presence,
    named,
    dependent_required,
    prefix_items,
    unevaluated,
    closed,
    inner_schemas,
    steps,
    content,
    discriminator,
)


def _listed(values: Any) -> dict[str, Any]:
    """By their JSON, so that 1 and true differ."""
    return {json.dumps(value, sort_keys=True): value for value in values} if isinstance(values, list) else {}


def _keys(value: Any) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def _words(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _some(values: Any) -> str:
    shown = [_shown(value) for value in values]
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
