"""Something behind an edge that can die, hang and come back: the port, and a process of our own as one."""

from __future__ import annotations

from typing import Literal, Protocol

from harness.guard import ResumeGroup, Undo, process_start, process_states

__all__ = ["Body", "OwnedBody", "OwnedProcess", "State"]

State = Literal["running", "paused", "gone", "missing"]
"""`gone` is dead; `missing` is a container that there is not, or not any more."""


class Body(Protocol):
    """Each change raises EnvironmentFailed where it cannot be made. `state` asks the system, not our memory."""

    @property
    def name(self) -> str:
        """Such as `orders-1`."""

    @property
    def throttles(self) -> bool:
        """Whether pausing and resuming takes so little that it can be done many times a second."""

    def resume_undo(self) -> Undo:
        """What takes a pause back."""

    def start_undo(self) -> Undo | None:
        """What takes a kill back; None where only its owner can, with whom it ends."""

    def survives_kill(self) -> bool:
        """Whether it can be started again after a kill."""

    def kill(self) -> None:
        """SIGKILL."""

    def start(self) -> None:
        """Start it again after it was killed; it need not be ready yet."""

    def pause(self) -> None:
        """SIGSTOP, or as much."""

    def resume(self) -> None:
        """The end of that."""

    def state(self) -> State:
        """What it is now."""


class OwnedProcess(Protocol):
    """A process of the stack that this run started; `harness.stack.Service` is one."""

    @property
    def name(self) -> str:
        """Such as `orders-1`."""

    @property
    def pid(self) -> int:
        """Of its leader, which leads a session of its own; another one after a restart."""

    @property
    def alive(self) -> bool:
        """A paused process is alive."""

    def kill(self) -> None:
        """SIGKILL to it and to all it started."""

    def restart(self) -> None:
        """Start the same again, on the same port."""

    def pause(self) -> None:
        """SIGSTOP to it and to all it started."""

    def resume(self) -> None:
        """SIGCONT to it and to all it started."""


class OwnedBody:
    """A process of our own. When this run dies its guard ends the process, dead or not, so a kill needs no undo of its own."""

    throttles = True

    def __init__(self, process: OwnedProcess) -> None:
        self._process = process

    @property
    def name(self) -> str:
        """See `Body`."""
        return self._process.name

    def resume_undo(self) -> Undo:
        """See `Body`."""
        return ResumeGroup(self._process.pid, process_start(self._process.pid) or "")

    def start_undo(self) -> None:
        """See `Body`."""

    def survives_kill(self) -> bool:
        """See `Body`."""
        return True

    def kill(self) -> None:
        """See `Body`."""
        self._process.kill()

    def start(self) -> None:
        """See `Body`."""
        self._process.restart()

    def pause(self) -> None:
        """See `Body`."""
        self._process.pause()

    def resume(self) -> None:
        """See `Body`."""
        self._process.resume()

    def state(self) -> State:
        """See `Body`."""
        if not self._process.alive:
            return "gone"
        states = process_states(self._process.pid, process_start(self._process.pid) or "")
        return "paused" if states and all(one == "T" for one in states) else "running"
