"""Pacts: what consumers say that they rely on, as they wrote it down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from harness.errors import BadDocument

ABSENT: Any = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """`method` and `path` (with its query) are empty for a message. `body` is the example that the consumer gave.

    `status` (0 for a message), `answer_headers` (names in lower case) and `answer`, the parsed example, are what it hopes for;
    `answer` is ABSENT where it says nothing of a body. `key` is the broker's identity of the interaction.
    """

    description: str
    states: tuple[str, ...] = ()
    method: str = ""
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    status: int = 0
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer: Any = ABSENT
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PactFile:
    """`document` as parsed, of any specification version up to 4; `source` is a path or a URL.

    `version` and `branch` are the consumer's, where a ledger knows them. One that is `pending` cannot fail the provider yet.
    """

    source: str
    consumer: str
    provider: str
    interactions: tuple[Interaction, ...]
    document: Mapping[str, Any] = field(repr=False)
    version: str = ""
    branch: str = ""
    pending: bool = False

    @property
    def content(self) -> str:
        """Names what it asks for (16 hex digits): equal for equal pacts, whoever wrote them out, in whatever order."""
        rows = [
            json.dumps({k: v for k, v in row.items() if not k.startswith("_")}, sort_keys=True)
            for name in ("interactions", "messages")
            for row in self.document.get(name, [])
        ]
        told = "\n".join([self.consumer, self.provider, *sorted(rows)])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def sends_requests(self) -> bool:
        """Whether any of it speaks HTTP."""
        return any(i.method for i in self.interactions)

    @property
    def requests_only(self) -> Mapping[str, Any]:
        """The document without its messages."""
        requests = [one for one in self.document.get("interactions", []) if _is_request(one)]
        return {**{k: v for k, v in self.document.items() if k != "messages"}, "interactions": requests}


def parse_pact(raw: bytes | str, source: str) -> PactFile:
    """Raises BadDocument where it is no pact."""
    try:
        document = json.loads(raw)
    except json.JSONDecodeError as error:
        raise BadDocument(
            f"It is not JSON: {error.msg}.", "Write the pact anew.", path=source, line=error.lineno
        ) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadDocument(f"It is not JSON: {error}.", "Write the pact anew.", path=source) from error
    try:
        consumer, provider = str(document["consumer"]["name"]), str(document["provider"]["name"])
        interactions = tuple(_interactions(document))
    except (KeyError, TypeError, AttributeError) as error:
        raise BadDocument(f"It is no pact: {_said(error)}.", "Write the pact anew.", path=source) from error
    return PactFile(source=source, consumer=consumer, provider=provider, interactions=interactions, document=document)


def _said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _interactions(document: Mapping[str, Any]) -> Iterator[Interaction]:
    for about in [*document.get("interactions", []), *document.get("messages", [])]:
        key = str(about.get("_id") or "")
        if not _is_request(about):
            yield Interaction(description=str(about["description"]), states=_states(about), key=key)
            continue
        request, response = about["request"], about.get("response") or {}
        query = request.get("query")
        tail = urlencode(query, doseq=True) if isinstance(query, dict) else str(query or "")
        yield Interaction(
            description=str(about["description"]),
            states=_states(about),
            method=str(request["method"]).upper(),
            path=str(request.get("path", "/")) + (f"?{tail}" if tail else ""),
            headers=_headers(request),
            body=_body(request.get("body")),
            status=int(response.get("status", 200)),
            answer_headers={name.lower(): value for name, value in _headers(response).items()},
            answer=_example(response),
            key=key,
        )


def _is_request(about: Mapping[str, Any]) -> bool:
    """Else it is a message."""
    return isinstance(about.get("request"), dict) and "method" in about["request"]


def _states(about: Mapping[str, Any]) -> tuple[str, ...]:
    states = about.get("providerStates")
    if isinstance(states, list):
        return tuple(str(state["name"]) for state in states)
    return (str(about["providerState"]),) if about.get("providerState") else ()


def _headers(about: Mapping[str, Any]) -> dict[str, str]:
    written = about.get("headers") or {}
    return {n: ", ".join(map(str, v)) if isinstance(v, list) else str(v) for n, v in written.items()}


def _example(about: Mapping[str, Any]) -> Any:
    """Version 4 wraps a body (`content`, `contentType`); what is encoded is no example that can be read."""
    if "body" not in about:
        return ABSENT
    body = about["body"]
    if not isinstance(body, dict) or "contentType" not in body:
        return body
    return ABSENT if body.get("encoded") else body.get("content", ABSENT)


def _body(body: Any) -> str:
    content = body["content"] if isinstance(body, dict) and "content" in body else body
    if content is None:
        return ""
    return content if isinstance(content, str) else json.dumps(content)
