"""Pacts: what consumers say that they rely on, as they wrote it down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from harness.errors import BadDocument, EnvironmentFailed

MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """`method` and `path` (with its query) are empty for a message. `body` is the example that the consumer gave."""

    description: str
    states: tuple[str, ...] = ()
    method: str = ""
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PactFile:
    """`document` as parsed, of any specification version up to 4; `source` is a path or a URL."""

    source: str
    consumer: str
    provider: str
    interactions: tuple[Interaction, ...]
    document: Mapping[str, Any] = field(repr=False)

    @property
    def sends_requests(self) -> bool:
        """Whether any of it speaks HTTP."""
        return any(i.method for i in self.interactions)


def find_pacts(sources: Sequence[str], provider: str, *, timeout_s: float = 10.0) -> tuple[PactFile, ...]:
    """The pacts with `provider` from files, folders (searched in depth) and URLs of pact documents.

    Raises BadDocument for a broken one, EnvironmentFailed where a source can't be read or none is for `provider`.
    """
    every: list[PactFile] = []
    for source in sources:
        every += (
            _from_url(source, timeout_s) if source.startswith(("http://", "https://")) else _from_path(Path(source))
        )
    ours = tuple(pact for pact in every if pact.provider == provider)
    if not ours:
        others = ", ".join(sorted({pact.provider for pact in every}))
        raise EnvironmentFailed(
            f"No pact with the provider `{provider}` was found in {', '.join(sources) or 'no source at all'}."
            + (f" The pacts there are with: {others}." if others else " There is no pact there."),
            "Name the folder with the consumers' pact files, and the provider as they spell it.",
        )
    return ours


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
        request = about.get("request")
        if not isinstance(request, dict) or "method" not in request:
            yield Interaction(description=str(about["description"]), states=_states(about))
            continue
        query = request.get("query")
        tail = urlencode(query, doseq=True) if isinstance(query, dict) else str(query or "")
        yield Interaction(
            description=str(about["description"]),
            states=_states(about),
            method=str(request["method"]).upper(),
            path=str(request.get("path", "/")) + (f"?{tail}" if tail else ""),
            headers={n: ", ".join(v) if isinstance(v, list) else str(v) for n, v in request.get("headers", {}).items()},
            body=_body(request.get("body")),
        )


def _states(about: Mapping[str, Any]) -> tuple[str, ...]:
    states = about.get("providerStates")
    if isinstance(states, list):
        return tuple(str(state["name"]) for state in states)
    return (str(about["providerState"]),) if about.get("providerState") else ()


def _body(body: Any) -> str:
    content = body["content"] if isinstance(body, dict) and "content" in body else body
    if content is None:
        return ""
    return content if isinstance(content, str) else json.dumps(content)


def _from_path(path: Path) -> list[PactFile]:
    if path.is_dir():
        return [pact for file in sorted(path.rglob("*.json")) for pact in _from_path(file)]
    try:
        return [parse_pact(path.read_bytes(), str(path))]
    except OSError as error:
        raise EnvironmentFailed(f"The pact {path} could not be read: {error.strerror}.", "Mend the path.") from error


def _from_url(url: str, timeout_s: float) -> list[PactFile]:
    todo = "Name the URL of a pact document (not of a broker's page)."
    got = bytearray()
    try:
        with httpx.Client(timeout=timeout_s, follow_redirects=True) as client, client.stream("GET", url) as answer:
            if answer.status_code != 200:
                raise EnvironmentFailed(f"{url} answered {answer.status_code} where a pact was expected.", todo)
            for chunk in answer.iter_bytes():
                got += chunk
                if len(got) > MAX_BYTES:
                    raise EnvironmentFailed(f"The pact at {url} is over {MAX_BYTES // 1_000_000} MB.", todo)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EnvironmentFailed(f"The pact at {url} could not be fetched: {error}.", todo) from error
    return [parse_pact(bytes(got), url)]
