"""Undos of a container that was paused or killed: let it go on, start it again."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from typing import ClassVar

from harness.guard.undo import Outcome, Rank, register

__all__ = ["StartContainer", "UnpauseContainer", "no_such_container"]

_CALL_S = 10.0
_LEAST_S = 0.3
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
        return _until(self.docker, "unpause", self.container, "{{.State.Paused}}", "false", within_s, gone_is_done=True)


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
        return _until(self.docker, "start", self.container, "{{.State.Running}}", "true", within_s, gone_is_done=False)


def no_such_container(said: str) -> bool:
    """Whether the engine said that there is none of that name, as Docker and Podman say it."""
    return any(words in said.lower() for words in ("no such container", "no such object"))


def _until(
    docker: str, verb: str, container: str, field: str, wanted: str, within_s: float, *, gone_is_done: bool
) -> Outcome:
    """Ask for the state first: a container that is as it should be needs nothing. One that is removed is not paused, and cannot start."""
    end = time.monotonic() + within_s
    while True:
        code, said = _docker(docker, end, "inspect", "--type", "container", "--format", field, container)
        if code == 0 and said == wanted:
            return Outcome(True, f"container {container} is as it was")
        if code and no_such_container(said):
            return Outcome(gone_is_done, f"container {container} is removed")
        code, refused = _docker(docker, end, verb, container)
        said = refused if code else f"it is not as it was: {field} is {said}"
        if time.monotonic() + _AGAIN_S > end:
            code, state = _docker(docker, end, "inspect", "--type", "container", "--format", field, container)
            if code == 0 and state == wanted:
                return Outcome(True, f"container {container} is as it was")
            return Outcome(False, f"docker {verb} {container}: {said}")
        time.sleep(_AGAIN_S)


def _docker(docker: str, end: float, *arguments: str) -> tuple[int, str]:
    """Never much beyond `end`: an engine that hangs must not keep the guard from its other promises."""
    left = min(_CALL_S, max(_LEAST_S, end - time.monotonic()))
    try:
        answer = subprocess.run(
            [docker, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=left, check=False
        )
    except subprocess.TimeoutExpired:
        return 1, f"docker did not answer within {left:.1f} s"
    except OSError as error:
        return 1, str(error)
    return answer.returncode, (answer.stdout if answer.returncode == 0 else answer.stderr).strip()
