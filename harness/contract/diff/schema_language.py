"""Two GraphQL schemas: what graphql-core tells of their differences, in our words."""

from __future__ import annotations

from typing import Any

from harness.contract.diff.change import Change, Touch
from harness.contract.diff.findings import GRAPHQL_RULES
from harness.errors import BadDocument
from harness.model.finding import Level


def graphql_changes(old: str, new: str, *, old_source: str, new_source: str) -> tuple[Change, ...]:
    """Breaking changes are errors, dangerous ones warnings. What was marked `@deprecated` before it went is a warning.

    Raises BadDocument for a schema that does not parse.
    """
    from graphql.utilities import find_breaking_changes, find_dangerous_changes  # here: others need none of it

    before, after = _schema(old, old_source), _schema(new, new_source)
    deprecated = _deprecated(before)
    found: list[tuple[Level, Any]] = [(Level.ERROR, one) for one in find_breaking_changes(before, after)]
    found += [(Level.WARNING, one) for one in find_dangerous_changes(before, after)]
    told = [
        (level, one) for level, one in found if not one.description.startswith("Standard scalar")
    ]  # no longer mentioned: breaks nobody
    return tuple(_change(level, one.type.name, one.description, deprecated) for level, one in told)


def _schema(text: str, source: str) -> Any:
    from graphql import GraphQLError, build_schema

    try:
        return build_schema(text)
    except (GraphQLError, TypeError, RecursionError) as error:
        lines = getattr(error, "locations", None) or ()
        line = lines[0].line if lines else 0
        said = str(getattr(error, "message", error)).splitlines()[0]
        raise BadDocument(f"It is no GraphQL schema: {said}", "Mend it there.", path=source, line=line) from error


def _deprecated(schema: Any) -> frozenset[str]:
    """`Type.field` and `Enum.VALUE` that are marked."""
    marked = set()
    for name, kind in schema.type_map.items():
        for holder in ("fields", "values"):
            entries = getattr(kind, holder, None)
            for inner, about in entries.items() if isinstance(entries, dict) else ():
                if getattr(about, "deprecation_reason", None):
                    marked.add(f"{name}.{inner}")
    return frozenset(marked)


def _change(level: Level, kind: str, said: str, deprecated: frozenset[str]) -> Change:
    what = next((word.strip("'") for word in said.split() if "." in word.strip("'.")), "") or said.split()[0].strip("'")
    what = what.strip(".")
    if kind.endswith("_REMOVED") and (what in deprecated or any(name in said for name in deprecated)):
        level, said = Level.WARNING, f"{said} It had been deprecated."
    rule = GRAPHQL_RULES + kind.lower().replace("_", "-")
    return Change(
        rule=rule,
        level=level,
        felt=((what.partition("(")[0], Touch(part="schema")),),
        place=(what,),
        message=said,
        removed=kind.endswith("_REMOVED"),
    )
