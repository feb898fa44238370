"""Taking a toxic off a proxy, whatever it takes: delete it; if the API hangs, recreate the proxy; put back what a restart lost.

Deleting a toxic waits for its buffer to drain, so one client that does not read freezes the API of that proxy (Toxiproxy issue 558);
disabling the proxy then hangs too, while deleting it drops the connections and answers at once (seen with 2.12.0).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.errors import HealFailed, ToxiproxyError
from harness.faults.client import ToxiproxyClient
from harness.faults.known import Known, know, wire_of
from harness.faults.recreating import Recreating
from harness.faults.refusals import NobodyListens, NotThere, Unreachable
from harness.guard import DeleteProxy, DeleteToxic, EnableProxy

__all__ = ["Removal", "bring_up", "gone_with_server", "remove_toxic", "restore"]

_RECREATED = "the API hung, so the proxy was recreated, which dropped its connections"
_PATIENCE_S = 1.0  # deletes took 2 to 14 ms under 20 busy clients


@dataclass(frozen=True, slots=True)
class Removal:
    """`found` says whether it was still there, as we made it: if not, it ended before we took it back. `was` is the proxy just before."""

    found: bool
    how: str
    was: Known | None = field(default=None, repr=False)


def remove_toxic(
    client: ToxiproxyClient,
    proxy: str,
    toxic: str,
    known: Known | None,
    *,
    recreating: Recreating | None = None,
    patience_s: float = _PATIENCE_S,
) -> Removal:
    """Take one toxic away and see that it is gone. `known` is older knowledge for a proxy that no longer answers.

    Others' toxics stay; recreating the proxy drops its connections and puts them back. `recreating` knows what an earlier try left half
    done: a proxy that is missing and was not deleted by us stays so. Raises HealFailed with what to type.
    """
    recreating = recreating or Recreating()
    try:
        known = know(client, proxy)
        removal = _delete(client, known, toxic, recreating, patience_s)
        recreating.see(proxy, known.toxics.keys() - {toxic})
        return removal
    except NotThere as error:
        if recreating.has_begun(proxy):
            return _finish(client, proxy, toxic, recreating, error)
        return Removal(False, f"proxy `{proxy}` or its toxic was gone already")
    except Unreachable as error:
        if gone_with_server(error, client):
            return Removal(False, "no Toxiproxy listens there any more; its toxics went with it")
        if known is None or isinstance(error, NobodyListens):
            raise _failed(client, proxy, toxic, known, error) from error
        return _recreate(client, toxic, known, recreating)
    except ToxiproxyError as error:
        raise _failed(client, proxy, toxic, known, error) from error


def bring_up(client: ToxiproxyClient, marker: str, wanted: Known, *, recreating: Recreating | None = None) -> Removal:
    """Enable a proxy that was taken down, where it is `wanted` so, and take away its marker: last, for as long as the proxy is down
    somebody must be named for it, and whoever comes after us enables it only then. Raises HealFailed with what to type."""
    proxy, recreating = wanted.proxy.name, recreating or Recreating()
    try:
        was = know(client, proxy)
        if wanted.proxy.enabled:
            client.enable(proxy)
    except NotThere as error:
        if recreating.has_begun(proxy):
            return _finish(client, proxy, marker, recreating, error)
        return Removal(False, f"proxy `{proxy}` was gone already")
    except Unreachable as error:
        if gone_with_server(error, client):
            return Removal(False, "no Toxiproxy listens there any more")
        if isinstance(error, NobodyListens):
            raise _still_down(client, proxy, marker, error) from error
        return _recreate(client, marker, wanted, recreating)
    except ToxiproxyError as error:
        raise _still_down(client, proxy, marker, error) from error
    removal = remove_toxic(client, proxy, marker, wanted, recreating=recreating)
    if removal.found and not was.proxy.enabled:
        return Removal(True, "proxy enabled", was)
    return Removal(False, "had ended already: somebody enabled the proxy, or the server was restarted")


def _delete(client: ToxiproxyClient, known: Known, toxic: str, recreating: Recreating, patience_s: float) -> Removal:
    proxy = known.proxy.name
    if toxic not in known.toxics and recreating.has_begun(proxy):
        return Removal(True, _RECREATED)
    if toxic not in known.toxics:
        how = "it was gone already: somebody removed it, its lease ended, or the server was restarted"
        return Removal(False, how, known)
    client.delete_toxic(proxy, toxic, timeout_s=patience_s)
    _see_gone(client, proxy, toxic)
    return Removal(True, "toxic deleted", known)


def _see_gone(client: ToxiproxyClient, proxy: str, toxic: str) -> None:
    if toxic in client.toxics(proxy):
        raise ToxiproxyError(f"Toxiproxy at {client.url} deleted toxic `{toxic}`, and it is still there.")


def gone_with_server(error: ToxiproxyError, client: ToxiproxyClient) -> bool:
    """Whether nobody listens on this very machine: elsewhere, a refusal may be a firewall's."""
    return isinstance(error, NobodyListens) and client.is_local


