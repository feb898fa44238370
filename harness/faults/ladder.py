"""Taking a toxic off a proxy, whatever it takes: delete it; if the API hangs, recreate the proxy; put back what a restart lost.

Deleting a toxic waits for its buffer to drain, so one client that does not read freezes the API of that proxy (Toxiproxy issue 558);
disabling the proxy then hangs too, while deleting it drops the connections and answers at once (seen with 2.12.0).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from toxiproxy.proxy import Proxy
from toxiproxy.toxic import Toxic

from harness.errors import HealFailed, ToxiproxyError
from harness.faults.client import ToxiproxyClient
from harness.faults.refusals import NobodyListens, NotThere, Unreachable
from harness.faults.toxics.wire import Wire
from harness.guard import DeleteProxy, DeleteToxic

__all__ = ["Known", "Removal", "as_json", "gone_with_server", "know", "remove_toxic", "restore", "wire_of"]

_PATIENCE_S = 1.0  # deletes took 2 to 14 ms under 20 busy clients


@dataclass(frozen=True, slots=True)
class Known:
    """A proxy as it stood when it last answered, to recreate it from."""

    proxy: Proxy
    toxics: Mapping[str, Toxic]


@dataclass(frozen=True, slots=True)
class Removal:
    """`found` says whether it was still there, as we made it: if not, it ended before we took it back. `was` is the proxy just before."""

    found: bool
    how: str
    was: Known | None = field(default=None, repr=False)


def know(client: ToxiproxyClient, proxy: str) -> Known:
    """Read a proxy with its toxics. Raises ToxiproxyError."""
    return Known(*client.standing(proxy))


def as_json(known: Known) -> str:
    """As Toxiproxy itself says it: for a guard that may have to recreate the proxy."""
    about = {key: getattr(known.proxy, key) for key in ("name", "listen", "upstream", "enabled")}
    toxics = [
        {key: getattr(toxic, key) for key in ("name", "type", "stream", "toxicity", "attributes")}
        for toxic in known.toxics.values()
    ]
    return json.dumps({**about, "toxics": toxics})


def remove_toxic(
    client: ToxiproxyClient, proxy: str, toxic: str, known: Known | None, *, patience_s: float = _PATIENCE_S
) -> Removal:
    """Take one toxic away and see that it is gone. `known` is older knowledge for a proxy that no longer answers.

    Others' toxics stay; recreating the proxy drops its connections and puts them back. Raises HealFailed with what to type.
    """
    try:
        known = know(client, proxy)
        if toxic not in known.toxics:
            how = "it was gone already: somebody removed it, its lease ended, or the server was restarted"
            return Removal(False, how, known)
        client.delete_toxic(proxy, toxic, timeout_s=patience_s)
        _see_gone(client, proxy, toxic)
        return Removal(True, "toxic deleted", known)
    except NotThere:
        return Removal(False, f"proxy `{proxy}` or its toxic was gone already")
    except Unreachable as error:
        if gone_with_server(error, client):
            return Removal(False, "no Toxiproxy listens there any more; its toxics went with it")
        if known is None or isinstance(error, NobodyListens):
            raise _failed(client, proxy, toxic, known, error) from error
        return _recreate(client, toxic, known)
    except ToxiproxyError as error:
        raise _failed(client, proxy, toxic, known, error) from error


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


def _recreate(client: ToxiproxyClient, toxic: str, known: Known) -> Removal:
    proxy = known.proxy
    try:
        client.version()  # one that stands still as a whole would delete the proxy when it goes on, and nobody made it anew
        client.delete_proxy(proxy.name)
        client.create_proxy(proxy.name, listen=proxy.listen, upstream=proxy.upstream, enabled=proxy.enabled)
        for other in known.toxics.values():
            if other.name != toxic:
                client.add_toxic(proxy.name, other.name, wire_of(other))
    except ToxiproxyError as error:
        raise _failed(client, proxy.name, toxic, known, error) from error
    return Removal(True, "the API hung, so the proxy was recreated, which dropped its connections")


def wire_of(toxic: Toxic) -> Wire:
    """What would make such a toxic."""
    return Wire(type=toxic.type, stream=toxic.stream, attributes=toxic.attributes, toxicity=float(toxic.toxicity))


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
