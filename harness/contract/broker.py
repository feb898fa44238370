"""A Pact Broker over HTTP: its links are followed (HAL), every call is bounded, and credentials stay with its own origin."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from harness.errors import EnvironmentFailed

MAX_BYTES = 20_000_000
REQUEST_S = 10.0
Document = dict[str, Any]
Environ = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What opens a broker: a bearer token, or a user with a password."""

    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_environ(cls, environ: Environ) -> Credentials:
        """The variables that every Pact tool reads: PACT_BROKER_TOKEN, PACT_BROKER_USERNAME, PACT_BROKER_PASSWORD."""
        return cls(
            token=environ.get("PACT_BROKER_TOKEN", ""),
            user=environ.get("PACT_BROKER_USERNAME", ""),
            password=environ.get("PACT_BROKER_PASSWORD", ""),
        )

    @property
    def headers(self) -> dict[str, str]:
        """For a request. A token wins."""
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if self.user:
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {}


class Broker:
    """`timeout_s` bounds each call as a whole, a slow answer's every byte included. Every failure is an EnvironmentFailed that says
    which call, what came back, and what to do."""

    def __init__(self, url: str, http: httpx.Client, credentials: Credentials, *, timeout_s: float = REQUEST_S) -> None:
        self.url = url.rstrip("/")
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.url))
        self._http = http
        self._headers = {"Accept": "application/hal+json, application/json", **credentials.headers}
        self._timeout_s = timeout_s
        self._index: Document = {}

    @classmethod
    @contextmanager
    def at(cls, url: str, credentials: Credentials | None = None, *, timeout_s: float = REQUEST_S) -> Iterator[Broker]:
        """Opened for a while. Without credentials the environment's are taken."""
        with httpx.Client(timeout=timeout_s, trust_env=not _is_here(url)) as http:
            yield cls(url, http, credentials or Credentials.from_environ(os.environ), timeout_s=timeout_s)

    def index(self) -> Document:
        """The broker's first page, read once."""
        if not self._index:
            self._index = self.get(self.url)
        return self._index

    def get(self, url: str) -> Document:
        """One document."""
        return self._ask("GET", url)

    def post(self, url: str, body: Mapping[str, Any]) -> Document:
        """Send a document."""
        return self._ask("POST", url, body)

    def put(self, url: str, body: Mapping[str, Any]) -> Document:
        """Send a document to where it shall stand."""
        return self._ask("PUT", url, body)

    def link(self, document: Mapping[str, Any], relation: str, **values: str) -> str:
        """The URL that a document links to. Raises EnvironmentFailed where it has no such link."""
        links = document.get("_links")
        link = links.get(relation) if isinstance(links, dict) else None
        href = link.get("href") if isinstance(link, dict) else None
        if not isinstance(href, str):
            raise EnvironmentFailed(
                f"The broker at {self.url} offers no link `{relation}`.",
                "Is this the URL of a Pact Broker's first page, and is the broker recent (2.86 or later)?",
            )
        for name, value in values.items():
            href = href.replace("{" + name + "}", quote(value, safe=""))
        return href

    def _ask(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Document:
        url = self._ours(url)
        content = None if body is None else json.dumps(body).encode()
        headers = self._headers if content is None else {**self._headers, "Content-Type": "application/json"}
        try:
            with self._http.stream(method, url, content=content, headers=headers, follow_redirects=False) as answer:
                raw = self._read(answer, time.monotonic() + self._timeout_s)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = str(error) or type(error).__name__
            if isinstance(error, httpx.TimeoutException):
                said = f"no answer within {self._timeout_s:g} s"
            raise EnvironmentFailed(
                f"{method} {url} got no answer: {said}.", "Is the broker up, and is its URL right?"
            ) from error
        self._refuse_bad(method, url, answer, raw)
        return self._parsed(method, url, raw)

    def _read(self, answer: httpx.Response, deadline: float) -> bytes:
        got = bytearray()
        for chunk in answer.iter_bytes():
            got += chunk
            if len(got) > MAX_BYTES or time.monotonic() > deadline:
                limit = (
                    f"{MAX_BYTES // 1_000_000} MB" if len(got) > MAX_BYTES else f"{self._timeout_s:g} s, and goes on"
                )
                raise EnvironmentFailed(
                    f"The broker's answer from {answer.url} is over {limit}.", "Look at the broker."
                )
        return bytes(got)

    def _refuse_bad(self, method: str, url: str, answer: httpx.Response, raw: bytes) -> None:
        if answer.is_success:
            return
        said = " ".join(raw[:600].decode(errors="replace").split())[:300]
        if answer.status_code in (401, 403):
            todo = "Set PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD."
        elif answer.is_redirect:
            todo = f"Name the URL that it redirects to: {answer.headers.get('location', '?')}"
        elif answer.is_server_error:
            todo = "That is the broker's own failure: look at its log, and try again."
        else:
            todo = "Check the names and versions, and the broker's URL."
        raise EnvironmentFailed(
            f"{method} {url} was answered with {answer.status_code}{f': {said}' if said else ''}.", todo
        )

    def _parsed(self, method: str, url: str, raw: bytes) -> Document:
        if not raw.strip():
            return {}
        try:
            document = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise EnvironmentFailed(
                f"The broker answered {method} {url} with what is no JSON.", "Is this the URL of a Pact Broker?"
            ) from error
        if not isinstance(document, dict):
            raise EnvironmentFailed(
                f"The broker answered {method} {url} with no object.", "Is this the URL of a Pact Broker?"
            )
        return document

    def _ours(self, href: str) -> str:
        """Links lead back to the origin that was named: a broker behind a proxy may not know its own, and credentials go nowhere else."""
        parts = urlsplit(href)
        return f"{self._origin}{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def embedded(document: Mapping[str, Any], name: str) -> Sequence[Document]:
    """What a HAL document carries under a name."""
    inside = document.get("_embedded")
    rows = inside.get(name) if isinstance(inside, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _is_here(url: str) -> bool:
    return (urlsplit(url).hostname or "").startswith(("127.", "localhost", "::1"))


def fetch_text(url: str, *, timeout_s: float = REQUEST_S) -> bytes:
    """One document from a URL, bounded in size and time. Raises EnvironmentFailed."""
    deadline = time.monotonic() + timeout_s
    got = bytearray()
    try:
        with (
            httpx.Client(timeout=timeout_s, trust_env=not _is_here(url), follow_redirects=True) as http,
            http.stream("GET", url) as answer,
        ):
            for chunk in answer.iter_bytes():
                got += chunk
                if len(got) > MAX_BYTES or time.monotonic() > deadline:
                    raise EnvironmentFailed(f"The document at {url} is too large, or does not end.", "Name a file.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EnvironmentFailed(
            f"GET {url} got no answer: {error or type(error).__name__}.", "Is the URL right?"
        ) from error
    if answer.status_code != 200:
        raise EnvironmentFailed(f"GET {url} was answered with {answer.status_code}.", "Is the URL right?")
    return bytes(got)
