"""Undos of a container that was paused or killed: let it go on, start it again."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from typing import ClassVar

from harness.guard.undo import Outcome, Rank, register

__all__ = ["StartContainer", "UnpauseContainer"]

_CALL_S = 10.0
_AGAIN_S = 0.1


@register
@dataclass(frozen=True, slots=True)
class UnpauseContainer:
    """`docker` is the program, as an absolute path."""

    kind: ClassVar[str] = "unpause-container"
    rank: ClassVar[Rank] = Rank.COMMAND
    docker: str
    container: str

    def fields(self) -> dict[str, str | int]:
        return {"docker": self.docker, "container": self.container}

    def by_hand(self) -> str:
        return f"docker unpause {self.container}"

    def undo(self, within_s: float) -> Outcome:
        return _until(self.docker, "unpause", self.container, "{{.State.Paused}}", "false", within_s)


@register
@dataclass(frozen=True, slots=True)
class StartContainer:
    """`docker` is the program, as an absolute path. Starting one that runs changes nothing."""

    kind: ClassVar[str] = "start-container"
    rank: ClassVar[Rank] = Rank.COMMAND
    docker: str
    container: str

    def fields(self) -> dict[str, str | int]:
        return {"docker": self.docker, "container": self.container}

    def by_hand(self) -> str:
        return f"docker start {self.container}"

    def undo(self, within_s: float) -> Outcome:
        return _until(self.docker, "start", self.container, "{{.State.Running}}", "true", within_s)


def _until(docker: str, verb: str, container: str, field: str, wanted: str, within_s: float) -> Outcome:
    """Ask for the state first: a container that is as it should be needs nothing."""
    end, said = time.monotonic() + within_s, "no time was left"
    while True:
        for arguments in (("inspect", "--format", field, container), (verb, container)):
            code, said = _docker(docker, *arguments)
            if code == 0 and arguments[0] == "inspect" and said == wanted:
                return Outcome(True, f"container {container} is as it was")
        if time.monotonic() + _AGAIN_S > end:
            code, state = _docker(docker, "inspect", "--format", field, container)
            done = code == 0 and state == wanted
            return Outcome(
                done, f"container {container} is as it was" if done else f"docker {verb} {container}: {said}"
            )
        time.sleep(_AGAIN_S)


def _docker(docker: str, *arguments: str) -> tuple[int, str]:
    try:
        answer = subprocess.run(
            [docker, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_CALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    return answer.returncode, (answer.stdout if answer.returncode == 0 else answer.stderr).strip()
