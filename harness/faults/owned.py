"""Faults of ours on any Toxiproxy, whoever made them: list them, end them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from toxiproxy.proxy import Proxy
from toxiproxy.toxic import Toxic

from harness.errors import HealFailed
from harness.faults.client import Contents, ToxiproxyClient
from harness.faults.known import Known
from harness.faults.ladder import Removal, bring_up, remove_toxic
from harness.faults.names import OwnedName
from harness.faults.recreating import Recreating

__all__ = ["OwnedToxic", "heal_one", "heal_owned", "ls", "owned_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedToxic:
    """One fault of ours. `kind` is `down` or the toxic's type as Toxiproxy calls it."""

    proxy: str
    toxic: str
    name: OwnedName
    kind: str
    stream: str
    attributes: dict[str, int]
    toxicity: float
    known: Known

    def expired(self, now: float) -> bool:
        """Whether its deadline is over at `now`, seconds since the epoch."""
        return now > self.name.deadline


def ls(client: ToxiproxyClient) -> tuple[OwnedToxic, ...]:
    """All that carry our name, by proxy and name. Raises ToxiproxyError."""
    return owned_in(client.contents())


def owned_in(contents: Contents) -> tuple[OwnedToxic, ...]:
    """See `ls`."""
    found = []
    for proxy, (about, toxics) in contents.items():
        known = Known(about, toxics)
        found += [one for toxic in toxics.values() if (one := _owned(proxy, toxic, known))]
    return tuple(sorted(found, key=lambda one: (one.proxy, one.toxic)))


def heal_owned(
    client: ToxiproxyClient, which: Callable[[OwnedToxic], bool] = lambda _: True
) -> tuple[tuple[OwnedToxic, Removal], ...]:
    """End those that `which` chooses, such as of one run or beyond their deadline. Raises HealFailed after trying each."""
    healed, failures = [], []
    for one in filter(which, ls(client)):
        try:
            healed.append((one, heal_one(client, one)))
        except HealFailed as error:
            failures.append(error)
    if failures:
        raise HealFailed("\n".join(one.what for one in failures), "\n".join(one.todo for one in failures))
    return tuple(healed)


def heal_one(client: ToxiproxyClient, one: OwnedToxic, recreating: Recreating | None = None) -> Removal:
    """End one; `recreating` is for who tries again. Raises HealFailed with what to type."""
    if not one.name.down:
        return remove_toxic(client, one.proxy, one.toxic, one.known, recreating=recreating)
    about = one.known.proxy
    others = {name: toxic for name, toxic in one.known.toxics.items() if name != one.toxic}
    up = Proxy(name=about.name, listen=about.listen, upstream=about.upstream, enabled=True)
    return bring_up(client, one.toxic, Known(up, others), recreating=recreating)


def _owned(proxy: str, toxic: Toxic, known: Known) -> OwnedToxic | None:
    name = OwnedName.read(toxic.name)
    if name is None:
        return None
    return OwnedToxic(
        proxy=proxy,
        toxic=toxic.name,
        name=name,
        kind="down" if name.down else toxic.type,
        stream=toxic.stream,
        attributes=dict(toxic.attributes),
        toxicity=float(toxic.toxicity),
        known=known,
    )