def restore(client: ToxiproxyClient, contents: Mapping[str, Known]) -> None:
    """Make a server that was just restarted hold `contents` again; what stands there already stays. Raises ToxiproxyError."""
    now = client.contents()
    for name, known in contents.items():
        about, there = known.proxy, now.get(name)
        if there is None:
            client.create_proxy(name, listen=about.listen, upstream=about.upstream, enabled=about.enabled)
        elif there[0].enabled != about.enabled or there[0].upstream != about.upstream:
            client.update_proxy(name, upstream=about.upstream, enabled=about.enabled)
        for toxic in known.toxics.values():
            if there is None or toxic.name not in there[1]:
                client.add_toxic(name, toxic.name, wire_of(toxic))


def _recreate(client: ToxiproxyClient, toxic: str, known: Known, recreating: Recreating) -> Removal:
    others = {name: other for name, other in known.toxics.items() if name != toxic}
    try:
        recreating.recreate(client, Known(known.proxy, others), toxic)
    except ToxiproxyError as error:
        raise _failed(client, known.proxy.name, toxic, known, error) from error
    return Removal(True, _RECREATED)


def _finish(
    client: ToxiproxyClient, proxy: str, toxic: str, recreating: Recreating, missing: ToxiproxyError
) -> Removal:
    try:
        recreating.finish(client, proxy)
    except ToxiproxyError as error:
        raise _failed(client, proxy, toxic, None, error) from missing
    return Removal(True, _RECREATED)


def _still_down(client: ToxiproxyClient, proxy: str, marker: str, error: ToxiproxyError) -> HealFailed:
    by_hand = EnableProxy(client.url, proxy, client.token_env, marker).by_hand()
    return HealFailed(f"Proxy `{proxy}` could not be enabled again: {error.what}", f"Run:\n  {by_hand}")


def _failed(client: ToxiproxyClient, proxy: str, toxic: str, known: Known | None, error: ToxiproxyError) -> HealFailed:
    by_hand = [DeleteToxic(client.url, proxy, toxic, client.token_env).by_hand()]
    if known is not None:
        about = {"name": proxy, "listen": known.proxy.listen, "upstream": known.proxy.upstream}
        token = f' -H "Authorization: Bearer ${client.token_env}"' if client.token_env else ""
        by_hand.append(f"or, if that hangs: {DeleteProxy(client.url, proxy, client.token_env).by_hand()}")
        by_hand.append(f"and then: curl -X POST{token} -d '{json.dumps(about)}' '{client.url}/proxies'")
    return HealFailed(
        f"Toxic `{toxic}` on proxy `{proxy}` could not be taken back: {error.what}", "Run:\n  " + "\n  ".join(by_hand)
    )
