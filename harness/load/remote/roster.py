"""Workers that wait for a test: let in as they come, kept from test to test, and missed when they are gone."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.errors import EnvironmentFailed, HarnessError
from harness.load.generator import SEND_S
from harness.load.link import Link
from harness.load.plan import LoadPlan
from harness.load.remote.greeting import greet, long_lived
from harness.load.remote.muster import GREETED_MOST, RemoteProcess, handed_out, listening
from harness.load.workers import Workers
from harness.model.scenario import Muster

__all__ = ["Roster", "Waiting"]

MOST_WAITING = 1000
_TICK_S = 0.2
_PING_S = 2.0
_SILENT_S = 30.0  # a worker that waits and does not answer that long is gone
_GREETED_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Waiting:
    """A worker that waits for a test: its host's name, and the address from where it came."""

    host: str
    address: str


@dataclass(slots=True)
class _Present:
    link: Link
    peer: RemoteProcess
    waiting: Waiting
    heard: float


class Roster:
    """Where workers report, for as long as it is open. Any thread may call. Each worker serves one test at a time, and reports again.

    `changed` is called whenever that changes, `say` who came, went, or was refused; both from threads of the roster.
    """

    def __init__(
        self,
        muster: Muster,
        *,
        token: str,
        version: str,
        say: Callable[[str], None],
        changed: Callable[[Roster], None],
    ) -> None:
        """Listens at once. Raises EnvironmentFailed where the address cannot be had."""
        self._token = token
        self._version = version
        self._say = say
        self._changed = changed
        self._present: list[_Present] = []
        self._lock = threading.Condition()
        self._ending = False
        self._listener = listening(muster)
        host, port = self._listener.getsockname()[:2]
        self.address = f"{host}:{port}"
        self._greeters = ThreadPoolExecutor(_GREETED_AT_ONCE, thread_name_prefix="roster-greet")
        self._thread = threading.Thread(target=self._look, name="roster", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """Who waits for a test now, in the order of their coming."""
        with self._lock:
            return tuple(one.waiting for one in self._present)

    def workers(self, plan: LoadPlan, wanted: int, *, patience_s: float, still: Callable[[], None]) -> Workers:
        """As `mustered`, with those that wait; more are waited for, `patience_s` seconds at most. `still` is called while they are, and
        what it raises ends the wait. Raises EnvironmentFailed where they do not come, or one does not answer."""
        taken = self._taken(wanted, time.monotonic() + patience_s, still)
        if taken is None:
            raise EnvironmentFailed(
                f"Only {len(self.waiting)} of {wanted} workers wait at {self.address}; the others did not come within {patience_s:g} s.",
                "Start them: harness run --worker HOST:PORT; or ask for fewer in the form.",
            )
        try:
            return handed_out(plan, [(one.link, one.peer) for one in taken])
        except BaseException:
            for one in taken:
                one.link.close()
            raise

    def close(self) -> None:
        """Nobody may report any more; those that wait are let go."""
        with self._lock:
            self._ending = True
            present, self._present = self._present, []
        self._listener.close()
        for one in present:
            one.link.close()
        self._thread.join(5)
        self._greeters.shutdown(wait=False, cancel_futures=True)

    def _taken(self, wanted: int, deadline: float, still: Callable[[], None]) -> list[_Present] | None:
        while True:
            with self._lock:
                if len(self._present) >= wanted:
                    taken, self._present = self._present[:wanted], self._present[wanted:]
                    break
                self._lock.wait(_TICK_S)
            if time.monotonic() > deadline:
                return None
            still()
        self._changed(self)
        return taken

    def _look(self) -> None:
        pinged = 0.0
        while not self._ending:
            self._accept()
            now = time.monotonic()
            if ping := now - pinged >= _PING_S:
                pinged = now
            with self._lock:
                here = {id(one): _answers(one, now, ping) for one in self._present}
                gone = [one for one in self._present if not here[id(one)]]
                self._present = [one for one in self._present if here[id(one)]]
            for one in gone:
                one.link.close()
                self._say(f"the worker {one.peer.name} is gone while it waited")
            if gone:
                self._changed(self)

    def _accept(self) -> None:
        try:
            ready, _, _ = select.select([self._listener], [], [], _TICK_S)
            if ready:
                end, address = self._listener.accept()
                self._greeters.submit(self._greet, end, f"{address[0]}:{address[1]}")
        except (OSError, ValueError, RuntimeError):
            return  # closed under us: `_ending` says so

    def _greet(self, end: socket.socket, address: str) -> None:
        link = Link(end, patience=SEND_S, most=GREETED_MOST)
        try:
            long_lived(end)
            host = greet(link, self._token, self._version, stays=True)
        except (HarnessError, OSError) as error:
            link.close()
            self._say(error.what if isinstance(error, HarnessError) else f"The worker at {address} hung up: {error}.")
            return
        link.most = None
        peer = RemoteProcess(link, host, address)
        with self._lock:
            full = self._ending or len(self._present) >= MOST_WAITING
            if not full:
                self._present.append(_Present(link, peer, Waiting(host, address), time.monotonic()))
                self._lock.notify_all()
        if full:
            link.close()
            return
        self._say(f"the worker {peer.name} waits for a test")
        self._changed(self)


def _answers(one: _Present, now: float, ping: bool) -> bool:
    """Hear what a worker that waits says, and ask it again where it is time. Not after it was taken: then a run listens."""
    try:
        while one.link.receive(0) is not None:
            one.heard = now
        if ping:
            one.link.send({"kind": "ping", "n": -1})  # no number that a run measures a clock with
    except HarnessError:
        return False
    return now - one.heard < _SILENT_S
