"""A run's lease on a Toxiproxy that a `harness guard` watches: taken before the first fault, renewed by a thread, given back at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from harness.errors import BadInput, EnvironmentFailed, HealFailed, ToxiproxyError
from harness.faults.client import Contents, ToxiproxyClient
from harness.faults.lease import LISTEN, MAX_LEASE_S, Beat, GuardName, LeaseName, Terms
from harness.faults.promises import Promised, Promises
from harness.faults.refusals import AlreadyThere, NotThere
from harness.guard import DeleteProxy

__all__ = ["RunLease", "living_guards", "secured"]

_PER_LEASE = 5  # renewals within one lease: four may be late or lost
_SEEN_S = 2.5  # a guard's number rises twice a second
_ASK_S = 0.1


def beats(contents: Contents) -> dict[GuardName, int]:
    """The number of each guard that ever said that it watches."""
    return {
        name: beat.number
        for proxy, (about, _) in contents.items()
        if (name := GuardName.read(proxy)) and (beat := Beat.read(about.upstream))
    }


def living_guards(client: ToxiproxyClient, *, within_s: float = _SEEN_S) -> tuple[GuardName, ...]:
    """Guards whose number is seen to rise; comes back at the first, or after `within_s`; at once where none ever was. Raises ToxiproxyError."""
    first, end = beats(client.contents()), time.monotonic() + within_s
    while first and time.monotonic() < end:
        time.sleep(_ASK_S)
        now = beats(client.contents())
        if alive := tuple(name for name, number in now.items() if number != first.get(name, number)):
            return alive
        first = now | first  # one that came just now has to count once more
    return ()


def secured(
    client: ToxiproxyClient, promises: Promises, *, owner: str, run: str, no_guard: bool, tell: Callable[[str], None]
) -> RunLease | None:
    """A lease where a guard watches; None where this machine's guard process is enough, or `no_guard` takes the risk.

    Raises BadInput for a Toxiproxy on another host that nobody watches: if the network between is cut, nobody could end a fault there.
    """
    if living_guards(client):
        lease = RunLease(client, promises, owner=owner, run=run)
        lease.take()
        return lease
    if client.is_local:
        return None
    if no_guard:
        tell(f"--no-guard: if {client.url} cannot be reached from here, nobody ends a fault there.")
        return None
    raise BadInput(
        f"Toxiproxy at {client.url} is on another host, and no `harness guard` watches it.",
        f"Run beside it:  harness guard --toxiproxy http://127.0.0.1:{_port(client.url)}\n"
        "  or take the risk that a fault stays when the network between is cut:  --no-guard, or `limits: {unguarded: true}`",
    )


class RunLease:
    """Whoever holds it may hurt; whoever stops renewing it, dead, hanging or cut off, has its faults ended by the guard there."""

    def __init__(
        self, client: ToxiproxyClient, promises: Promises, *, owner: str, run: str, seconds: float = MAX_LEASE_S
    ) -> None:
        self._client = client
        self._promises = promises
        self.name = LeaseName(owner, run)
        self._seconds = seconds
        self._renewals = 0
        self._renewed_at = 0.0
        self._guards: tuple[dict[GuardName, int], float] = ({}, 0.0)
        self._promise: Promised | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: EnvironmentFailed | None = None

    @property
    def failure(self) -> EnvironmentFailed | None:
        """Why it holds no longer: it could not be renewed in time, or nobody watches any more. A run ends for it, after healing."""
        return self._failure

    def take(self) -> None:
        """Raises ToxiproxyError, or EnvironmentFailed where its removal cannot be promised."""
        undo = DeleteProxy(self._client.url, str(self.name), self._client.token_env)
        self._promise = self._promises.promise(undo)
        self._renew()
        self._guards = (beats(self._client.contents()), time.monotonic())
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    def give_back(self) -> None:
        """After the last fault was healed. Raises HealFailed where the lease's own proxy stays; the guard there removes it, too."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        try:
            self._client.delete_proxy(str(self.name))
        except NotThere:
            pass
        except ToxiproxyError as error:
            by_hand = self._promise.undo.by_hand() if self._promise else ""
            raise HealFailed(f"The lease could not be given back: {error.what}", f"Run:\n  {by_hand}") from error
        if self._promise is not None:
            self._promise.kept()

    def _keep(self) -> None:
        while not self._stop.wait(self._seconds / _PER_LEASE):
            try:
                self._renew()
                self._watch_the_guards(self._client.contents())
            except ToxiproxyError as error:
                if time.monotonic() - self._renewed_at > self._seconds:
                    self._failure = EnvironmentFailed(
                        f"The lease on {self._client.url} ran out, so the guard there ended our faults: {error.what}",
                        error.todo,
                    )

    def _renew(self) -> None:
        self._renewals += 1
        terms = str(Terms(self._seconds, self._renewals))
        try:
            self._client.update_proxy(str(self.name), upstream=terms, enabled=False)
        except NotThere:  # the first time, or after the server was restarted
            try:
                self._client.create_proxy(str(self.name), listen=LISTEN, upstream=terms, enabled=False)
            except AlreadyThere:
                self._client.update_proxy(str(self.name), upstream=terms, enabled=False)
        self._renewed_at = time.monotonic()

    def _watch_the_guards(self, contents: Contents) -> None:
        before, since = self._guards
        now, at = beats(contents), time.monotonic()
        if any(number != before.get(name) for name, number in now.items()):
            self._guards, self._failure = (now, at), None
        elif at - since > self._seconds and not self._client.is_local:
            self._failure = EnvironmentFailed(
                f"No `harness guard` watches {self._client.url} any more.",
                "Start it again, and then the run; or take the risk: --no-guard",
            )


def _port(url: str) -> str:
    return url.rpartition(":")[2].strip("/") if url.count(":") > 1 else "8474"
