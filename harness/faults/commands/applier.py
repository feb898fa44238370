"""Carries out what commands do. The guard runs `heal` when we cannot."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BadInput, EnvironmentFailed, HealFailed
from harness.faults.commands.command import Command
from harness.faults.commands.shell import run
from harness.faults.ladder import Removal
from harness.faults.promises import Promised, Promises
from harness.guard import RunCommand
from harness.model import Disturbance, Fault

__all__ = ["CommandApplier"]

_MARGIN_S = 2.0  # how long after its planned end the guard ends a fault that we did not


@dataclass(frozen=True, slots=True, kw_only=True)
class _InForce:
    """A fault that was made."""

    command: Command
    promise: Promised

    @property
    def about(self) -> Mapping[str, object]:
        """See `Made`."""
        return {"command": str(self.command.apply)}


class CommandApplier:
    """Commands run in `cwd`, the folder of the scenario."""

    def __init__(self, promises: Promises, cwd: Path, *, margin_s: float = _MARGIN_S) -> None:
        self._promises = promises
        self._cwd = cwd
        self._margin_s = margin_s
        self._active: dict[str, _InForce] = {}
        self._lock = threading.Lock()

    @property
    def active(self) -> tuple[str, ...]:
        """See `Applier`."""
        with self._lock:
            return tuple(self._active)

    def takes(self, disturbance: Disturbance) -> bool:
        """See `Applier`."""
        return isinstance(disturbance, Command)

    def check(self, faults: Iterable[Fault]) -> tuple[str, ...]:
        """Whether a command works is seen when it runs."""
        del faults
        return ()

    def apply(self, fault: Fault) -> _InForce:
        """Raises EnvironmentFailed where `apply` fails: `heal` was run then, since half of it may have been done."""
        command = fault.disturbance
        assert isinstance(command, Command)
        if fault.name in self._active:
            raise BadInput(f"Fault `{fault.name}` is in force already.", "Give this one another name.")
        undo = RunCommand(str(command.heal), str(self._cwd), int(command.within))
        lease_s = fault.duration + command.within / 1e3 + self._margin_s
        made = _InForce(command=command, promise=self._promises.promise(undo, lease_s=lease_s))
        with self._lock:
            self._active[fault.name] = made
        answer = run(command.apply, self._cwd, command.within / 1e3)
        if not answer.worked:
            self.heal(fault.name)
            raise EnvironmentFailed(f"`{command.apply}` failed: {answer}.", f"Try it by hand in {self._cwd}.")
        return made

    def change(self, name: str, disturbance: Disturbance) -> _InForce:
        """See `Applier`."""
        raise BadInput(f"Fault `{name}` cannot become {disturbance.describe()}.", "Heal it, and make another one.")

    def heal(self, name: str) -> Removal:
        """See `Applier`."""
        made = self._active[name]
        answer = run(made.command.heal, self._cwd, made.command.within / 1e3)
        if not answer.worked:
            raise HealFailed(
                f"`{made.command.heal}` failed, so fault `{name}` may still be in force: {answer}.",
                f"Run:\n  {made.promise.undo.by_hand()}",
            )
        with self._lock:
            del self._active[name]
        made.promise.kept()
        return Removal(True, f"`{made.command.heal}`: {answer}")
