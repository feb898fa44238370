"""What shape the data of a GraphQL answer has, from the schema and the selection (GraphQL, section 6.3 and 6.4). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import graphql

Path = tuple[str | int, ...]
Fault = tuple[Path, str, str]  # where, the keyword that JSON Schema would give, what is wrong
_CONDITIONS = frozenset({"skip", "include", "defer"})
_INT = 2**31


@dataclass(slots=True)
class Selected:
    """All that is selected under one key; `sure` unless it stands under a condition, or in a fragment that may not apply."""

    nodes: list[graphql.FieldNode]
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Of one operation of a query that is valid."""

    schema: graphql.GraphQLSchema
    fragments: Mapping[str, graphql.FragmentDefinitionNode]
    operation: graphql.OperationDefinitionNode
    root: graphql.GraphQLObjectType
    collected: dict[tuple[object, ...], dict[str, Selected]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        schema: graphql.GraphQLSchema,
        document: graphql.DocumentNode,
        operation: graphql.OperationDefinitionNode,
        root: graphql.GraphQLObjectType,
    ) -> Shape:
        """The fragments are taken from the document."""
        found = {d.name.value: d for d in document.definitions if isinstance(d, graphql.FragmentDefinitionNode)}
        return cls(schema=schema, fragments=found, operation=operation, root=root)

    def roots(self) -> dict[str, str]:
        """Key in the answer -> field of the root type."""
        found = self._collect((self.operation.selection_set,), self.root, self.root)
        return {key: one.nodes[0].name.value for key, one in found.items()}

    def faults(self, data: Any) -> Iterator[Fault]:
        """Lazily, in the order of the answer."""
        yield from self._object(data, self.root, (self.operation.selection_set,), ())

    def _value(
        self, value: Any, kind: graphql.GraphQLOutputType, nodes: list[graphql.FieldNode], at: Path
    ) -> Iterator[Fault]:
        if isinstance(kind, graphql.GraphQLNonNull):
            if value is None:
                yield at, "type", f"null, and {kind} is promised"
                return
            kind = kind.of_type
        if value is None:
            return
        if isinstance(kind, graphql.GraphQLList):
            if not isinstance(value, list):
                yield at, "type", f"{_named(value)} is no list, and {kind} is promised"
                return
            for number, one in enumerate(value):
                yield from self._value(one, kind.of_type, nodes, (*at, number))
        elif graphql.is_composite_type(kind):
            sets = tuple(one.selection_set for one in nodes if one.selection_set is not None)
            yield from self._object(value, kind, sets, at)
        else:
            yield from _leaf(value, kind, at)

    def _object(self, value: Any, kind: Any, sets: tuple[graphql.SelectionSetNode, ...], at: Path) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield at, "type", f"{_named(value)} is no object, and {kind} is promised"
            return
        actual, keys = self._actual(value, kind, sets)
        found = self._collect(sets, kind, actual)
        for key, one in found.items():
            if key not in value:
                if one.sure:
                    yield at, "required", f"`{key}` was asked for, and is missing"
                continue
            name = one.nodes[0].name.value
            if name == "__typename":
                if actual is None or value[key] != actual.name:
                    yield (*at, key), "enum", f"{_named(value[key])} is no type of {kind}"
                continue
            about = self._field(actual or kind, name)
            if about is not None:
                yield from self._value(value[key], about.type, one.nodes, (*at, key))
        extra = [key for key in value if key not in found and key not in keys]
        if extra:
            yield at, "additionalProperties", f"`{extra[0]}` was not asked for"

    def _actual(
        self, value: dict[str, Any], kind: Any, sets: tuple[graphql.SelectionSetNode, ...]
    ) -> tuple[Any, frozenset[str]]:
        """The object's own type, where it is known; and the keys that any other type may have brought."""
        if isinstance(kind, graphql.GraphQLObjectType):
            return kind, frozenset()
        every = self._collect(sets, kind, None)
        told = next((value.get(k) for k, one in every.items() if one.nodes[0].name.value == "__typename"), None)
        known = {one.name: one for one in self.schema.get_possible_types(kind)}
        return (known.get(told) if isinstance(told, str) else None), frozenset(every)

    def _field(self, kind: Any, name: str) -> graphql.GraphQLField | None:
        if name in ("__schema", "__type"):
            return None
        own = getattr(kind, "fields", {}).get(name)
        if own is not None or not graphql.is_abstract_type(kind):
            return own
        every = [one.fields[name] for one in self.schema.get_possible_types(kind) if name in one.fields]
        return every[0] if len({str(one.type) for one in every}) == 1 else None  # who brought it is not known

    def _collect(self, sets: tuple[graphql.SelectionSetNode, ...], kind: Any, actual: Any) -> dict[str, Selected]:
        key = (actual.name if actual is not None else None, *map(id, sets))
        if key not in self.collected:
            found: dict[str, Selected] = {}
            for one in sets:
                self._gather(one, kind, actual, found, sure=True, seen=set())
            self.collected[key] = found
        return self.collected[key]

    def _gather(
        self,
        chosen: graphql.SelectionSetNode,
        kind: Any,
        actual: Any,
        found: dict[str, Selected],
        *,
        sure: bool,
        seen: set[str],
    ) -> None:
        for one in chosen.selections:
            certain = sure and not _is_conditional(one.directives)
            if isinstance(one, graphql.FieldNode):
                key = one.alias.value if one.alias else one.name.value
                known = found.setdefault(key, Selected([], False))
                known.nodes.append(one)
                known.sure = known.sure or certain
                continue
            inner: graphql.InlineFragmentNode | graphql.FragmentDefinitionNode
            if isinstance(one, graphql.FragmentSpreadNode):
                if one.name.value in seen:
                    continue
                seen.add(one.name.value)
                inner = self.fragments[one.name.value]
            else:
                assert isinstance(one, graphql.InlineFragmentNode)
                inner = one
            applies = self._applies(inner.type_condition, kind, actual)
            if applies is not False:
                self._gather(inner.selection_set, kind, actual, found, sure=certain and bool(applies), seen=seen)

    def _applies(self, condition: graphql.NamedTypeNode | None, kind: Any, actual: Any) -> bool | None:
        """None where nobody can tell: the object does not say its type."""
        if condition is None:
            return True
        wanted = self.schema.get_type(condition.name.value)
        own = actual if actual is not None else kind
        if wanted is own:
            return True
        if actual is None:
            return None
        return bool(graphql.is_abstract_type(wanted) and self.schema.is_sub_type(wanted, actual))


def _leaf(value: Any, kind: graphql.GraphQLOutputType, at: Path) -> Iterator[Fault]:
    if isinstance(kind, graphql.GraphQLEnumType):
        if not isinstance(value, str) or value not in kind.values:
            yield at, "enum", f"{_named(value)} is no value of {kind}"
    elif not _is_scalar(value, str(kind)):
        yield at, "type", f"{_named(value)} is no {kind}"


def _is_conditional(directives: Iterable[graphql.DirectiveNode] | None) -> bool:
    return any(one.name.value in _CONDITIONS for one in directives or ())


def _is_scalar(value: Any, name: str) -> bool:
    """Of the five that the specification defines (3.5); what else there is may be anything."""
    match name:
        case "Int":
            return isinstance(value, int) and not isinstance(value, bool) and -_INT <= value < _INT
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "String":
            return isinstance(value, str)
        case "Boolean":
            return isinstance(value, bool)
        case "ID":
            return isinstance(value, str | int) and not isinstance(value, bool)
    return True


def _named(value: Any) -> str:
    return f"{value!r}"[:60]
