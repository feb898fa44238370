"""A container behind an edge, through the `docker` program (or one that is called like it)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

from harness.errors import EnvironmentFailed
from harness.faults.processes.body import State
from harness.guard import StartContainer, Undo, UnpauseContainer

__all__ = ["Container"]

_CALL_S = 10.0


class Container:
    """One container by name."""

    throttles = False

    def __init__(self, name: str, docker: str) -> None:
        self.name = name
        self._docker = docker

    @classmethod
    def find(cls, name: str, environ: Mapping[str, str]) -> Container:
        """Raises EnvironmentFailed where there is no `docker` on PATH."""
        docker = shutil.which("docker", path=environ.get("PATH"))
        if docker is None:
            raise EnvironmentFailed(
                f"Container `{name}` cannot be reached: there is no `docker` on PATH.",
                "Install its command line, or put the fault on an edge without `container`.",
            )
        return cls(name, docker)

    def resume_undo(self) -> Undo:
        """See `Body`."""
        return UnpauseContainer(self._docker, self.name)

    def start_undo(self) -> Undo:
        """See `Body`."""
        return StartContainer(self._docker, self.name)

    def kill(self) -> None:
        """See `Body`."""
        self._call("kill", self.name)

    def start(self) -> None:
        """See `Body`."""
        self._call("start", self.name)

    def pause(self) -> None:
        """See `Body`."""
        self._call("pause", self.name)

    def resume(self) -> None:
        """See `Body`."""
        self._call("unpause", self.name)

    def state(self) -> State:
        """See `Body`. Raises EnvironmentFailed where docker does not know it."""
        said = self._call("inspect", "--format", "{{.State.Running}} {{.State.Paused}}", self.name)
        running, _, paused = said.partition(" ")
        return "paused" if paused == "true" else "running" if running == "true" else "gone"

    def _call(self, *arguments: str) -> str:
        told = f"docker {' '.join(arguments)}"
        try:
            answer = subprocess.run(
                [self._docker, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_CALL_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentFailed(f"`{told}` failed: {error}.", "See that the engine runs: docker ps") from error
        if answer.returncode:
            said = (answer.stderr or answer.stdout).strip()[-300:]
            raise EnvironmentFailed(
                f"`{told}` failed: {said}.", f"See what there is: docker ps -a --filter name={self.name}"
            )
        return answer.stdout.strip()
