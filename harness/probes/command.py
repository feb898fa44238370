"""A number that a command prints."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Protocol

from harness.errors import ProbeSilent
from harness.model import Probe

__all__ = ["Execute", "Executed", "number_from"]


@dataclass(frozen=True, slots=True)
class Executed:
    """How a command ended; `code` is None where it had to be killed."""

    code: int | None
    out: str
    err: str


class Execute(Protocol):
    """Runs a command to its end, or kills it and its children after `timeout_s` seconds. Raises OSError where it can't be started."""

    def __call__(self, argv: list[str], *, cwd: str | None, timeout_s: float) -> Executed: ...


def number_from(probe: Probe, execute: Execute) -> float:
    """What it printed. Raises ProbeSilent where that is no number, or it failed."""
    try:
        done = execute(shlex.split(probe.ask), cwd=probe.folder or None, timeout_s=probe.timeout)
    except (OSError, ValueError) as error:
        raise ProbeSilent(f"`{probe.ask}` could not be run: {error}") from error
    if done.code is None:
        raise ProbeSilent(f"`{probe.ask}` did not end within {probe.timeout:g} s")
    if done.code:
        said = (done.err.strip() or done.out.strip()).splitlines()
        raise ProbeSilent(f"`{probe.ask}` ended with {done.code}{f': {said[-1][:200]}' if said else ''}")
    try:
        return float(done.out.strip())
    except ValueError as error:
        raise ProbeSilent(f"`{probe.ask}` printed {done.out.strip()[:60]!r}, which is not a number") from error
