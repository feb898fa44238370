"""What was asked and answered before: the ground on which further requests are made."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

KEEP = 3  # exchanges of one operation and status
MAX_BODY = 64 * 1024  # bytes; an exchange with a larger body is no ground to build on
GOOD = range(200, 300)
REFUSED = (404, 422, 409, 400, 410)
"""Statuses of a request that came past the login and yet changed nothing; what looked furthest into the service first."""
_CLIENTS_OWN = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`operation` is the name it is sent for; `url` is absolute."""

    operation: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def having(self, **headers: str | None) -> Request:
        """With these headers on top, underscores as hyphens; None takes one away."""
        return self.with_headers({name.replace("_", "-"): value for name, value in headers.items()})

    def with_headers(self, wanted: Mapping[str, str | None]) -> Request:
        """With these headers on top, whatever the case of their names; None takes one away."""
        given = {name.lower() for name in wanted}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in given}
        return replace(self, headers={**kept, **{name: value for name, value in wanted.items() if value is not None}})

    def header(self, name: str) -> str:
        """Empty where there is none; names in any case."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A request with its answer. `valid`: it was meant to be."""

    request: Request
    answer: Answer
    valid: bool = True

    def to_row(self) -> dict[str, Any]:
        """As JSON carries it."""
        sent, got = self.request, self.answer
        return {
            "kind": "witness",
            "operation": sent.operation,
            "method": sent.method,
            "url": sent.url,
            "headers": dict(sent.headers),
            "body": base64.b64encode(sent.body).decode(),
            "status": got.status,
            "answer_headers": dict(got.headers),
            "answer_body": base64.b64encode(got.body).decode(),
            "valid": self.valid,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Witness:
        """The inverse of `to_row`."""
        sent = Request(
            operation=row["operation"],
            method=row["method"],
            url=row["url"],
            headers=row["headers"],
            body=base64.b64decode(row["body"]),
        )
        body = base64.b64decode(row["answer_body"])
        got = Answer(status=row["status"], headers=row["answer_headers"], body=body)
        return cls(request=sent, answer=got, valid=row["valid"])


class Witnesses:
    """A few exchanges of each operation and status, those that were meant to be valid first."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[int, list[Witness]]] = {}

    def wants(self, operation: str, status: int, *, valid: bool) -> bool:
        """Whether one more of this kind would be kept; asked before it is built."""
        kept = self._kept.get(operation, {}).get(status, [])
        return len(kept) < KEEP or (valid and not kept[-1].valid)

    def add(self, one: Witness, *, first: bool = False) -> bool:
        """Whether it is kept; `first` puts it before all others, however many there are."""
        name, status = one.request.operation, one.answer.status
        if len(one.request.body) > MAX_BODY or not (first or self.wants(name, status, valid=one.valid)):
            return False
        if len(one.answer.body) > MAX_BODY:
            one = replace(one, answer=replace(one.answer, body=b""))
        sent = {n: v for n, v in one.request.headers.items() if n.lower() not in _CLIENTS_OWN and not _engines(n)}
        one = replace(one, request=replace(one.request, headers=sent))
        kept = self._kept.setdefault(name, {}).setdefault(status, [])
        kept.insert(0, one) if first else kept.append(one)
        kept.sort(key=lambda known: not known.valid)
        del kept[KEEP:]
        return True

    def of(self, operation: str) -> Iterator[Witness]:
        """All of an operation."""
        for kept in self._kept.get(operation, {}).values():
            yield from kept

    def good(self, operation: str) -> tuple[Witness, ...]:
        """Those that were served, valid ones first."""
        found = [one for one in self.of(operation) if one.answer.status in GOOD]
        return tuple(sorted(found, key=lambda one: not one.valid))

    def refused(self, operation: str) -> tuple[Witness, ...]:
        """Those that came past the login, and were refused for what they asked."""
        found = [one for one in self.of(operation) if one.answer.status in REFUSED]
        return tuple(sorted(found, key=lambda one: REFUSED.index(one.answer.status)))

    def any(self, operation: str) -> Witness | None:
        """The best ground there is: served, else refused, else whatever came."""
        for one in (*self.good(operation), *self.refused(operation), *self.of(operation)):
            return one
        return None


def _engines(name: str) -> bool:
    return name.lower().startswith("x-schemathesis-")
