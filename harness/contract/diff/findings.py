"""Changes as findings, with the line where each stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from harness.contract.diff.change import Change
from harness.model.finding import RANK, Finding, Level

MAX_LINES_BYTES = 2_000_000  # beyond it, finding lines would take longer than everything else
NAMED = 3
GRAPHQL_RULES = "graphql-"


def findings_of(changes: Iterable[Change], old: tuple[str, bytes], new: tuple[str, bytes]) -> tuple[Finding, ...]:
    """Worst first, those that hurt a known consumer before the others. `old` and `new` are name and text."""
    ordered = sorted(
        changes, key=lambda one: (RANK[one.level], not one.consumers, -len(one.operations), one.rule, one.place)
    )
    kind = SchemaLines if any(one.rule.startswith(GRAPHQL_RULES) for one in ordered) else Lines
    lines = {False: kind(new[1]), True: kind(old[1])} if ordered else {}
    return tuple(_finding(one, (old if one.removed else new)[0], lines[one.removed]) for one in ordered)


def _finding(one: Change, source: str, lines: Lines | SchemaLines) -> Finding:
    names = [name or "the service" for name in one.operations]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    whom = f" This breaks {', '.join(one.consumers)}." if one.consumers and one.level is not Level.NOTE else ""
    where = f" ({len(names)} operations: {', '.join(names[:NAMED])}{more})" if len(names) > 1 else ""
    return Finding(
        operation=names[0],
        check=one.rule,
        signature=f"{one.pointer} {one.message}",
        level=one.level,
        source="diff",
        message=f"{one.message[:1].upper()}{one.message[1:]}.{where}{whom}",
        count=len(names),
        first={"pointer": one.pointer, "operations": names, "consumers": list(one.consumers)},
        place=source,
        line=lines.of(one.place),
    )


class Lines:
    """Where things stand in a JSON or YAML text; parsed when first asked."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._root: Node | None = None
        self._parsed = False

    def of(self, place: Sequence[str]) -> int:
        """The line, from 1, of what stands at a place, or of the nearest thing around it; 0 where the text can't be read."""
        if not self._parsed:
            self._root, self._parsed = _composed(self._text), True
        node: Any = self._root
        line = 0 if node is None else 1
        for step in place:
            key, node = _step(node, step)
            if node is None:
                break
            line = (key or node).start_mark.line + 1
        return line


class SchemaLines:
    """The same of a GraphQL schema: a place is one name, `Type` or `Type.field`."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._lines: dict[str, int] | None = None

    def of(self, place: Sequence[str]) -> int:
        """The line of that name, else of its type; 0 where neither stands there."""
        if self._lines is None:
            self._lines = dict(_named(self._text))
        name = place[0].partition("(")[0]
        return self._lines.get(name) or self._lines.get(name.partition(".")[0]) or 0


def _named(text: bytes) -> Iterator[tuple[str, int]]:
    """Every type, field and value with its line; an extension adds to its type and does not move it."""
    from graphql import GraphQLError, parse  # here: others need none of it

    if len(text) > MAX_LINES_BYTES:
        return
    try:
        document = parse(text.decode("utf-8-sig"))
    except (GraphQLError, UnicodeDecodeError, RecursionError):
        return
    for extends in (True, False):
        for node in document.definitions:
            name: Any = getattr(node, "name", None)
            if name is None or node.kind.endswith("_extension") is not extends:
                continue
            yield name.value, name.loc.start_token.line
            for inner in (*(getattr(node, "fields", None) or ()), *(getattr(node, "values", None) or ())):
                yield f"{name.value}.{inner.name.value}", inner.name.loc.start_token.line


def _composed(text: bytes) -> Node | None:
    if len(text) > MAX_LINES_BYTES:
        return None
    try:
        return YAML(pure=True).compose(StringIO(text.decode("utf-8-sig")))  # type: ignore[no-any-return]  # ruamel is untyped here
    except (YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        return None


def _step(node: Any, step: str) -> tuple[Any, Any]:
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if str(key.value) == step), (None, None))
    if isinstance(node, SequenceNode) and step.isdigit() and int(step) < len(node.value):
        return None, node.value[int(step)]
    return None, None
