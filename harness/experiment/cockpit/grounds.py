"""Where tests take place: the bundled stack is kept from test to test, and every other target is opened for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import EnvironmentFailed
from harness.experiment.listener import Listener
from harness.experiment.opening import REFERENCE, OpenTarget, open_target, reference_on, stack_settings
from harness.guard import Guard
from harness.model import Scenario, Target

if TYPE_CHECKING:
    from harness.stack import Stack, StackSettings


class Grounds:
    """`folder` keeps the logs of the stack. A stack that is given belongs to somebody else, who ends it. Use it in one thread, which
    must live as long as the stack does: a process that a thread started ends with that thread."""

    def __init__(self, guard: Guard, folder: Path, environ: Mapping[str, str], stack: Stack | None = None) -> None:
        self._guard = guard
        self._folder = folder
        self._environ = environ
        self._stack = stack
        self._settings: StackSettings | None = None
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
