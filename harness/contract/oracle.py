"""The passive oracle: every answer that the load gets is held against the description. It sends nothing.

It stands on the hot path of the load process: no threads, no blocking, nothing of Schemathesis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.contract.description import each_operation, operation_name, parse_description, resolve
from harness.contract.dialect import Schemas
from harness.contract.grading import level_of
from harness.contract.oracle_spec import OracleSpec
from harness.contract.promise import Promise, Promises
from harness.contract.tally import Tally
from harness.model.curl import curl_line, hide
from harness.model.observer import Exchange
from harness.model.operation import Operation
from harness.model.window import Outcome

JUDGED = frozenset({Outcome.OK, Outcome.CLIENT_ERROR, Outcome.SERVER_ERROR, Outcome.FAILED})
MAX_KINDS = 5_000  # kinds of answer kept: content types are the server's to choose
MAX_GOOD = 4_096  # bodies known to be good
SMALL = 16_384


class Oracle:
    """An `Observer`. Only what got an answer is judged: a reset or a proxy's end of file is not the service's word."""

    name = "oracle"

    def __init__(self, spec: OracleSpec) -> None:
        description = parse_description(spec.document, source=spec.source, target_url=spec.target_url)
        self._spec = spec
        self._operations = description.operations
        self._by_name: Mapping[str, Operation] = {o.name: o for o in description.operations}
        self._chosen = frozenset(spec.operations)
        self._documented = _documented(description.document, description.base_path)
        self._promises = Promises(description.document, Schemas(description.document))
        self._kinds: dict[tuple[str, int, str], Promise] = {}
        self._good: set[int] = set()
        self._tally = Tally()
        self._seen: dict[tuple[str, int], int] = {}
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
        """Rows by `kind`: finding, seen (operation, status, n), unjudged, unmatched (n), broken (n)."""
        rows = self._tally.drain()
        rows += [{"kind": "seen", "operation": o, "status": s, "n": n} for (o, s), n in self._seen.items()]
        rows += self._unjudged
        if self._unmatched:
            rows.append({"kind": "unmatched", "n": self._unmatched})
        if self._broken:
            rows.append({"kind": "broken", "n": self._broken, "message": self._breakage})
        self._seen, self._unjudged, self._unmatched, self._broken = {}, [], 0, 0
        return rows

    def _judge(self, exchange: Exchange) -> None:
        operation = self._by_name.get(exchange.operation)
        if operation is None or operation.method != exchange.method:
            operation = self._operations.match(exchange.method, urlsplit(exchange.url).path)
            if operation is None:
                self._unmatched += 1
                return
        if operation.name not in self._chosen:
            return
        status, body = exchange.status, exchange.body
        content_type = exchange.headers.get("content-type", "")
        kind = (operation.name, status, content_type)
        promise = self._kinds.get(kind) or self._compile(operation, status, content_type)
        counted = (operation.name, status)
        self._seen[counted] = self._seen.get(counted, 0) + 1
        if promise.body is None or promise.headers or promise.always or len(body) > SMALL:
            faults = promise.faults(exchange.headers, body)
        else:  # a body that was good once is good again: the common case of reading the same thing
            known = hash((id(promise), body))
            if known in self._good:
                return
            faults = promise.faults(exchange.headers, body)
            if not faults:
                self._remember(known)
        if faults:
            self._take(operation.name, exchange, faults)

    def _compile(self, operation: Operation, status: int, content_type: str) -> Promise:
        if len(self._kinds) >= MAX_KINDS:
            self._kinds.clear()
            self._good.clear()  # it knows promises by their id
        about = self._documented[operation.name]
        promise = self._promises.make(
            about.place, about.responses, operation.method, status, content_type, about.produces
        )
        self._kinds[(operation.name, status, content_type)] = promise
        for why in promise.unjudged:
            self._unjudged.append({"kind": "unjudged", "operation": operation.name, "status": status, "why": why})
        return promise

    def _remember(self, known: int) -> None:
        if len(self._good) >= MAX_GOOD:
            self._good.clear()
        self._good.add(known)

    def _take(self, operation: str, exchange: Exchange, faults: tuple[tuple[str, str, str], ...]) -> None:
        for check, signature, message in faults:
            new = self._tally.add((operation, check, signature), level_of(check))
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


@dataclass(frozen=True, slots=True)
class _Documented:
    """Where an operation's `responses` stand in the document, what they are, and what it produces (OpenAPI 2.0)."""

    place: tuple[str, ...]
    responses: Mapping[str, Any]
    produces: tuple[str, ...]


def _documented(document: Mapping[str, Any], base_path: str) -> dict[str, _Documented]:
    found: dict[str, _Documented] = {}
    for path, method, about in each_operation(document):
        if not isinstance(about, dict):
            continue
        name = operation_name(method, base_path + path, about)
        responses = resolve(document, about.get("responses"))
        kept = (
            {str(k): v for k, v in responses.items() if not str(k).startswith("x-")}
            if isinstance(responses, dict)
            else {}
        )
        produces = about.get("produces") or document.get("produces")
        media_types = tuple(str(one) for one in produces) if isinstance(produces, list) else ()
        found[name] = _Documented(("paths", path, method, "responses"), kept, media_types)
    return found
