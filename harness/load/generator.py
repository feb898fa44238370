"""The run's side of a load process: start it, let it go, hear it, stop it."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import BadInput, EnvironmentFailed, ServiceDied
from harness.load.link import ENV_FD, Link, LinkClosed
from harness.load.messages import Finished, Message, Problem, Ready, Windows, decoded
from harness.load.peer import LocalProcess, Peer, Spawn, spawn_plainly
from harness.load.plan import LoadPlan

__all__ = ["ENTRY", "SEND_S", "Generator"]

ENTRY = (sys.executable, "-m", "harness.load.child")
SEND_S = 20.0


class Generator:
    """One load process, here or on another host. Close it in the end, whatever happened: use it as a context manager.

    `offset_ns` is its CLOCK_MONOTONIC minus ours.
    """

    def __init__(self, plan: LoadPlan, peer: Peer, link: Link, *, offset_ns: int = 0) -> None:
        self.plan = plan
        self.peer = peer
        self._link = link
        self._offset_ns = offset_ns
        self._early: list[Message] = []
        self._reports = 0
        self._finished: Finished | None = None

    @classmethod
    def start(
        cls,
        plan: LoadPlan,
        *,
        env: Mapping[str, str],
        log_path: Path,
        argv: Sequence[str] = ENTRY,
        spawn: Spawn | None = None,
    ) -> Generator:
        """`argv` is the entry point's command line, `env` the whole environment of the process, to which the run, the worker
        and the bearer token are added for locustfiles (HARNESS_RUN, HARNESS_WORKER, HARNESS_TOKEN). Raises EnvironmentFailed."""
        ours, theirs = socket.socketpair()
        added = {"HARNESS_RUN": plan.run, "HARNESS_WORKER": str(plan.worker), ENV_FD: str(theirs.fileno())}
        if plan.token:
            added["HARNESS_TOKEN"] = plan.token
        try:
            process = (spawn or spawn_plainly)(argv, {**env, **added}, (theirs.fileno(),), log_path)
        except OSError as error:
            ours.close()
            raise EnvironmentFailed(f"The load process could not be started: {error}.") from error
        finally:
            theirs.close()
        generator = cls(plan, LocalProcess(process, log_path), Link(ours, patience=SEND_S))
        generator.tell_plan()
        return generator

    def tell_plan(self, **files: object) -> None:
        """The first order: the plan, and for another host the files that it names. Raises ServiceDied."""
        self._order({"kind": "plan", "plan": self.plan.to_message(), **files})

    @property
    def link(self) -> Link:
        """To the load process."""
        return self._link

    @property
    def finished(self) -> Finished | None:
        """Its last words, once they were heard."""
        return self._finished

    def fileno(self) -> int:
        """Readable when a message waits; for `select`."""
        return self._link.fileno()

    def ready(self, timeout: float) -> Ready:
        """Wait until every user of the first pool is past its `on_start`.

        Raises BadInput for a locustfile that can't be used (with its own traceback), EnvironmentFailed after `timeout` seconds,
        ServiceDied when the process ended. Messages that came before are not lost.
        """
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            message = self._next(left)
            if isinstance(message, Ready):
                return message
            if isinstance(message, Problem) and message.fatal:
                raise BadInput(message.text, "Correct the locustfile; nothing was sent.")
            if message is not None:
                self._early.append(message)
        raise EnvironmentFailed(
            f"After {timeout:g} s the users of {self.plan.locustfile} were not ready (is an on_start waiting for the target?)."
            f"{self.peer.said()}"
        )

    def go(self, zero_ns: int) -> None:
        """Begin at `zero_ns` on our CLOCK_MONOTONIC; a little in the future, so that the first arrival isn't late."""
        self._order({"kind": "go", "zero_ns": zero_ns + self._offset_ns})

    def messages(self, timeout: float) -> Iterator[Message]:
        """What comes within `timeout` seconds, ending early after `Finished`.

        Raises BadInput for a fatal problem, ServiceDied (with the end of its log) when the process ends without `Finished`.
        """
        yield from self._early
        self._early.clear()
        deadline = time.monotonic() + timeout
        while self._finished is None:
            message = self._next(max(0.0, deadline - time.monotonic()))
            if message is None:
                return
            if isinstance(message, Problem) and message.fatal:
                raise BadInput(message.text, "Correct the locustfile.")
            yield message

    def stop(self, why: str = "", *, drain_s: float | None = None) -> None:
        """No more arrivals; open requests get `drain_s` seconds (the plan's, unless it is less). `Finished` follows."""
        message: dict[str, object] = {"kind": "stop", "why": why}
        self._order(message if drain_s is None else {**message, "drain_s": drain_s})

    def kill(self) -> None:
        """End the process at once."""
        self.peer.kill()

    def hang_up(self) -> None:
        """Close the link; a load process that has not finished ends at once. `close` waits for it."""
        self._link.close()

    def close(self, timeout: float = 10.0) -> int:
        """Close the link, wait for the process, kill it after `timeout` seconds. Returns its exit code."""
        code = self.peer.wait(timeout) if self._finished is not None else None
        self._link.close()
        if code is None:
            code = self.peer.wait(timeout)
        if code is None:
            self.peer.kill()
            code = self.peer.wait(timeout)
        return -1 if code is None else code

    def __enter__(self) -> Generator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self, timeout: float) -> Message | None:
        try:
            raw = self._link.receive(timeout)
        except LinkClosed:
            raise self._died() from None
        if raw is None:
            return None
        message = decoded(raw)
        if isinstance(message, Windows):
            self._reports += 1
            self._must_be(self._reports, message.number)
        elif isinstance(message, Finished):
            self._must_be(self._reports, message.reports)
            self._finished = message
        return message

    def _must_be(self, heard: int, told: int) -> None:
        """Every report came, once and in order: else the figures would be of something else."""
        if heard != told:
            raise ServiceDied(
                f"Reports of the load process {self.peer.name} are missing: it has sent {told}, and {heard} were heard.",
                "What it sent in between is not known: run it again.",
            )

    def _order(self, message: dict[str, object]) -> None:
        try:
            self._link.send(message)
        except LinkClosed:
            if self._finished is None:
                raise self._died() from None

    def _died(self) -> ServiceDied:
        return self.peer.died()
