"""A test that begins by itself, and what it came to: Locust's `--autostart` and `--autoquit`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.errors import HarnessError, Interrupted
from harness.experiment.run import Ended


@dataclass(slots=True)
class Unattended:
    """`scenario` is the key of the test that begins. `quit_after_s` seconds after it ended, and every test that somebody has begun since, all
    is done; None: it never is. `came_to` is what each test ended with."""

    scenario: str
    quit_after_s: float | None = None
    clock: Callable[[], float] = time.monotonic
    came_to: list[Ended | HarnessError | Interrupted] = field(default_factory=list)
    _over_at: float = 0.0

    def ended(self, how: Ended | HarnessError | Interrupted) -> None:
        """A test is over."""
        self.came_to.append(how)
        self._over_at = self.clock()

    @property
    def done(self) -> bool:
        """Whether nobody need wait any more, once no test runs."""
        return (
            bool(self.came_to) and self.quit_after_s is not None and self.clock() >= self._over_at + self.quit_after_s
        )
