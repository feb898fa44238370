"""The passive oracle: every answer that the load gets is held against the description. It sends nothing.

It stands on the hot path of the load process: no threads, no blocking, nothing of Schemathesis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from harness.contract.description import GRAPHQL, parse_description
from harness.contract.dialect import Schemas
from harness.contract.documented import documented
from harness.contract.exercise import Exercise
from harness.contract.grading import level_of
from harness.contract.graphql_answers import GraphQLAnswers
from harness.contract.oracle_spec import OracleSpec
from harness.contract.promise import MAX_BODY, Promise, Promises
from harness.contract.tally import Tally
from harness.model.curl import curl_line, hide
from harness.model.observer import Exchange
from harness.model.operation import Operation
from harness.model.window import Outcome

JUDGED = frozenset({Outcome.OK, Outcome.CLIENT_ERROR, Outcome.SERVER_ERROR, Outcome.FAILED})
MAX_KINDS = 5_000  # kinds of answer kept: content types are the server's to choose
MAX_GOOD = 4_096  # bodies known to be good
LOOKS, EVERY = 50, 64  # answers of a kind whose parameters and fields are looked at: the first, then a sample
SMALL = 16_384
TOO_LONG = f"it is over {MAX_BODY // 1_000_000} MB"


def path_of(url: str) -> str:
    """The path of a URL, without its query; a tenth of what urlsplit takes."""
    start = url.find("://")
    slash = url.find("/", start + 3 if start >= 0 else 0)
    return "/" if slash < 0 else url[slash:].partition("?")[0].partition("#")[0]


class _Kind:
    """One kind of answer: what is promised of it, how many came since the last telling, how many of them with a body that is too long to be
    judged, and the bodies that are known to be good."""

    __slots__ = ("good", "looked", "n", "promise", "too_long")

    def __init__(self, promise: Promise) -> None:
        self.promise = promise
        self.n = 0
        self.looked = 0
        self.too_long = 0
        self.good: set[int] = set()

    def holds(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether an answer is certainly good. A body that was good once is good again: the common case of reading the same thing."""
        promise = self.promise
        large = len(body) > SMALL
        if large and len(body) > MAX_BODY and promise.body is not None:
            self.too_long += 1
        if promise.always or (promise.headers and not promise.headers_hold(headers)):
            return False
        if promise.body is None:
            return True
        if large:
            return promise.body_holds(body)
        known = hash(body)
        if known in self.good:
            return True
        if not promise.body_holds(body):
            return False
        if len(self.good) >= MAX_GOOD:
            self.good.clear()
        self.good.add(known)
        return True


