"""Edges that the target's description asks us to make: proxies that come and go with the run."""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import BadInput, HealFailed, ToxiproxyError
from harness.faults.client import ToxiproxyClient
from harness.faults.ladder import gone_with_server
from harness.faults.promises import Promised, Promises
from harness.faults.refusals import AlreadyThere, NotThere
from harness.guard import DeleteProxy
from harness.model import Edge

__all__ = ["OwnEdges"]


class OwnEdges:
    """Makes what is marked `ours`, and removes it again. `lost` names edges whose proxy somebody else had removed by then."""

    def __init__(self, client: ToxiproxyClient, promises: Promises) -> None:
        self._client = client
        self._promises = promises
        self._made: dict[str, Promised] = {}
        self._names: dict[str, str] = {}
        self.lost: list[str] = []

    def make(self, edges: Iterable[Edge]) -> None:
        """Raises BadInput where a proxy of that name is there already, ToxiproxyError where the port is taken."""
        for edge in edges:
            if not edge.ours:
                continue
            if edge.proxy in self._client.proxies():
                raise self._taken(edge)
            promise = self._promises.promise(DeleteProxy(self._client.url, edge.proxy, self._client.token_env))
            try:
                self._client.create_proxy(edge.proxy, listen=edge.listen, upstream=edge.upstream)
            except AlreadyThere as error:  # somebody made it just now; it is not ours to delete
                promise.kept()
                raise self._taken(edge) from error
            except ToxiproxyError:
                self._made[edge.proxy] = promise
                self.remove()
                raise
            self._made[edge.proxy] = promise
            self._names[edge.proxy] = edge.name

    def remove(self) -> None:
        """Raises HealFailed with what to type for a proxy that stays."""
        for proxy, promise in list(self._made.items()):
            try:
                self._client.delete_proxy(proxy)
            except NotThere:
                self.lost.append(self._names.get(proxy, proxy))
            except ToxiproxyError as error:
                if not gone_with_server(error, self._client):
                    todo = f"Run:\n  {promise.undo.by_hand()}"
                    raise HealFailed(f"Proxy `{proxy}` could not be removed: {error.what}", todo) from error
            promise.kept()
            del self._made[proxy]

    def _taken(self, edge: Edge) -> BadInput:
        return BadInput(
            f"Edge `{edge.name}` cannot be made: Toxiproxy at {self._client.url} has a proxy `{edge.proxy}` already.",
            "Another run may be using it. If it is a leftover: "
            + DeleteProxy(self._client.url, edge.proxy, self._client.token_env).by_hand(),
        )
