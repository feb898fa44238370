"""One call to a Toxiproxy, repeated until it is answered: what the network undos share."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from harness.guard.undo import Outcome

__all__ = ["Answer", "Body", "ask", "curl", "path_of", "says_its_version", "settle"]

Body = Mapping[str, Any] | None

_CALL_S = 2.0  # a healthy server answers in under a millisecond; a wedged one (its issue 558) in 25 s with 503
_PAUSE_S = 0.1
_REFUSALS = 3  # in a row, on this machine, before nobody is taken to listen there


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call; `status` is 0 where nobody answered, or nobody listens."""

    outcome: Outcome
    status: int = 0
    text: str = ""

    @property
    def proxy(self) -> Body:
        """The proxy that was asked for, with its toxics; None where it is not there or did not say."""
        try:
            found: Body = json.loads(self.text) if self.status == 200 else None
        except ValueError:
            return None
        return found if isinstance(found, dict) and "toxics" in found else None


def path_of(*names: str) -> str:
    """`/proxies/<name>/...` with every name quoted."""
    return "".join("/" + quote(name, safe="") for name in names)


def curl(method: str, url: str, path: str, body: Body = None, *, token_env: str = "") -> str:
    """The same call for a person's shell."""
    token = f' -H "Authorization: Bearer ${token_env}"' if token_env else ""
    data = f" -d '{json.dumps(body)}'" if body is not None else ""
    return f"curl -X {method}{token}{data} '{url.rstrip('/')}{path}'"


def settle(method: str, url: str, path: str, body: Body, within_s: float, *, token_env: str = "") -> Outcome:
    """Call until answered with 2xx, or with 404: what is not there needs no undo. The token is read from the environment."""
    return _until_answered(method, url, path, body, within_s, token_env).outcome


def ask(url: str, proxy: str, within_s: float, *, token_env: str = "") -> Answer:
    """How a proxy stands, asked until it is answered."""
    answer = _until_answered("GET", url, path_of("proxies", proxy), None, within_s, token_env)
    if answer.status == 200 and answer.proxy is None:
        return Answer(Outcome(False, f"{url} answered with something that is no proxy: {answer.text[:80]!r}"))
    return answer


def says_its_version(url: str, within_s: float, *, token_env: str = "") -> bool:
    """One that stands still as a whole does not: it would carry out whatever is asked of it when it goes on."""
    try:
        return _call("GET", url, "/version", None, max(0.3, within_s), os.environ.get(token_env, ""))[0] == 200
    except (OSError, ValueError):
        return False


def _until_answered(method: str, url: str, path: str, body: Body, within_s: float, token_env: str) -> Answer:
    deadline, refusals, seen = time.monotonic() + within_s, 0, "no time was left"
    while (left := deadline - time.monotonic()) > 0:
        try:
            status, text = _call(method, url, path, body, min(_CALL_S, left), os.environ.get(token_env, ""))
        except ConnectionRefusedError as error:
            refusals, seen = refusals + 1, str(error)
            if refusals >= _REFUSALS and _on_this_machine(url):
                return Answer(Outcome(True, "nobody listens there any more; what was set went with it"))
        except (OSError, ValueError) as error:
            refusals, seen = 0, f"{type(error).__name__}: {error}"
        else:
            if method == "PATCH" and (status == 405 or (status == 404 and not text.startswith("{"))):
                method = "POST"  # a server before 2.6 knows no PATCH
                continue
            if status < 300 or status == 404 or (method == "POST" and status == 409):
                return Answer(Outcome(True, f"{method} {path}: {status}"), status, text)
            refusals, seen = 0, f"{status} {text[:200]}"
        time.sleep(min(_PAUSE_S, max(0.0, deadline - time.monotonic())))
    return Answer(Outcome(False, f"{method} {url}{path}: {seen}"))


def _call(method: str, url: str, path: str, body: Body, timeout_s: float, token: str) -> tuple[int, str]:
    """Raises OSError, or ValueError for an answer that is not HTTP."""
    # Not at the top: it takes longer to load than the whole guard, which does so once it is ready.
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(url)
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = make(parts.hostname or "127.0.0.1", parts.port, timeout=timeout_s)
    try:
        data = json.dumps(body).encode() if body is not None else None
        # A browser's user agent would be refused with 403.
        headers = {"User-Agent": "api-harness-guard"} | ({"Authorization": f"Bearer {token}"} if token else {})
        connection.request(method, parts.path.rstrip("/") + path, data, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except HTTPException as error:
        raise ValueError(repr(error)) from error
    finally:
        connection.close()


def _on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None
