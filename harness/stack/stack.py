"""The bundled target, running."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.errors import EnvironmentFailed, ServiceDied
from harness.guard import Guard
from harness.model import Edge
from harness.stack.edges import Ports, edges_of
from harness.stack.launch import Launch, Launched
from harness.stack.ports import LOOPBACK, PortTaken, free_ports
from harness.stack.reference_services import check_extra
from harness.stack.second_place import SecondPlace
from harness.stack.service import Service
from harness.stack.settings import StackSettings
from harness.stack.toxiproxy import find_toxiproxy
from harness.stack.versions import stack_versions

__all__ = ["Stack"]

_ATTEMPTS = 4
_RESTART_S = 10.0

PickPorts = Callable[[int], tuple[int, ...]]


class Stack:
    """Postgres, Valkey, Toxiproxy, payments, orders and relay, each a process on loopback; a context manager that ends them."""

    def __init__(self, folder: Path, launched: Launched) -> None:
        self.folder = folder
        self._launched = launched
        self._ended = False
        self.edges: Mapping[str, Edge] = edges_of(launched.ports)
        self.versions = stack_versions(launched.ports.toxiproxy)

    @classmethod
    def start(
        cls,
        settings: StackSettings,
        guard: Guard,
        folder: Path,
        *,
        progress: Callable[[str], None],
        environ: Mapping[str, str] = os.environ,
        pick_ports: PickPorts = free_ports,
    ) -> Stack:
        """Start all and wait until ready; `folder` keeps the logs, and while it runs the data.

        Raises MissingExtra, EnvironmentFailed, or ServiceDied with the end of the log; then nothing runs any more.
        """
        check_extra()
        launch = Launch(
            settings=settings,
            guard=guard,
            folder=folder.absolute(),
            environ=environ,
            toxiproxy=find_toxiproxy(environ, progress=progress),
            progress=progress,
        )
        progress("starting the stack")
        try:
            launch.folder.mkdir(parents=True, exist_ok=True)
            launched = _attempts(launch, pick_ports)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentFailed(
                f"The stack could not be started in {folder}: {error}.",
                "See that the disk has space and the folder can be written.",
            ) from error
        try:
            return cls(launch.folder, launched)
        except BaseException:
            launched.end()
            raise

    @property
    def url(self) -> str:
        """Of the service as clients see it, through the edge `front`."""
        return f"http://{LOOPBACK}:{self._launched.ports.to_orders}"

    @property
    def direct_url(self) -> str:
        """Of the service without Toxiproxy before it."""
        return f"http://{LOOPBACK}:{self._launched.ports.orders}"

    @property
    def relay_url(self) -> str:
        """Of the relay's health and metrics."""
        return f"http://{LOOPBACK}:{self._launched.ports.relay}"

    @property
    def toxiproxy_url(self) -> str:
        """Of Toxiproxy's API."""
        return f"http://{LOOPBACK}:{self._launched.ports.toxiproxy}"

    @property
    def environment(self) -> Mapping[str, str]:
        """`HARNESS_...` settings that reach database, cache and payments directly; the secret for tokens is among them."""
        return self._launched.environment

    @property
    def services(self) -> Mapping[str, Service]:
        """By name, in the order of their start."""
        return self._launched.services

    def behind(self, edge: str) -> tuple[Service, ...]:
        """The processes that answer on an edge; `orders` may be several."""
        name = {"front": "orders"}.get(edge, edge)
        return tuple(one for one in self.services.values() if one.name == name or one.name.startswith(f"{name}-"))

    def watch(self) -> ServiceDied | None:
        """The first process that ended by itself, as an error that quotes its log; None while all are well."""
        deaths = (service.died() for service in self.services.values())
        return None if self._ended else next((died for died in deaths if died), None)

    def in_second_place(self) -> SecondPlace:
        """For the time of a load from this machine: see there."""
        return SecondPlace(lambda: [service.pid for service in self.services.values()])

    def restart_toxiproxy(self) -> None:
        """End it, whatever state it is in, and start it with its proxies and without any toxic. Raises EnvironmentFailed."""
        service = self.services["toxiproxy"]
        service.kill()
        service.restart()
        service.wait_ready(_RESTART_S)

    def stop(self) -> None:
        """End all processes and remove their data; the logs stay. Doing it twice is harmless."""
        if not self._ended:
            self._ended = True
            self._launched.end()

    def describe(self) -> dict[str, Any]:
        """For the record of a run: no secret is in it."""
        return {
            "url": self.url,
            "direct_url": self.direct_url,
            "toxiproxy_url": self.toxiproxy_url,
            "folder": str(self.folder),
            "edges": {
                edge.name: {"listen": edge.listen, "upstream": edge.upstream, "protocol": edge.protocol}
                for edge in self.edges.values()
            },
            "services": {
                service.name: {"pid": service.pid, "port": service.spec.port, "log": str(service.spec.log)}
                for service in self.services.values()
            },
            "versions": dict(self.versions),
        }

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _attempts(launch: Launch, pick_ports: PickPorts) -> Launched:
    names = Ports.__slots__
    for _ in range(_ATTEMPTS - 1):
        try:
            return launch.attempt(Ports(**dict(zip(names, pick_ports(len(names)), strict=True))))
        except PortTaken as taken:
            launch.progress(f"{taken.what.splitlines()[0]} Trying other ports.")
    return launch.attempt(Ports(**dict(zip(names, pick_ports(len(names)), strict=True))))
