"""A container behind an edge, through the `docker` program (or one that is called like it).

What is sent: `docker kill|start|pause|unpause NAME` and `docker inspect --type container --format TEMPLATE NAME`, each without any other
option. https://docs.docker.com/reference/cli/docker/container/
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

from harness.errors import EnvironmentFailed
from harness.faults.processes.body import State
from harness.guard import StartContainer, Undo, UnpauseContainer, no_such_container

__all__ = ["Container"]

_CALL_S = 10.0
_NO_ENGINE = (
    "cannot connect to the docker daemon",
    "failed to connect to the docker api",
    "error during connect",
    "cannot connect to podman",
)


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

    def survives_kill(self) -> bool:
        """See `Body`. One that was started with `--rm` is removed with its end."""
        return self._inspect("{{.HostConfig.AutoRemove}}") != "true"

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
        """See `Body`. Raises EnvironmentFailed where the engine does not say."""
        try:
            said = self._inspect("{{.State.Running}} {{.State.Paused}}")
        except EnvironmentFailed as error:
            if no_such_container(error.what):
                return "missing"
            raise
        running, _, paused = said.partition(" ")
        return "paused" if paused == "true" else "running" if running == "true" else "gone"

    def _inspect(self, template: str) -> str:
        return self._call("inspect", "--type", "container", "--format", template, self.name)

    def _call(self, *arguments: str) -> str:
        told = f"docker {arguments[0]} {self.name}"
        try:
            answer = subprocess.run(
                [self._docker, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_CALL_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EnvironmentFailed(
                f"`{told}` did not end within {_CALL_S:g} s.", "See that the engine answers: docker info"
            ) from error
        except OSError as error:
            raise EnvironmentFailed(f"`{told}` could not be run: {error}.", "See that `docker info` works.") from error
        if answer.returncode == 0:
            return answer.stdout.strip()
        said = (answer.stderr or answer.stdout).strip()[-300:]
        if said.lower().startswith(_NO_ENGINE):
            raise EnvironmentFailed(
                f"Container `{self.name}` cannot be reached: {said}",
                "Start the engine, or say where it is in DOCKER_HOST; `docker info` then works.",
            )
        raise EnvironmentFailed(
            f"`{told}` failed: {said.rstrip('.')}.", f"See what there is: docker ps -a --filter name={self.name}"
        )
