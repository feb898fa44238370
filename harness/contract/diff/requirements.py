"""Security requirements: which credentials open an operation. Alternatives stand beside each other; within one, all schemes are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.contract.diff.change import Touch
from harness.contract.diff.node import Node
from harness.contract.diff.raised import Raised

Alternative = Mapping[str, frozenset[str]]  # schemes with their scopes; none: anybody may come
ANYBODY: Alternative = {}


def requirement_changes(old: Node, new: Node, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Raised]:
    """Of one operation; `before` and `after` are the documents, which say what holds where an operation says nothing.

    A client that keeps to an old alternative is let in where some new one asks for nothing more.
    """
    ways = alternatives(new.mapping.get("security", after.get("security")))
    for one in alternatives(old.mapping.get("security", before.get("security"))):
        if not any(opens(one, way) for way in ways):
            rule, said = _refused(one, ways)
            yield Raised(rule=rule, place=(*new.place, "security"), message=said, touch=Touch(part="operation"))


def alternatives(wanted: Any) -> tuple[Alternative, ...]:
    """Each once. An empty list, or none, is open to anybody."""
    listed = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
    ways: list[Alternative] = []
    for one in listed or [{}]:
        way = {str(name): _scopes(value) for name, value in one.items()}
        if way not in ways:
            ways.append(way)
    return tuple(ways)


def _scopes(value: Any) -> frozenset[str]:
    return frozenset(str(scope) for scope in value) if isinstance(value, list) else frozenset()


def opens(held: Alternative, wanted: Alternative) -> bool:
    """Whether who holds one alternative has all that another one asks for."""
    return all(name in held and scopes <= held[name] for name, scopes in wanted.items())


def _refused(one: Alternative, ways: tuple[Alternative, ...]) -> tuple[str, str]:
    wanted = " or ".join(sorted(_named(way) for way in ways))
    if not one:
        return "api-security-anonymous-access-removed", f"it needs {wanted} now; it needed no credentials"
    for way in ways:
        if way.keys() <= one.keys():
            more = {name: scopes - one[name] for name, scopes in way.items() if scopes - one[name]}
            said = " and ".join(f"{name} needs the scope {', '.join(sorted(more[name]))}" for name in sorted(more))
            return "api-security-scope-added", f"{said} now"
    return "api-security-removed", f"{_named(one)} no longer opens it; {wanted} does"


def _named(way: Alternative) -> str:
    return " with ".join(sorted(way)) or "nothing"
