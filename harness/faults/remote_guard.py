"""The guard that runs beside a Toxiproxy: it needs nothing but its API, and ends what nobody renews."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.errors import HarnessError, HealFailed, ToxiproxyError
from harness.faults.client import Contents, ToxiproxyClient
from harness.faults.lease import LISTEN, MAX_LEASE_S, Beat, GuardName, LeaseName, MadeName, MadeProxy, Terms
from harness.faults.owned import OwnedToxic, heal_one, owned_in
from harness.faults.recreating import Recreating
from harness.faults.refusals import AlreadyThere, NotThere
from harness.faults.run_lease import beats

__all__ = ["RemoteGuard"]

_EACH_S = 0.2  # between two looks
_BEAT_S = 0.5
_STALE_S = 5.0  # a guard whose number stands still for so long is dead, and its word is removed

Tell = Callable[[dict[str, object]], None]


@dataclass(slots=True)
class _Standing:
    """Since when a number stands, by our own clock."""

    number: int
    since: float


@dataclass(slots=True)
class RemoteGuard:
    """Ends a fault of ours when its run's lease runs out, or its deadline passes. Never touches what does not carry our name."""

    client: ToxiproxyClient
    name: GuardName
    tell: Tell
    _number: int = 0
    _beaten_at: float = float("-inf")
    _seen: Contents = field(default_factory=dict)
    _leases: dict[str, _Standing] = field(default_factory=dict)
    _guards: dict[GuardName, _Standing] = field(default_factory=dict)
    _failed: set[str] = field(default_factory=set)
    _recreating: Recreating = field(default_factory=Recreating)
    _reached: bool | None = None

    def watch(self, stop: threading.Event) -> None:
        """Until `stop`; then takes its own word back. A server that cannot be reached is waited for."""
        try:
            while not stop.wait(_EACH_S):
                self.look()
        finally:
            self._leave()

    def look(self) -> None:
        """Once: say that we watch, see what stands there, end what is due."""
        try:
            self._beat()
            self._seen = self.client.contents()
            self._recreating.go_on(self.client, self._seen)
            self._say_reached(True)
        except ToxiproxyError as error:
            self._say_reached(False, error)  # and go on with what was seen: a wedged server is what the ladder is for
        now = time.monotonic()
        due = self._ended_leases(now)
        for one in owned_in(self._seen):
            why = self._why(one, due)
            if why:
                self._end(one, why)
        for word in self._words(due):
            self._unmake(word)
        held = {str(LeaseName(one.name.owner, one.name.run)) for one in owned_in(self._seen)}
        held |= {str(word.lease) for word in self._words(due)}
        for lease in due - held:  # not before its last fault and its last proxy are gone
            self._remove(lease)
        self._bury_dead_guards(now)

    def _why(self, one: OwnedToxic, due: set[str]) -> str:
        if str(LeaseName(one.name.owner, one.name.run)) in due:
            return "its run's lease was not renewed"
        if one.expired(self.client.server_time(time.time())):
            return "its deadline has passed"
        return ""

    def _ended_leases(self, now: float) -> set[str]:
        """Leases that stand unrenewed for longer than they say."""
        terms = {
            proxy: Terms.read(about.upstream) or Terms(MAX_LEASE_S, 0)  # what somebody else wrote there renews nothing
            for proxy, (about, _) in self._seen.items()
            if LeaseName.read(proxy)
        }
        self._leases = {name: _stands(self._leases.get(name), one.renewal, now) for name, one in terms.items()}
        return {name for name, one in terms.items() if now - self._leases[name].since > one.seconds}

    def _end(self, one: OwnedToxic, why: str) -> None:
        about = {"proxy": one.proxy, "toxic": one.toxic, "owner": one.name.owner, "run": one.name.run, "why": why}
        try:
            removal = heal_one(self.client, one, self._recreating)
        except HealFailed as error:
            if one.toxic not in self._failed:
                self._failed.add(one.toxic)
                self.tell({"event": "heal failed", **about, "error": error.what, "todo": error.todo})
            return
        self._failed.discard(one.toxic)
        self.tell({"event": "ended", **about, "how": removal.how})
        about_proxy, toxics = self._seen[one.proxy]
        self._seen[one.proxy] = (about_proxy, {name: toxic for name, toxic in toxics.items() if name != one.toxic})

    def _words(self, due: set[str]) -> list[MadeName]:
        """What runs whose leases ended say that they made."""
        words = (MadeName.read(proxy) for proxy in self._seen)
        return [word for word in words if word is not None and str(word.lease) in due]

    def _unmake(self, word: MadeName) -> None:
        """The proxy first, its word after it; one that leads elsewhere by now is somebody else's."""
        made = MadeProxy.read(self._seen[str(word)][0].upstream)
        standing = self._seen.get(made.proxy) if made else None
        names = [str(word)]
        if made and standing and standing[0].upstream == made.upstream:
            names.insert(0, made.proxy)
        for name in names:
            try:
                self.client.delete_proxy(name)
            except NotThere:
                pass
            except ToxiproxyError:
                return  # tried again at the next look
            self._seen.pop(name, None)
        if made and made.proxy in names:
            self.tell({"event": "proxy removed", "proxy": made.proxy, "owner": word.lease.owner, "run": word.lease.run})

    def _remove(self, proxy: str) -> None:
        try:
            self.client.delete_proxy(proxy)
            self.tell({"event": "lease removed", "proxy": proxy})
        except HarnessError:
            return  # tried again at the next look, where it still stands

    def _beat(self) -> None:
        if time.monotonic() - self._beaten_at < _BEAT_S:
            return
        self._number += 1
        word = str(Beat(self._number))
        try:
            self.client.update_proxy(str(self.name), upstream=word, enabled=False)
        except NotThere:
            try:
                self.client.create_proxy(str(self.name), listen=LISTEN, upstream=word, enabled=False)
            except AlreadyThere:
                return
        self._beaten_at = time.monotonic()

    def _bury_dead_guards(self, now: float) -> None:
        others = {name: number for name, number in beats(self._seen).items() if name != self.name}
        self._guards = {name: _stands(self._guards.get(name), number, now) for name, number in others.items()}
        for name, standing in self._guards.items():
            if now - standing.since > _STALE_S:
                self._remove(str(name))

    def _leave(self) -> None:
        try:
            self.client.delete_proxy(str(self.name))
        except ToxiproxyError:
            return  # it is told to be dead by its number, which stands still

    def _say_reached(self, reached: bool, error: ToxiproxyError | None = None) -> None:
        if reached is not self._reached:
            self._reached = reached
            self.tell({"event": "watching"} if error is None else {"event": "cannot look", "error": error.what})


def _stands(before: _Standing | None, number: int, now: float) -> _Standing:
    return before if before is not None and before.number == number else _Standing(number, now)
