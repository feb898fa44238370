"""Which requests ask for an effect, and under which key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from harness.model.call import pointed_at
from harness.model.effect import Effect
from harness.model.observer import Exchange
from harness.model.operation import Operation, Operations

__all__ = ["Asked", "key_of"]

_ROUTE = re.compile(r"([A-Z]+) (/\S*)")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1: they ask for nothing to be kept
_MOST_KNOWN = 10_000  # ids in paths: bound the memory


class Asked:
    """Finds the effect that a request asks for; of several that match, the first counts. Names first, so that most requests cost one look-up."""

    def __init__(self, effects: Iterable[Effect]) -> None:
        self._effects = tuple(effects)
        self._by_name = {effect.operation: effect for effect in reversed(self._effects)}
        self._routes = {effect.operation: _routes(effect.operation) for effect in self._effects}
        self._has_patterns = any(
            len(self._routes[e.operation]) or any(c in e.operation for c in "*?[") for e in self._effects
        )
        self._known: dict[tuple[str, str, str], Effect | None] = {}

    def of(self, operation: str, method: str, path: str) -> Effect | None:
        """None where it asks for none."""
        if method in _SAFE:
            return None
        named = self._by_name.get(operation)
        if named is not None or not self._has_patterns:
            return named
        asked = (operation, method, path)
        if asked not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[asked] = next((e for e in self._effects if self._matches(e, *asked)), None)
        return self._known[asked]

    def _matches(self, effect: Effect, operation: str, method: str, path: str) -> bool:
        spelling = effect.operation
        if fnmatchcase(operation, spelling) or fnmatchcase(f"{method} {path}", spelling):
            return True
        return self._routes[spelling].match(method, path) is not None


def key_of(effect: Effect, exchange: Exchange) -> str:
    """The key of the effect that a request asks for; empty where it carries none."""
    if effect.header:
        return exchange.request_headers.get(effect.header.lower(), "")
    if effect.key == "path":
        return urlsplit(exchange.url).path
    try:
        found = pointed_at(effect.key.removeprefix("body "), json.loads(exchange.request_body))
    except (ValueError, RecursionError):
        return ""
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _routes(spelling: str) -> Operations:
    found = _ROUTE.fullmatch(spelling)
    return Operations([Operation(name=spelling, method=found[1], template=found[2])] if found else [])
