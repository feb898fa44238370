"""Where tests take place: the bundled stack is kept from test to test, and every other target is opened for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput, EnvironmentFailed
from harness.experiment.listener import Listener
from harness.experiment.opening import REFERENCE, OpenTarget, open_target, reference_on, stack_settings
from harness.guard import Guard
from harness.model import Scenario, Target

if TYPE_CHECKING:
    from harness.stack import Stack, StackSettings


class Grounds:
    """`folder` keeps the logs of the stack. A stack that is given, with `defects` switched on, belongs to somebody else, who ends it.

    Use it in one thread, which must live as long as the stack does: a process that a thread started ends with that thread.
    """

    def __init__(
        self,
        guard: Guard,
        folder: Path,
        environ: Mapping[str, str],
        stack: Stack | None = None,
        defects: tuple[str, ...] = (),
    ) -> None:
        self._guard = guard
        self._folder = folder
        self._environ = environ
        self._stack = stack
        self._settings: StackSettings | None = None
        self._given_defects = defects
        self._is_ours = False
        self._started = 0
        self._exit = ExitStack()

    def standing(self, target: Target) -> Target | None:
        """The target as it stands already, with its edges; None where nothing is known of it before a test opens it."""
        if target.name == REFERENCE:
            return reference_on(self._stack, target).target if self._stack is not None else None
        return target if target.toxiproxy else None

    @contextmanager
    def open(
        self, scenario: Scenario, *, guard: Guard, folder: Path, listener: Listener, environ: Mapping[str, str]
    ) -> Iterator[OpenTarget]:
        """As `open_target`."""
        if scenario.target.name == REFERENCE:
            yield reference_on(self._stack_for(stack_settings(scenario), listener), scenario.target)
        else:
            with open_target(scenario, guard=guard, folder=folder, listener=listener, environ=environ) as opened:
                yield opened

    def close(self) -> None:
        """End the stack, where it is ours."""
        self._exit.close()
        self._stack = None if self._is_ours else self._stack

    def _stack_for(self, settings: StackSettings, listener: Listener) -> Stack:
        from harness.stack import Stack

        if self._stack is not None and not self._is_ours:
            self._must_be_as(settings)
            return self._stack
        if self._stack is not None and self._settings == settings and self._stack.watch() is None:
            return self._stack
        self.close()
        self._started += 1
        folder = self._folder / f"stack-{self._started}"
        self._stack = self._exit.enter_context(
            Stack.start(settings, self._guard, folder, progress=listener.event, environ=self._environ)
        )
        self._settings, self._is_ours = settings, True
        if died := self._stack.watch():
            raise EnvironmentFailed(died.what, died.todo)
        return self._stack

    def _must_be_as(self, wanted: StackSettings) -> None:
        """A stack that is kept up is not changed for a test: what would then be tested is something else."""
        missing = [name for name in wanted.defects if name not in self._given_defects]
        if missing:
            raise BadInput(
                f"The scenario wants the defect `{missing[0]}`, and the stack that is kept up was started without it.",
                f"Use: harness ui SCENARIO; or start it anew: harness up --defect {missing[0]}",
            )
        if replace(wanted, defects=()) != type(wanted)():
            raise BadInput(
                "The scenario wants settings of the bundled service that the stack that is kept up does not have.",
                "Use: harness ui SCENARIO",
            )
