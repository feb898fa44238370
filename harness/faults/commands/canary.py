"""A command fault says itself whether it is in force, by commands of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.faults.canary.effect import Visible
from harness.faults.canary.observation import Observation
from harness.faults.canary.sight import Sight
from harness.faults.commands.command import Command
from harness.faults.commands.shell import Answer, run

__all__ = ["CommandCanary"]

_AGAIN_S = 0.2
_AFTER_S = 10.0


class CommandCanary:
    """Watches one command fault: `in_force` must fail before it, work while it lasts, and `healed` must work after it."""

    def __init__(
        self,
        command: Command,
        cwd: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._command = command
        self._cwd = cwd
        self._clock = clock
        self._sleep = sleep
        self._before: Answer | None = None

    def baseline(self) -> tuple[Observation, ...]:
        """Ask before the fault."""
        if self._command.in_force:
            self._before = run(self._command.in_force, self._cwd, self._command.within / 1e3)
        return ()

    def look(
        self,
        disturbance: Visible,
        baseline: Sequence[Observation],
        *,
        within_s: float,
        others: Sequence[Visible] = (),
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Sight:
        """Ask until it is in force, or the time is up."""
        del disturbance, baseline, others
        asked = self._command.in_force
        if not asked:
            return Sight(None, "unverified: the fault has no `in_force` command")
        if self._before is not None and self._before.worked:
            return Sight(False, f"not seen to take effect, for `{asked}` said so before the fault, too: {self._before}")
        answer = self._until(asked, within_s, cancelled)
        before = f"; before: {self._before}" if self._before else ""
        if answer is None:
            return Sight(None, f"the fault was too short to run `{asked}` ({within_s:.2f} s)")
        return Sight(answer.worked, f"`{asked}`: {answer}{before}")

    def look_after(
        self,
        disturbance: Visible,
        baseline: Sequence[Observation],
        *,
        within_s: float = _AFTER_S,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Sight:
        """Ask until it is gone, or the time is up."""
        del disturbance, baseline
        asked = self._command.healed
        if not asked:
            return Sight(None, "unverified: the fault has no `healed` command")
        answer = self._until(asked, within_s, cancelled)
        told = f"`{asked}`: {answer or 'not run'}"
        if answer is not None and not answer.worked and cancelled():
            return Sight(None, f"{told}; the run ended before it could be asked again")
        return Sight(answer.worked if answer else None, told)

    def _until(self, command: str, within_s: float, cancelled: Callable[[], bool]) -> Answer | None:
        end, answer = self._clock() + within_s, None
        while not cancelled() and (left := end - self._clock()) > 0:
            answer = run(command, self._cwd, min(left, self._command.within / 1e3))
            if answer.worked:
                break
            self._sleep(min(_AGAIN_S, max(0.0, end - self._clock())))
        return answer
