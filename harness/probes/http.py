"""A number in an HTTP answer: its body, its status, how long it took, a place in its JSON, a metric in its text."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from harness.errors import ProbeSilent
from harness.model import Probe
from harness.model.loopback import is_loopback
from harness.probes.exposition import Selector, parse_exposition

__all__ = ["MOST_BYTES", "Answer", "Web", "number_at", "number_of"]

MOST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how many seconds it took."""

    status: int
    body: bytes
    seconds: float


@dataclass(slots=True)
class Web:
    """Asks the server of one probe, on one connection that is kept."""

    probe: Probe
    verify: bool | str
    _client: httpx.Client | None = field(default=None, init=False)

    def get(self, url: str, params: dict[str, str] | None = None) -> Answer:
        """Raises ProbeSilent when there is no whole answer in time, or too long a one."""
        began = time.monotonic()
        body = bytearray()
        try:
            with self._ours(url).stream("GET", url, params=params, headers=dict(self.probe.headers)) as answer:
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise ProbeSilent(f"the answer is over {MOST_BYTES // 1_000_000} MB")
                    if time.monotonic() - began > self.probe.timeout:
                        raise ProbeSilent(f"the answer was not whole after {self.probe.timeout:g} s")
                return Answer(answer.status_code, bytes(body), time.monotonic() - began)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            said = str(error).strip()
            raise ProbeSilent(f"{type(error).__name__}{f': {said}' if said else ''}") from error

    def json(self, url: str, params: dict[str, str] | None = None) -> Any:
        """The document at a URL. Raises ProbeSilent, also where the answer is no JSON."""
        answer = self.get(url, params)
        try:
            document = json.loads(answer.body)
        except ValueError as error:
            raise ProbeSilent(f"answered {answer.status}, and no JSON") from error
        if answer.status >= 400 and not isinstance(document, dict):
            raise ProbeSilent(f"answered {answer.status}")
        return document

    def _ours(self, url: str) -> httpx.Client:
        if self._client is None:
            local = is_loopback(urlsplit(url).hostname or "")  # proxies of the environment are not for loopback
            self._client = httpx.Client(
                verify=self.verify, timeout=self.probe.timeout, trust_env=not local, follow_redirects=True
            )
        return self._client


def number_at(web: Web) -> float:
    """As the probe's `read` says. Raises ProbeSilent."""
    return number_of(web.get(web.probe.ask), web.probe.read)


def number_of(answer: Answer, read: str) -> float:
    """The number in an answer. An error status has only that number, and the time it took."""
    what, _, where = read.partition(" ")
    if what == "status":
        return float(answer.status)
    if what == "seconds":
        return answer.seconds
    if answer.status >= 400:
        raise ProbeSilent(f"answered {answer.status}")
    text = answer.body.decode(errors="replace")
    if what == "metric":
        return Selector.parse(where).one_of(parse_exposition(text))
    return _number(text.strip()) if what == "body" else _in_json(text, where)


def _in_json(text: str, path: str) -> float:
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise ProbeSilent("the answer is no JSON") from error
    walked = ""
    for step in path.split("."):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ProbeSilent(f"there is no `{step}` {f'under `{walked}`' if walked else 'in the answer'}") from error
        walked = f"{walked}.{step}".lstrip(".")
    if isinstance(found, bool):
        return float(found)
    return _number(found)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ProbeSilent(f"{str(value)[:60]!r} is not a number") from error
