"""Proxies that we delete to make them anew: what is half done is known here, and promised, until they stand again."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field

from harness.errors import EnvironmentFailed
from harness.faults.client import Contents, ToxiproxyClient
from harness.faults.known import Known, as_json, wire_of
from harness.faults.promises import Promised, Promises
from harness.faults.refusals import AlreadyThere, NotThere, Unreachable
from harness.guard import RecreateProxy

__all__ = ["Recreating"]

_LEASE_S = 5.0  # until the guard makes a proxy anew that we deleted: it takes us some ms


@dataclass(frozen=True, slots=True)
class _Begun:
    """How the proxy must stand, what it had to be rid of, and the promise that it will."""

    wanted: Known
    toxic: str
    promise: Promised | None


@dataclass(slots=True)
class Recreating:
    """On one server. Without `promises` nobody finishes what a process that is killed in between leaves."""

    promises: Promises | None = None
    _begun: dict[str, _Begun] = field(default_factory=dict)

    def recreate(self, client: ToxiproxyClient, wanted: Known, toxic: str) -> None:
        """Delete a proxy and make it anew as `wanted`, which drops its connections: to be rid of `toxic` where deleting that hangs.

        Raises ToxiproxyError; then the proxy may be missing, and `has_begun`.
        """
        client.version()  # one that stands still as a whole would delete the proxy when it goes on, and nobody made it anew
        name = wanted.proxy.name
        if name not in self._begun:
            self._begun[name] = _Begun(wanted, toxic, self._promised(client, wanted, toxic))
        try:
            client.delete_proxy(name)
        except NotThere:
            pass
        except Unreachable:
            if name in client.proxies():
                raise
        self.finish(client, name)

    def has_begun(self, proxy: str) -> bool:
        """Whether we deleted it, or may have, and did not see it stand again."""
        return proxy in self._begun

    def finish(self, client: ToxiproxyClient, name: str) -> None:
        """Make a proxy anew that we deleted. Raises ToxiproxyError."""
        wanted = self._begun[name].wanted
        about = wanted.proxy
        _see_made(
            lambda: client.create_proxy(name, listen=about.listen, upstream=about.upstream, enabled=about.enabled)
        )
        for other in wanted.toxics.values():
            _see_made(lambda other=other: client.add_toxic(name, other.name, wire_of(other)))  # type: ignore[misc]
        self.see(name, client.toxics(name))

    def see(self, name: str, toxics: Collection[str]) -> None:
        """A proxy was seen to stand with these toxics: nothing is left to do where what it had to be rid of is none of them."""
        if name in self._begun and self._begun[name].toxic not in toxics:
            begun = self._begun.pop(name)
            if begun.promise is not None:
                begun.promise.kept()

    def go_on(self, client: ToxiproxyClient, contents: Contents) -> None:
        """Finish all that is half done by what stands on the server. Raises ToxiproxyError."""
        for name in list(self._begun):
            if name not in contents:
                self.finish(client, name)
            else:
                self.see(name, contents[name][1])

    def _promised(self, client: ToxiproxyClient, wanted: Known, toxic: str) -> Promised | None:
        if self.promises is None:
            return None
        undo = RecreateProxy.without(client.url, json.loads(as_json(wanted)), toxic, client.token_env)
        try:
            return self.promises.promise(undo, lease_s=_LEASE_S)
        except EnvironmentFailed:
            return None  # no guard, or a full disk: that must not keep the fault in the world


def _see_made(make: Callable[[], object]) -> None:
    """Twice, for the answer may have been lost; what is there already was made by the first call, or by the guard."""
    with suppress(AlreadyThere):
        try:
            make()
        except Unreachable:
            make()
