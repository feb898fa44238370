"""Turns what pydantic found wrong into one error with file, line, value and the nearest valid spelling."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.config.yaml import Source
from harness.errors import BadDocument
from harness.model.nearest import did_you_mean

M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], source: Source, data: Any, under: tuple[str | int, ...] = ()) -> M:
    """`data` as a `model`, or BadDocument for the first mistake (and how many more there are)."""
    try:
        return model.model_validate(plain(data))
    except ValidationError as error:
        raise _complaint(model, source, error, under) from error


def _complaint(
    model: type[BaseModel], source: Source, error: ValidationError, under: tuple[str | int, ...]
) -> BadDocument:
    # A mistyped key makes two problems, one unknown and one missing: the unknown one has a line and a remedy.
    problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    first = problems[0]
    place = (*under, *(step for step in first["loc"] if _exists(source, under, first["loc"], step)))
    missing = first["loc"][-1:] if first["type"] == "missing" else ()
    dotted = ".".join(str(step) for step in (*place, *missing)) or "the document"
    more = "" if len(problems) == 1 else f" ({len(problems) - 1} more after this one.)"
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        what, todo = f"`{key}` is not a key here.", did_you_mean(key, _siblings(model, first["loc"][:-1]))
    elif first["type"] == "missing":
        what, todo = f"`{dotted}` is missing.", "Add it."
    else:
        message = str(first["msg"]).removeprefix("Value error, ")
        what, todo = f"`{dotted}`: {message}.", f"It says {first['input']!r}." if _short(first["input"]) else ""
    return source.wrong(place, what + more, todo)


def _exists(source: Source, under: tuple[str | int, ...], loc: tuple[str | int, ...], step: str | int) -> bool:
    """Pydantic puts names of union members into places; only steps that stand in the file count."""
    node = source.data
    for known in (*under, *loc):
        try:
            node = node[known]
        except (KeyError, IndexError, TypeError):
            if known == step:
                return False
            continue
        if known == step:
            return True
    return False


def _siblings(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """The keys that the part of the document at `loc` may hold."""
    schema: dict[str, Any] = model.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema.get("$defs", {})
    found: list[dict[str, Any]] = [schema]
    for step in loc:
        found = [inner for part in found for inner in _into(part, step, definitions)] or found
    return sorted({key for part in found for one in _unfold(part, definitions) for key in one.get("properties", {})})


def _unfold(schema: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        return _unfold(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    members = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    return [one for member in members for one in _unfold(member, definitions)] if members else [schema]


def _into(schema: dict[str, Any], step: str | int, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    if step in definitions:
        return [definitions[str(step)]]  # the tag that a member of a union goes by
    found = []
    for one in _unfold(schema, definitions):
        if isinstance(step, int) and "items" in one:
            found.append(one["items"])
        elif step in one.get("properties", {}):
            found.append(one["properties"][step])
        elif isinstance(one.get("additionalProperties"), dict):
            found.append(one["additionalProperties"])
        else:
            found += one.get("patternProperties", {}).values()
    return found


def _short(value: object) -> bool:
    return isinstance(value, str | int | float | bool) and len(str(value)) < 80


def plain(value: Any) -> Any:
    """ruamel's annotated containers and scalars as plain ones."""
    if isinstance(value, dict):
        return {str(k) if isinstance(k, str) else k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value
