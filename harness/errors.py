"""The one error tree. An exception means that the harness could not tell; a failed check is a Finding, never an exception.

HarnessError                  exit code
├── BadInput                  3    what somebody wrote or typed is wrong
│   └── BadDocument           3    ... in a file, at a line
└── EnvironmentFailed         4    a port, a process, a network, a disk
    ├── MissingExtra          4    an optional dependency is not installed
    ├── ServiceDied           4    a process that we started ended by itself
    ├── ToxiproxyError        4    the fault proxy refused, or did not answer
    ├── NotInForce            4    a fault was not felt, or ended too early: what was seen under it says nothing
    ├── ProbeSilent           4    a probe was asked, and has no number to tell
    └── HealFailed            4    a fault may still be in force

Interrupted is none of them: Ctrl-C or SIGTERM, exit code 130 after healing.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "BadDocument",
    "BadInput",
    "EnvironmentFailed",
    "HarnessError",
    "HealFailed",
    "Interrupted",
    "MissingExtra",
    "NotInForce",
    "ProbeSilent",
    "ServiceDied",
    "ToxiproxyError",
]


class HarnessError(Exception):
    """Base of all. `what` says what happened and to what; `todo` says what to do next."""

    exit_code = 4

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what, todo)
        self.what = what
        self.todo = todo

    @property
    def told(self) -> str:
        """What happened and where, without the advice: what a run's record keeps."""
        return self.what

    def __str__(self) -> str:
        return f"{self.told}\n  {self.todo}" if self.todo else self.told


class BadInput(HarnessError):
    """A flag, a name or a value that cannot be meant."""

    exit_code = 3


class BadDocument(BadInput):
    """A mistake in a file. `line` counts from 1; 0 when the place is not known."""

    def __init__(self, what: str, todo: str = "", *, path: Path | str = "", line: int = 0) -> None:
        super().__init__(what, todo)
        self.path = str(path)
        self.line = line

    @property
    def told(self) -> str:
        """With file and line."""
        place = f"{self.path}:{self.line}: " if self.line else f"{self.path}: " if self.path else ""
        return place + self.what


class EnvironmentFailed(HarnessError):
    """The world around the harness did not do its part."""


def how_to_install(extra: str) -> str:
    """The command. The project is on no index, where anybody might take its name: it is installed from its checkout."""
    return f"pip install '.[{extra}]', in a checkout of api-harness"


class MissingExtra(EnvironmentFailed):
    """An optional part is not installed."""

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the extra `{extra}`, which is not installed.",
            f"Install it: {how_to_install(extra)}",
        )
        self.extra = extra


class ServiceDied(EnvironmentFailed):
    """A process that we started ended without being asked; the message quotes its log."""


class ToxiproxyError(EnvironmentFailed):
    """The Toxiproxy server refused a call or did not answer in time."""


class NotInForce(EnvironmentFailed):
    """A fault was not felt, or ended too early: what was seen under it says nothing."""


class ProbeSilent(EnvironmentFailed):
    """A probe was asked and has no number to tell; `what` says why."""


class HealFailed(EnvironmentFailed):
    """A fault could not be taken back; `todo` holds the commands to do it by hand."""


class Interrupted(BaseException):
    """Somebody asked us to stop. No `Exception`, so that no `except Exception` of a library in between can lose it.

    As KeyboardInterrupt; our own clean-up is in `finally` and `except BaseException`.
    """

    exit_code = 130

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        self.told = what
