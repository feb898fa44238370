"""A request that is prepared before the load starts, for load that has no locustfile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A value out of an earlier answer: of the call named `call`, where its status fits one of `statuses` (`202`, `2XX`, `default`).

    It stands in the JSON body at `pointer` (RFC 6901), or, where `header` is given, in that header.
    """

    call: str
    statuses: tuple[str, ...] = ("2XX",)
    pointer: str = ""
    header: str = ""

    def fits(self, status: int) -> bool:
        """Whether an answer of that status holds the value."""
        return any(
            one == str(status) or one.upper() == f"{status // 100}XX" or one == "default" for one in self.statuses
        )

    def read(self, headers: Mapping[str, str], body: Any) -> str | None:
        """The value as it goes into a path, or None where the answer lacks it. `headers` by lower-case name; `body` is parsed JSON."""
        if self.header:
            return headers.get(self.header.lower())
        value = pointed_at(self.pointer, body)
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, str | int | float) else None


def pointed_at(pointer: str, body: Any) -> Any:
    """What stands in parsed JSON at a pointer (RFC 6901), None where nothing does."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(body, dict) and key in body:
            body = body[key]
        elif isinstance(body, list) and key.isdecimal() and int(key) < len(body):
            body = body[int(key)]
        else:
            return None
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One concrete request of a call. `path` holds its query too, and `{name}` where a taken value goes."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`name` is the operation's identity, or what the scenario calls it. `takes` says where the `{name}`s of its paths come from; headers
    named in `fresh` get a new idempotency key each time."""

    name: str
    method: str
    variants: tuple[Variant, ...]
    weight: float = 1.0
    takes: Mapping[str, Taken] = field(default_factory=dict)
    fresh: tuple[str, ...] = ()


def fill(path: str, values: Mapping[str, str]) -> str:
    """The path with its `{name}`s replaced, each value quoted as one path segment."""
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    return path


def without_source(calls: Iterable[Call]) -> frozenset[str]:
    """Names of calls that can never be made: what they take comes from calls that are not there, or that need them in turn."""
    open_ones = {call.name: {taken.call for taken in call.takes.values()} for call in calls}
    made: set[str] = set()
    while ready := [name for name, needs in open_ones.items() if needs <= made]:
        made.update(ready)
        for name in ready:
            del open_ones[name]
    return frozenset(open_ones)


def calls_to_message(calls: tuple[Call, ...]) -> list[dict[str, object]]:
    """As plain data, which msgpack can carry."""
    return [
        {
            "name": call.name,
            "method": call.method,
            "variants": [[one.path, dict(one.headers), one.body] for one in call.variants],
            "weight": call.weight,
            "takes": {p: [t.call, list(t.statuses), t.pointer, t.header] for p, t in call.takes.items()},
            "fresh": list(call.fresh),
        }
        for call in calls
    ]


def calls_from_message(rows: list[Any]) -> tuple[Call, ...]:
    """What `calls_to_message` made."""
    return tuple(
        Call(
            name=row["name"],
            method=row["method"],
            variants=tuple(Variant(path=path, headers=headers, body=body) for path, headers, body in row["variants"]),
            weight=row["weight"],
            takes={
                parameter: Taken(call=call, statuses=tuple(statuses), pointer=pointer, header=header)
                for parameter, (call, statuses, pointer, header) in row["takes"].items()
            },
            fresh=tuple(row["fresh"]),
        )
        for row in rows
    )