class Oracle:
    """An `Observer`. Only what got an answer is judged: a reset or a proxy's end of file is not the service's word. `schemas` compiles
    those of the document."""

    name = "oracle"

    def __init__(self, spec: OracleSpec, schemas: Callable[[Mapping[str, Any]], Schemas] = Schemas) -> None:
        description = parse_description(spec.document, source=spec.source, target_url=spec.target_url)
        self._spec = spec
        self._operations = description.operations
        self._by_name: Mapping[str, Operation] = {o.name: o for o in description.operations}
        self._chosen = frozenset(spec.operations)
        self._documented = documented(description.document, description.base_path)
        self._exercise = Exercise(description)
        self._promises = Promises(description.document, schemas(description.document))
        self._graphql = GraphQLAnswers(description.document) if description.kind == GRAPHQL else None
        self._endpoint = description.base_path
        self._answered: dict[tuple[str, int], int] = {}
        self._kinds: dict[tuple[str, int, str], _Kind] = {}
        self._tally = Tally()
        self._dropped: dict[tuple[str, int], int] = {}
        self._unjudged: list[dict[str, object]] = []
        self._unmatched = 0
        self._broken = 0
        self._breakage = ""

    def saw(self, exchange: Exchange) -> None:
        """Judge one answer. What goes wrong in here is counted and told as a row, never raised into the load."""
        if exchange.status == 0 or exchange.outcome not in JUDGED:
            return
        try:
            self._judge(exchange)
        except Exception as error:  # noqa: BLE001  the port forbids raising; `drain` tells it, and it makes the check unknown
            self._broken += 1
            self._breakage = self._breakage or f"{exchange.operation}: {type(error).__name__}: {error}"[:300]

    def drain(self) -> list[dict[str, object]]:
        """Rows by `kind`: finding, seen (operation, status, n), unread (operation, status, n, why), exercised (operation, items), unjudged,
        unmatched (n), broken (n)."""
        rows = self._tally.drain()
        rows += self._newly_unread()
        rows += [{"kind": "seen", "operation": o, "status": s, "n": n} for (o, s), n in self._newly_seen().items()]
        rows += self._exercise.drain()
        rows += self._unjudged
        if self._unmatched:
            rows.append({"kind": "unmatched", "n": self._unmatched})
        if self._broken:
            rows.append({"kind": "broken", "n": self._broken, "message": self._breakage})
        self._unjudged, self._unmatched, self._broken = [], 0, 0
        return rows

    def _judge(self, exchange: Exchange) -> None:
        if self._graphql is not None:
            self._judge_fields(self._graphql, exchange)
            return
        operation = self._by_name.get(exchange.operation)
        if operation is None or operation.method != exchange.method:
            operation = self._operations.match(exchange.method, path_of(exchange.url))
            if operation is None:
                self._unmatched += 1
                return
        name = operation.name
        if name not in self._chosen:
            return
        body = exchange.body
        content_type = exchange.headers.get("content-type", "")
        kind = self._kinds.get((name, exchange.status, content_type))
        if kind is None:
            kind = self._compile(operation, exchange.status, content_type)
        kind.n += 1
        if kind.looked < LOOKS or kind.n % EVERY == 0:
            kind.looked += 1
            self._look(name, exchange, content_type)
        if kind.holds(exchange.headers, body):
            return
        faults = kind.promise.faults(exchange.headers, body)
        if faults:
            self._take(name, exchange, faults)

    def _judge_fields(self, answers: GraphQLAnswers, exchange: Exchange) -> None:
        """GraphQL: all goes to one address, and the query says which operations it is."""
        asked = answers.asked(exchange) if path_of(exchange.url) == self._endpoint else None
        if asked is None:
            self._unmatched += 1
            return
        for name in self._chosen.intersection(asked.names.values()):
            key = (name, exchange.status)
            self._answered[key] = self._answered.get(key, 0) + 1
        for name, fault in answers.faults(asked, exchange):
            if name in self._chosen:
                self._take(name, exchange, (fault,))

    def _look(self, name: str, exchange: Exchange, content_type: str) -> None:
        """What it exercised. A sample is enough: what is asked is whether something was ever seen."""
        self._exercise.note(
            name,
            url=exchange.url,
            request_headers=exchange.request_headers,
            request_body=exchange.request_body,
            status=exchange.status,
            content_type=content_type,
            body=exchange.body,
        )

    def _compile(self, operation: Operation, status: int, content_type: str) -> _Kind:
        if len(self._kinds) >= MAX_KINDS:
            self._unjudged += self._newly_unread()
            self._dropped = self._newly_seen()
            self._kinds.clear()
        about = self._documented[operation.name]
        promise = self._promises.make(
            about.place, about.responses, operation.method, status, content_type, about.produces
        )
        kind = self._kinds[(operation.name, status, content_type)] = _Kind(promise)
        for why in promise.unjudged:
            self._unjudged.append({"kind": "unjudged", "operation": operation.name, "status": status, "why": why})
        return kind

    def _newly_unread(self) -> list[dict[str, object]]:
        """Answers whose body was not judged, though something is promised of it; before `_newly_seen`, which begins to count anew."""
        unread: list[dict[str, object]] = []
        for (operation, status, _), kind in self._kinds.items():
            why, n = (kind.promise.unread, kind.n) if kind.promise.unread else (TOO_LONG, kind.too_long)
            if n:
                unread.append({"kind": "unread", "operation": operation, "status": status, "n": n, "why": why})
            kind.too_long = 0
        return unread

    def _newly_seen(self) -> dict[tuple[str, int], int]:
        seen, self._dropped = {**self._dropped, **self._answered}, {}
        self._answered = {}
        for (operation, status, _), kind in self._kinds.items():
            if kind.n:
                seen[(operation, status)] = seen.get((operation, status), 0) + kind.n
                kind.n = 0
        return seen

    def _take(self, operation: str, exchange: Exchange, faults: tuple[tuple[str, str, str], ...]) -> None:
        for check, signature, message in faults:
            new = self._tally.add((operation, check, signature), level_of(check), exchange.end_ns)
            if new is None:
                continue
            new.message = self._clean(message)
            new.at_ns = exchange.end_ns
            new.curl = curl_line(
                exchange.method, exchange.url, exchange.request_headers, exchange.request_body, self._spec.secrets
            )
            new.first = {
                "method": exchange.method,
                "path": self._clean(urlsplit(exchange.url).path),
                "status": exchange.status,
                "body": self._clean(exchange.body[:400].decode(errors="replace")),
            }

    def _clean(self, text: str) -> str:
        return hide(text, self._spec.secrets).replace("\x00", "")
