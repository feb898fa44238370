"""The run's side of a load process: start it, let it go, hear it, stop it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import BadInput, EnvironmentFailed, ServiceDied
from harness.load.link import ENV_FD, Link, LinkClosed
from harness.load.messages import Finished, Message, Problem, Ready, decoded
from harness.load.plan import LoadPlan

__all__ = ["ENTRY", "Generator", "Spawn"]

Spawn = Callable[[Sequence[str], Mapping[str, str], Sequence[int], Path], "subprocess.Popen[bytes]"]
"""Start `argv` with `env`, leaving it the descriptors `pass_fds`, its output appended to the file; in a session of its own."""

ENTRY = (sys.executable, "-m", "harness.load.child")
_SEND_S = 20.0
_QUOTED_LINES = 15


class Generator:
    """One load process. Close it in the end, whatever happened: use it as a context manager."""

    def __init__(self, plan: LoadPlan, process: subprocess.Popen[bytes], link: Link, log_path: Path) -> None:
        self.plan = plan
        self._process = process
        self._link = link
        self._log = log_path
        self._early: list[Message] = []
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
            process = (spawn or _spawn)(argv, {**env, **added}, (theirs.fileno(),), log_path)
        except OSError as error:
            ours.close()
            raise EnvironmentFailed(f"The load process could not be started: {error}.") from error
        finally:
            theirs.close()
        generator = cls(plan, process, Link(ours, patience=_SEND_S), log_path)
        generator._order({"kind": "plan", "plan": plan.to_message()})
        return generator

    @property
    def pid(self) -> int:
        """Of the load process."""
        return self._process.pid

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
            f"{self._said()}"
        )

    def go(self, zero_ns: int) -> None:
        """Begin at `zero_ns` on CLOCK_MONOTONIC; a little in the future, so that the first arrival isn't late."""
        self._order({"kind": "go", "zero_ns": zero_ns})

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
        """End the process and all of its session at once."""
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
        self._process.wait()

    def hang_up(self) -> None:
        """Close the link; a load process that has not finished ends at once. `close` waits for it."""
        self._link.close()

    def close(self, timeout: float = 10.0) -> int:
        """Close the link, wait for the process, kill it after `timeout` seconds. Returns its exit code."""
        try:
            if self._finished is not None:
                self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._link.close()
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

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
        if isinstance(message, Finished):
            self._finished = message
        return message

    def _order(self, message: dict[str, object]) -> None:
        try:
            self._link.send(message)
        except LinkClosed:
            if self._finished is None:
                raise self._died() from None

    def _died(self) -> ServiceDied:
        try:
            code: int | str = self._process.wait(5)
        except subprocess.TimeoutExpired:
            code = "none yet"
        return ServiceDied(
            f"The load process {self.pid} ended before its run did (exit code {code}).{self._said()}",
            f"Its log is {self._log}.",
        )

    def _said(self) -> str:
        try:
            lines = self._log.read_text(errors="replace").splitlines()[-_QUOTED_LINES:]
        except OSError:
            return ""
        return "".join(f"\n    {line}" for line in lines)


def _spawn(
    argv: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int], log_path: Path
) -> subprocess.Popen[bytes]:
    with log_path.open("ab") as log:
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            pass_fds=tuple(pass_fds),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
