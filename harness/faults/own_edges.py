"""Edges that the target's description asks us to make: proxies that come and go with the run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import BadInput, HealFailed, ToxiproxyError
from harness.faults.client import ToxiproxyClient
from harness.faults.ladder import gone_with_server
from harness.faults.lease import LISTEN, MadeName, MadeProxy
from harness.faults.promises import Promised, Promises
from harness.faults.refusals import AlreadyThere, NotThere
from harness.faults.run_lease import RunLease
from harness.guard import DeleteProxy
from harness.model import Edge

__all__ = ["OwnEdges"]


@dataclass(frozen=True, slots=True)
class _Ours:
    """A proxy that stands on the server for us; `edge` is empty for the word beside an edge's proxy."""

    promise: Promised
    edge: str


class OwnEdges:
    """Makes what is marked `ours`, and removes it again. `lost` names edges whose proxy somebody else had removed by then.

    Under a lease each has a word beside it, made before it and removed after it, by which the guard there removes it when the lease ends.
    """

    def __init__(self, client: ToxiproxyClient, promises: Promises, lease: RunLease | None = None) -> None:
        self._client = client
        self._promises = promises
        self._lease = lease
        self._made: dict[str, _Ours] = {}
        self.lost: list[str] = []

    def make(self, edges: Iterable[Edge]) -> None:
        """Raises BadInput where a proxy of that name is there already, ToxiproxyError where the port is taken."""
        for number, edge in enumerate(edges):
            if not edge.ours:
                continue
            if edge.proxy in self._client.proxies():
                raise self._taken(edge)
            try:
                if self._lease is not None:
                    word = str(MadeName(self._lease.name, number))
                    self._create(word, listen=LISTEN, upstream=str(MadeProxy(edge.proxy, edge.upstream)), enabled=False)
                self._create(edge.proxy, listen=edge.listen, upstream=edge.upstream, edge=edge.name)
            except AlreadyThere as error:  # somebody made it just now; it is not ours to delete
                self.remove()
                raise self._taken(edge) from error
            except ToxiproxyError:
                self.remove()
                raise

    def remove(self) -> None:
        """Raises HealFailed with what to type for a proxy that stays."""
        for proxy, ours in reversed(list(self._made.items())):
            try:
                self._client.delete_proxy(proxy)
            except NotThere:
                if ours.edge:
                    self.lost.append(ours.edge)
            except ToxiproxyError as error:
                if not gone_with_server(error, self._client):
                    todo = f"Run:\n  {ours.promise.undo.by_hand()}"
                    raise HealFailed(f"Proxy `{proxy}` could not be removed: {error.what}", todo) from error
            ours.promise.kept()
            del self._made[proxy]

    def _create(self, proxy: str, *, listen: str, upstream: str, enabled: bool = True, edge: str = "") -> None:
        """Promised before, so that it goes whatever happens."""
        promise = self._promises.promise(DeleteProxy(self._client.url, proxy, self._client.token_env))
        try:
            self._client.create_proxy(proxy, listen=listen, upstream=upstream, enabled=enabled)
        except AlreadyThere:
            promise.kept()
            raise
        except ToxiproxyError:
            self._made[proxy] = _Ours(promise, edge)
            raise
        self._made[proxy] = _Ours(promise, edge)

    def _taken(self, edge: Edge) -> BadInput:
        return BadInput(
            f"Edge `{edge.name}` cannot be made: Toxiproxy at {self._client.url} has a proxy `{edge.proxy}` already.",
            "Another run may be using it. If it is a leftover: "
            + DeleteProxy(self._client.url, edge.proxy, self._client.token_env).by_hand(),
        )
