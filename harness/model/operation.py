"""An operation of the target: the identity that fuzzing, pacts, load, oracle and audit share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from harness.errors import BadInput
from harness.model.nearest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`name` is the operationId, else `METHOD /template`. `template` includes any base path of the description."""

    name: str
    method: str
    template: str
    tags: tuple[str, ...] = ()

    @property
    def route(self) -> str:
        """`METHOD /template`."""
        return f"{self.method} {self.template}"


class Operations:
    """The operations of one target: requests are matched to them by method and path, names resolved by any spelling."""

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self._all = tuple(operations)
        # Literal templates first, then those with fewest parameters: /orders/mine wins over /orders/{id} (OpenAPI 3.1, Paths Object).
        ranked = sorted(self._all, key=lambda o: o.template.count("{"))
        # A parameter holds no slash, so only templates with as many can match. There may be ten thousand: patterns are made when they are needed.
        self._near: dict[tuple[str, int], list[tuple[str, Operation]]] = {}
        for one in ranked:
            literal = one.template.partition("{")[0]
            self._near.setdefault((one.method, one.template.count("/")), []).append((literal, one))
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._cache: dict[tuple[str, str], Operation | None] = {}

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def match(self, method: str, path: str) -> Operation | None:
        """The operation that serves `method path` (query ignored), or None."""
        key = (method.upper(), path.partition("?")[0])
        if key not in self._cache:
            if len(self._cache) > 10_000:  # ids in paths: bound the memory, not the hit rate of the common ones
                self._cache.clear()
            near = self._near.get((key[0], key[1].count("/")), ())
            self._cache[key] = next(
                (one for literal, one in near if key[1].startswith(literal) and self._serves(one.template, key[1])),
                None,
            )
        return self._cache[key]

    def _serves(self, template: str, path: str) -> bool:
        pattern = self._patterns.get(template)
        if pattern is None:
            pattern = self._patterns[template] = _pattern(template)
        return pattern.fullmatch(path) is not None

    def resolve(self, spelling: str, also: Iterable[str] = ()) -> tuple[str, ...]:
        """Names meant by an operationId, `METHOD /template`, `tag:x` or a glob; `also` are names that no description knows.

        Raises BadInput with the nearest spelling where nothing matches.
        """
        names = [o.name for o in self._all] + [name for name in also if all(name != o.name for o in self._all)]
        if spelling.startswith("tag:"):
            found = [o.name for o in self._all if spelling[4:] in o.tags]
        else:
            routes = {o.route: o.name for o in self._all}
            found = [routes[spelling]] if spelling in routes else [n for n in names if fnmatchcase(n, spelling)]
        if not found:
            raise BadInput(f"No operation is called `{spelling}`.", did_you_mean(spelling, names))
        return tuple(found)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))
