"""Two GraphQL schemas: what graphql-core tells of their differences, in our words."""

from __future__ import annotations

import json
import re
from typing import Any

from harness.contract import graphql_description
from harness.contract.diff.change import Change, Touch
from harness.contract.diff.findings import GRAPHQL_RULES
from harness.errors import BadDocument
from harness.model.finding import Level

# graphql-core 3.2 writes out what 3.3 gives as a schema coordinate (`Enum.VALUE`, `Type.field(argument:)`).
_ENUM_VALUE = re.compile(r"^(?P<inner>\w+) was (?:removed from|added to) enum type (?P<holder>\w+)\.")
_ARGUMENT = re.compile(r"^(?P<holder>\w+\.\w+) arg (?P<inner>\w+) was removed\.")
# Directives that no query can hold.
_FOR_SCHEMAS_ALONE = re.compile(r"(?:^|from |@)(?:deprecated|specifiedBy|oneOf)(?: was removed\.|[.(])")


def graphql_changes(old: str, new: str, *, old_source: str, new_source: str) -> tuple[Change, ...]:
    """Each is in the schema language, or what introspection answers. Breaking changes are errors, dangerous ones warnings; what was marked
    `@deprecated` before it went is a warning.

    Raises BadDocument for a schema that does not parse.
    """
    from graphql.utilities import find_breaking_changes, find_dangerous_changes  # here: others need none of it

    before, after = _schema(old, old_source), _schema(new, new_source)
    deprecated = _deprecated(before)
    found: list[tuple[Level, Any]] = [(Level.ERROR, one) for one in find_breaking_changes(before, after)]
    found += [(Level.WARNING, one) for one in find_dangerous_changes(before, after)]
    return tuple(_change(level, one.type.name, one.description, deprecated) for level, one in found if _is_felt(one))


def _is_felt(one: Any) -> bool:
    """A standard scalar that is no longer mentioned breaks nobody. Nor does a directive that only schemas hold; which of them introspection
    tells depends on the server's library."""
    if one.type.name.startswith("DIRECTIVE_"):
        return not _FOR_SCHEMAS_ALONE.search(one.description)
    return not one.description.startswith("Standard scalar")


def _schema(text: str, source: str) -> Any:
    from graphql import GraphQLError, build_client_schema, build_schema

    if text.lstrip().startswith("{"):
        return build_client_schema(graphql_description.introspected(text, _json(text, source), source))  # type: ignore[arg-type]  # a mapping as JSON has it
    try:
        return build_schema(text)
    except (GraphQLError, TypeError, RecursionError) as error:
        lines = getattr(error, "locations", None) or ()
        line = lines[0].line if lines else 0
        said = str(getattr(error, "message", error)).splitlines()[0]
        raise BadDocument(f"It is no GraphQL schema: {said}", "Mend it there.", path=source, line=line) from error


def _json(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"It is no GraphQL schema, nor JSON: {error}", "Mend it there.", path=source) from error


def _deprecated(schema: Any) -> frozenset[str]:
    """The coordinates that are marked: `Type.field`, `Enum.VALUE`, `Type.field(argument:)`."""
    marked = set()
    for name, kind in schema.type_map.items():
        for holder in ("fields", "values"):
            entries = getattr(kind, holder, None)
            for inner, about in entries.items() if isinstance(entries, dict) else ():
                if getattr(about, "deprecation_reason", None) is not None:
                    marked.add(f"{name}.{inner}")
                for argument, its in (getattr(about, "args", None) or {}).items():
                    if its.deprecation_reason is not None:
                        marked.add(f"{name}.{inner}({argument}:)")
    return frozenset(marked)


def _coordinate(said: str) -> str:
    """What a change is about, as the GraphQL specification names it; the first word where it is a type."""
    if found := _ENUM_VALUE.match(said):
        return f"{found['holder']}.{found['inner']}"
    if found := _ARGUMENT.match(said):
        return f"{found['holder']}({found['inner']}:)"
    words = [word.strip("'").strip(".") for word in said.split()]
    return next((word for word in words if "." in word), words[0])


def _change(level: Level, kind: str, said: str, deprecated: frozenset[str]) -> Change:
    what, removed = _coordinate(said), "_REMOVED" in kind  # VALUE_REMOVED_FROM_ENUM, too
    if removed and what in deprecated:
        level, said = Level.WARNING, f"{said} It had been deprecated."
    rule = GRAPHQL_RULES + kind.lower().replace("_", "-")
    return Change(
        rule=rule,
        level=level,
        felt=((what.partition("(")[0], Touch(part="schema")),),
        place=(what,),
        message=said,
        removed=removed,
    )
