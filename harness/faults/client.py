"""The one seam to a Toxiproxy server.

Takes and returns toxiproxy-python's `Proxy` and `Toxic` (its own transport is one global host without time-outs, so call none of their
methods). Every change is read back: what was asked equals what is in force, or ToxiproxyError.
API of Toxiproxy 2.12 and 2.13: https://github.com/Shopify/toxiproxy#http-api
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from toxiproxy.proxy import Proxy
from toxiproxy.toxic import Toxic

from harness import __version__
from harness.errors import ToxiproxyError
from harness.faults.refusals import AlreadyThere, NobodyListens, NoSuchRoute, NotThere, Refused, Unreachable
from harness.faults.toxics.wire import Wire
from harness.model import Target
from harness.model.loopback import is_loopback

__all__ = ["Contents", "ToxiproxyClient"]

# What stands on a server: name of proxy -> the proxy and its toxics by name.
Contents = dict[str, tuple[Proxy, dict[str, Toxic]]]

_TIMEOUT_S = 2.0  # a healthy server answers in under 1 ms; a wedged one says 503 after 25 s
_AGREE_S = 2.0
_FLOAT32 = 1e-6  # toxicity travels as a 32-bit float


class ToxiproxyClient:
    """One server. Safe to share between threads. Every method raises ToxiproxyError or a kind of it."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = _TIMEOUT_S,
        token: str = "",
        token_env: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`token` is the bearer token of Toxiproxy 2.13; `token_env` names the variable that holds it, for guards and people."""
        self.url = url.rstrip("/")
        self.token_env = token_env
        self._ahead_s = 0.0
        headers = {"User-Agent": f"harness/{__version__}"}  # one that begins with Mozilla is answered 403
        if token:
            headers["Authorization"] = f"Bearer {token}"
        headers["Accept"] = "application/json"
        self._headers, self._timeout_s = headers, timeout_s
        # No httpx.Client: what it adds (cookies, redirects, proxies of the environment) is of no use here, and takes a quarter of a call's time.
        self._http = transport or httpx.HTTPTransport(trust_env=False)
        self._posts = False  # learnt at the first change

    @classmethod
    def of(cls, target: Target) -> ToxiproxyClient:
        """The one of a target, with its token."""
        return cls(target.toxiproxy, token=target.toxiproxy_token, token_env=target.toxiproxy_token_env)

    def __enter__(self) -> ToxiproxyClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Drop pooled connections."""
        self._http.close()

    @property
    def is_local(self) -> bool:
        """Whether it is reached over loopback, so that this machine's guard process can always reach it, too."""
        return is_loopback(urlsplit(self.url).hostname or "")

    def server_time(self, wall: float) -> float:
        """`wall`, seconds since the epoch by this machine, as the server's own clock would say it; from its last answer.

        Deadlines in names are told on that one clock, whichever machine reads them. Up to 2 s of difference are taken for none,
        since the server says whole seconds.
        """
        return wall + self._ahead_s if abs(self._ahead_s) > _AGREE_S else wall

    def version(self) -> str:
        """As the server says it; no proof of life, for a wedged server answers this too."""
        return str(self._call("GET", "/version").get("version", ""))

    def contents(self) -> Contents:
        """Everything at once; proof of life."""
        found = self._call("GET", "/proxies")
        return {name: (_proxy(about), _toxics(about["toxics"])) for name, about in found.items()}

    def proxies(self) -> dict[str, Proxy]:
        """Every proxy by name."""
        return {name: proxy for name, (proxy, _) in self.contents().items()}

    def proxy(self, name: str) -> Proxy:
        """Raises NotThere."""
        return self.standing(name)[0]

    def standing(self, name: str) -> tuple[Proxy, dict[str, Toxic]]:
        """A proxy with its toxics, in one answer. Raises NotThere."""
        about = self._call("GET", _path(name))
        return _proxy(about), _toxics(about["toxics"])

    def create_proxy(self, name: str, *, listen: str, upstream: str, enabled: bool = True) -> Proxy:
        """Raises AlreadyThere, and ToxiproxyError where the port is taken."""
        body = {"name": name, "listen": listen, "upstream": upstream, "enabled": enabled}
        made = _proxy(self._call("POST", "/proxies", body))
        self._expect(f"proxy `{name}`", {"upstream": upstream, "enabled": enabled}, vars(self.proxy(name)))
        return made

    def update_proxy(
        self, name: str, *, listen: str | None = None, upstream: str | None = None, enabled: bool | None = None
    ) -> Proxy:
        """A new address restarts the proxy and drops its connections."""
        asked = {"listen": listen, "upstream": upstream, "enabled": enabled}
        body = {key: value for key, value in asked.items() if value is not None}
        self._change(_path(name), body)
        now = self.proxy(name)
        body.pop("listen", None)  # `localhost:1` reads back as `127.0.0.1:1`
        self._expect(f"proxy `{name}`", body, vars(now))
        return now

    def enable(self, name: str) -> Proxy:
        """Listen again."""
        return self.update_proxy(name, enabled=True)

    def disable(self, name: str) -> Proxy:
        """Close every connection and refuse new ones."""
        return self.update_proxy(name, enabled=False)

    def delete_proxy(self, name: str) -> None:
        """Raises NotThere."""
        self._call("DELETE", _path(name))

    def toxics(self, proxy: str) -> dict[str, Toxic]:
        """Every toxic of a proxy by name."""
        return _toxics(self._call("GET", _path(proxy, "toxics")))

    def toxic(self, proxy: str, name: str) -> Toxic:
        """Raises NotThere."""
        return Toxic(**self._call("GET", _path(proxy, "toxics", name)))

    def add_toxic(self, proxy: str, name: str, wire: Wire) -> Toxic:
        """Raises AlreadyThere where a toxic of that name stands on the proxy, in either stream."""
        asked = _asked(name, wire)
        self._call("POST", _path(proxy, "toxics"), asked)
        return self._read_back(proxy, name, asked)

    def take_down(self, proxy: str, name: str, marker: Wire) -> None:
        """`add_toxic` and `disable`, both read back in one answer: the marker comes first, so that a proxy that is down says whose it is."""
        asked = _asked(name, marker)
        self._call("POST", _path(proxy, "toxics"), asked)
        self._change(_path(proxy), {"enabled": False})
        about, toxics = self.standing(proxy)
        self._expect(f"proxy `{proxy}`", {"enabled": False}, vars(about))
        self._expect(f"toxic `{name}` on proxy `{proxy}`", asked, vars(toxics[name]) if name in toxics else {})

    def update_toxic(self, proxy: str, name: str, *, attributes: Mapping[str, float], toxicity: float) -> Toxic:
        """Connections that are open keep their buffers; toxicity is rolled again for each."""
        asked = {"attributes": dict(attributes), "toxicity": toxicity}
        self._change(_path(proxy, "toxics", name), asked)
        return self._read_back(proxy, name, asked)

    def delete_toxic(self, proxy: str, name: str, *, timeout_s: float | None = None) -> None:
        """Raises NotThere. May hang while a client reads nothing (Toxiproxy issue 558): Unreachable after `timeout_s`."""
        self._call("DELETE", _path(proxy, "toxics", name), timeout_s=timeout_s)

    def _change(self, path: str, body: Any) -> None:
        """PATCH; POST where the server knows no PATCH, as those before 2.6. Its own 404 is JSON, that of a missing route is not."""
        if not self._posts:
            try:
                self._call("PATCH", path, body)
                return
            except NoSuchRoute:
                self._posts = True
        self._call("POST", path, body)

    def _read_back(self, proxy: str, name: str, asked: dict[str, Any]) -> Toxic:
        now = self.toxic(proxy, name)
        self._expect(f"toxic `{name}` on proxy `{proxy}`", asked, vars(now))
        return now

    def _expect(self, thing: str, asked: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """An unknown attribute vanishes silently, a missing one is 0: only reading back tells."""
        for key, value in asked.items():
            now = found.get(key)
            if key == "attributes":
                same = {name: now.get(name) for name in value} == value if isinstance(now, dict) else False
            elif isinstance(value, float):
                same = isinstance(now, (int, float)) and abs(now - value) <= _FLOAT32
            else:
                same = now == value
            if not same:
                raise ToxiproxyError(
                    f"Toxiproxy at {self.url} took {key} {value} of {thing} but has {now} in force.",
                    "Somebody else may be changing it, or the server is of an unknown version; compare with "
                    f"`curl {self.url}/proxies`.",
                )

    def _call(self, method: str, path: str, body: Any = None, *, timeout_s: float | None = None) -> Any:
        try:
            answer = self._send(method, path, body, self._timeout_s if timeout_s is None else timeout_s)
        except httpx.TimeoutException as error:
            raise Unreachable(
                f"Toxiproxy at {self.url} did not answer {method} {path} in time.",
                "It may be wedged, as 2.12 can be when a toxic is removed under a client that does not read "
                "(its issue 558). Restart it, or delete and recreate the proxy.",
            ) from error
        except httpx.HTTPError as error:
            kind = NobodyListens if _was_refused(error) else Unreachable
            raise kind(
                f"Toxiproxy cannot be reached at {self.url}: {error or type(error).__name__}.",
                "Start toxiproxy-server there, or correct `toxiproxy:` of the target.",
            ) from error
        self._note_clock(answer.headers.get("Date", ""))
        if answer.status_code >= 300:
            raise self._refusal(method, path, answer)
        if answer.status_code == 204:
            return {}
        try:
            return answer.json()
        except ValueError as error:
            raise ToxiproxyError(
                f"{self.url} answered {method} {path} with something that is not JSON: {answer.text[:80]!r}.",
                "Is this the API port of a Toxiproxy (8474 by default)?",
            ) from error

    def _note_clock(self, date: str) -> None:
        with suppress(ValueError, TypeError):
            self._ahead_s = parsedate_to_datetime(date).timestamp() + 0.5 - time.time()

    def _send(self, method: str, path: str, body: Any, timeout_s: float) -> httpx.Response:
        within = {"timeout": httpx.Timeout(timeout_s).as_dict()}
        request = httpx.Request(method, self.url + path, headers=self._headers, json=body, extensions=within)
        try:
            return _read(self._http.handle_request(request))
        except httpx.RemoteProtocolError:
            # A pooled connection that a restarted server closed. POST creates, so it is not sent twice.
            if method == "POST":
                raise
            return _read(self._http.handle_request(request))

    def _refusal(self, method: str, path: str, answer: httpx.Response) -> ToxiproxyError:
        try:
            said, routed = str(answer.json()["error"]), True
        except (ValueError, KeyError, TypeError):
            said, routed = answer.text[:120].strip() or "nothing more", False
        what = f"Toxiproxy at {self.url} answered {method} {path} with {answer.status_code}: {said}."
        see = f"See what stands there: curl {self.url}/proxies"
        if answer.status_code == 405 or (answer.status_code == 404 and not routed):
            return NoSuchRoute(what, "Is this the API port of a Toxiproxy (8474 by default), 2.0 or newer?")
        if answer.status_code == 404:
            return NotThere(what, see)
        if answer.status_code == 409:
            return AlreadyThere(what, see)
        if answer.status_code == 400 and "invalid toxic type" in said:
            return Refused(what, "This server knows no toxic of that type: correct it, or run the server that has it.")
        if answer.status_code == 400:
            return Refused(what, "This is a mistake of the harness, or an unknown version of Toxiproxy.")
        if answer.status_code in (401, 403):
            return ToxiproxyError(
                what, f"Put the token that the server was started with into {self.token_env or 'TOXIPROXY_AUTH_TOKEN'}."
            )
        if "address already in use" in said:
            return ToxiproxyError(what, "Another process listens there; choose another `listen` address.")
        return ToxiproxyError(what, "Look into the log of the server.")


def _read(answer: httpx.Response) -> httpx.Response:
    """Whole, and its connection back in the pool."""
    try:
        answer.read()
    finally:
        answer.close()
    return answer


def _path(proxy: str, *more: str) -> str:
    return "/proxies/" + "/".join(quote(part, safe="") for part in (proxy, *more))


def _asked(name: str, wire: Wire) -> dict[str, Any]:
    return {
        "name": name,
        "type": wire.type,
        "stream": str(wire.stream),
        "toxicity": wire.toxicity,
        "attributes": dict(wire.attributes),
    }


def _was_refused(error: BaseException | None) -> bool:
    """httpx wraps httpcore, which wraps the socket's error."""
    while error is not None and not isinstance(error, ConnectionRefusedError):
        error = error.__cause__ or error.__context__
    return error is not None


def _proxy(about: dict[str, Any]) -> Proxy:
    return Proxy(**{key: about[key] for key in ("name", "listen", "upstream", "enabled")})


def _toxics(found: list[dict[str, Any]]) -> dict[str, Toxic]:
    return {one["name"]: Toxic(**one) for one in found}
