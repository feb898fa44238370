"""A process of the stack: started under guard, asked until ready, stopped, killed, paused, resumed."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import EnvironmentFailed, ServiceDied
from harness.guard import Guard, KillGroup, Promise, pause_tree, process_start, resume_tree
from harness.stack.ports import PortTaken
from harness.stack.readiness import ReadyCheck, why_not_listening
from harness.stack.system_user import SystemUser

__all__ = ["Service", "ServiceSpec", "log_tail"]

_POLL_S = 0.02
_LOG_LINES, _LOG_BYTES = 15, 16_384
_PORT_TAKEN = re.compile(r"address (is )?already in use|EADDRINUSE|Errno 98", re.IGNORECASE)
# The child waits for a word before it becomes the program. We write it once the journal names the child; when we die
# before that, the pipe closes and the child ends. So there is no moment in which a process of ours is known to nobody.
_GATE = 'read -r go || exit 1; exec "$@" </dev/null'


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """How to start a process and how to know that it is ready. `env` is its whole environment; `log` takes both its outputs."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    port: int
    ready: ReadyCheck
    log: Path
    cwd: Path
    user: SystemUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM


class Service:
    """One running process. `start` is the only way to make one."""

    def __init__(self, spec: ServiceSpec, guard: Guard) -> None:
        self.spec = spec
        self._guard = guard
        self._process, self._promise = _launch(spec, guard)
        self._asked_to_end = False

    @classmethod
    def start(cls, spec: ServiceSpec, guard: Guard) -> Service:
        """Raises EnvironmentFailed when it cannot be run. It is not ready yet: see `wait_ready`."""
        return cls(spec, guard)

    @property
    def name(self) -> str:
        """Such as `postgres` or `orders-1`."""
        return self.spec.name

    @property
    def pid(self) -> int:
        """Of the process now running, which leads a session of its own."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """A paused process is alive."""
        return self._process.poll() is None

    def wait_ready(self, within_s: float, *, anyone_died: Callable[[], ServiceDied | None] | None = None) -> None:
        """Raises PortTaken or ServiceDied when it ends, EnvironmentFailed when time is up; each quotes the log.

        With `anyone_died`, the end of another process that this one may need ends the wait too.
        """
        deadline = time.monotonic() + within_s
        while (why := why_not_listening(self.pid, self.spec.port) or self.spec.ready()) is not None:
            if (died := self.died() or (anyone_died and anyone_died())) is not None:
                raise died
            if time.monotonic() > deadline:
                raise EnvironmentFailed(
                    f"{self.name} was not ready within {within_s:g} s: {why}\n{log_tail(self.spec.log)}",
                    f"See its log: {self.spec.log}",
                )
            time.sleep(_POLL_S)

    def died(self) -> ServiceDied | None:
        """What to say when it ended without being asked; None otherwise."""
        code = self._process.poll()
        if code is None or self._asked_to_end:
            return None
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        quoted = log_tail(self.spec.log)
        kind = PortTaken if _PORT_TAKEN.search(quoted) else ServiceDied
        return kind(f"{self.name} {how}. Its last words:\n{quoted}", f"See its log: {self.spec.log}")

    def ask_to_stop(self) -> None:
        """Send the signal that ends it in good order, and go on."""
        self._asked_to_end = True
        if self.alive:
            self.resume()  # a paused process hears nothing
            self._process.send_signal(self.spec.stop_signal)

    def stop(self, within_s: float = 5.0) -> None:
        """In good order, or by force after `within_s` seconds."""
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within_s)
        self.kill()  # in any case: children may outlive their leader

    def kill(self) -> None:
        """SIGKILL to it and to all it started. Raises EnvironmentFailed when one outlives that."""
        self._asked_to_end = True
        outcome = self._promise.undo.undo(5.0)
        self._process.wait()
        if not outcome.done:
            raise EnvironmentFailed(f"{self.name}: {outcome.what}.", self._promise.undo.by_hand())
        self._promise.kept()

    def restart(self) -> None:
        """Start the same again after `kill` or `stop`, on the same port. It is not ready yet."""
        if self.alive:
            raise EnvironmentFailed(f"{self.name} still runs as {self.pid}.", "Stop or kill it first.")
        self._promise.undo.undo(5.0)  # what a crashed leader left behind
        self._promise.kept()
        self._process, self._promise = _launch(self.spec, self._guard)
        self._asked_to_end = False

    def pause(self) -> None:
        """SIGSTOP to it and to all it started: it keeps its connections and answers nothing."""
        if self.alive:  # not reaped yet, so the number cannot be somebody else's
            pause_tree(self.pid, process_start(self.pid) or "")

    def resume(self) -> None:
        """SIGCONT to it and to all it started."""
        if self.alive:
            resume_tree(self.pid, process_start(self.pid) or "")


def log_tail(log: Path) -> str:
    """The last lines of a log, indented; says so when there are none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG_BYTES))
            lines = file.read().decode(errors="replace").strip().splitlines()[-_LOG_LINES:]
    except OSError as error:
        lines = [f"(no log: {error.strerror})"]
    return "\n".join(f"    {line}" for line in lines or ["(it wrote nothing)"])


def _launch(spec: ServiceSpec, guard: Guard) -> tuple[subprocess.Popen[bytes], Promise]:
    process = _spawn(spec)
    assert process.stdin is not None
    with process.stdin as gate:
        promise = guard.promise(KillGroup(process.pid, process_start(process.pid) or ""))
        with suppress(BrokenPipeError):  # it is dead already; `died` says so
            gate.write(b"go\n")
            gate.flush()
    return process, promise


def _spawn(spec: ServiceSpec) -> subprocess.Popen[bytes]:
    user = spec.user
    try:
        with spec.log.open("ab") as log:
            return subprocess.Popen(
                ["/bin/sh", "-c", _GATE, "sh", *spec.argv],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(spec.env),
                cwd=spec.cwd,
                start_new_session=True,
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
            )
    except OSError as error:
        raise EnvironmentFailed(
            f"{spec.name} could not be started: {error}.", f"It was: {' '.join(spec.argv)}"
        ) from error
