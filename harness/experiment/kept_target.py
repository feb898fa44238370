"""One target for many runs: the bundled stack is started once and stands between them; a target of the user's own stands anyway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.experiment.listener import Listener
from harness.experiment.opening import REFERENCE, Opener, OpenTarget, open_target, reference_on
from harness.experiment.workshop import guarded
from harness.guard import Guard
from harness.model import Scenario, Target

if TYPE_CHECKING:
    from harness.stack import Stack


@contextmanager
def kept(target: Target, *, folder: Path, listener: Listener, environ: Mapping[str, str]) -> Iterator[Opener]:
    """How to open `target` for each of many runs. Raises what `open_target` raises, when it is first opened."""
    if target.name != REFERENCE:
        yield open_target
        return
    with guarded("kept", environ) as guard:
        keeper = _Keeper(guard, folder, listener, environ)
        try:
            yield keeper.open
        finally:
            keeper.stop()


@dataclass(slots=True)
class _Keeper:
    guard: Guard
    folder: Path
    listener: Listener
    environ: Mapping[str, str]
    stack: Stack | None = None
    defects: tuple[str, ...] = field(default=())

    @contextmanager
    def open(self, scenario: Scenario, **_of_the_run: object) -> Iterator[OpenTarget]:
        """On the stack that stands; on a new one where one of its processes has ended, or other defects are asked for."""
        if self.stack is None or self.stack.watch() or self.defects != scenario.defects:
            self.stop()
            self.stack = self._start(scenario.defects)
        yield reference_on(self.stack, scenario.target)

    def stop(self) -> None:
        if self.stack is not None:
            stack, self.stack = self.stack, None
            stack.stop()

    def _start(self, defects: tuple[str, ...]) -> Stack:
        from harness.stack import Stack, StackSettings  # here: a foreign target needs no stack

        self.defects = defects
        settings = StackSettings(defects=defects)
        return Stack.start(
            settings, self.guard, self.folder / "stack", progress=self.listener.event, environ=self.environ
        )
