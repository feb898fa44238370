"""The run's side: wait for workers, let them in, and hand out the plan."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import EnvironmentFailed, HarnessError, ServiceDied
from harness.load.clock import Clock, Ping, offset_of
from harness.load.generator import SEND_S, Generator
from harness.load.link import Link
from harness.load.plan import LoadPlan
from harness.load.remote.greeting import greet, long_lived
from harness.load.workers import Workers, shared
from harness.model.scenario import Muster

__all__ = ["GREETED_MOST", "RemoteProcess", "handed_out", "listening", "measured_again", "mustered"]

_PINGS = 20
_PING_S = 5.0
_MOST_FILES = 2_000_000  # bytes of Python beside the locustfile that travel with it
GREETED_MOST = 64_000  # bytes of a frame, before the other side has shown who it is


class RemoteProcess:
    """A load process on another host. It ends when its link closes; nobody here can do more to it."""

    def __init__(self, link: Link, host: str, address: str) -> None:
        self.host = host
        self.pid = 0
        self._link = link
        self._address = address

    @property
    def name(self) -> str:
        """Where it is."""
        return f"on {self.host} ({self._address})"

    def wait(self, timeout: float) -> int | None:
        """Its link's end is all that can be seen of its end."""
        del timeout
        return 0

    def kill(self) -> None:
        """Its agent ends it when the link closes."""
        self._link.close()

    def said(self) -> str:
        """Its agent keeps its log."""
        return ""

    def died(self) -> ServiceDied:
        """See `Peer.died`."""
        return ServiceDied(
            f"The load process {self.name} was lost: its connection ended before the run did.",
            "See what its `harness run --worker` printed there.",
        )


def mustered(plan: LoadPlan, muster: Muster, *, token: str, version: str, say: Callable[[str], None]) -> Workers:
    """As `Workers.start`, with the workers that report. Nobody can join later. Close them in the end.

    Raises EnvironmentFailed where the port is taken, or too few workers came in time; a worker that is refused is told to `say`.
    """
    with ExitStack() as undo:
        links: list[tuple[Link, RemoteProcess]] = []
        with listening(muster) as listener:
            host, port = listener.getsockname()[:2]
            say(f"waiting for {muster.workers} workers at {host}:{port}")
            deadline = time.monotonic() + muster.patience_s
            while len(links) < muster.workers:
                end, address = _accepted(listener, deadline, muster, len(links))
                link = Link(long_lived(end), patience=SEND_S, most=GREETED_MOST)
                try:
                    peer = RemoteProcess(link, greet(link, token, version), address)
                except HarnessError as error:
                    link.close()
                    say(error.what)
                    continue
                link.most = None
                undo.callback(link.close)
                links.append((link, peer))
                say(f"worker {len(links)} of {muster.workers} is {peer.name}")
        workers = handed_out(plan, links)
        undo.pop_all()
    return workers


def handed_out(plan: LoadPlan, links: Sequence[tuple[Link, RemoteProcess]]) -> Workers:
    """The plan, told to workers that were let in. Close them in the end. Raises EnvironmentFailed where one does not answer."""
    generators, clocks = [], []
    files = _files(plan)
    for one, (link, peer) in zip(shared(plan, len(links)), links, strict=True):
        offset, uncertainty = _measure(link)
        generator = Generator(one, peer, link, offset_ns=offset)
        generator.tell_plan(files=files)
        generators.append(generator)
        clocks.append(Clock(host=peer.host, offset_ns=offset, uncertainty_ns=uncertainty))
    return Workers(generators, clocks)


def measured_again(workers: Workers) -> tuple[Clock, ...]:
    """The clocks with their drift since the start, once all have finished; as they were where a worker no longer answers."""
    after = []
    for clock, generator in zip(workers.clocks, workers.generators if workers.clocks else (), strict=True):
        try:
            offset, _ = _measure(generator.link)
            after.append(replace(clock, drift_ns=offset - clock.offset_ns))
        except EnvironmentFailed:
            after.append(clock)
    return tuple(after)


def _measure(link: Link) -> tuple[int, int]:
    """Raises LinkClosed, or EnvironmentFailed where no answer came."""
    pings = []
    deadline = time.monotonic() + _PING_S
    for number in range(_PINGS):
        sent = time.monotonic_ns()
        link.send({"kind": "ping", "n": number})
        while (answer := link.receive(max(0.0, deadline - time.monotonic()))) is not None:
            if answer["kind"] == "pong" and answer.get("n") == number:
                pings.append(Ping(sent, int(str(answer["at_ns"])), time.monotonic_ns()))
                break
        if answer is None:
            break
    if not pings:
        raise EnvironmentFailed(f"A worker did not answer within {_PING_S:g} s.", "Look at its host.")
    return offset_of(pings)


def listening(muster: Muster) -> socket.socket:
    """Where they report. Raises EnvironmentFailed for an address that cannot be had."""
    try:
        return socket.create_server((muster.host, muster.port))
    except OSError as error:
        raise EnvironmentFailed(
            f"Workers cannot report at {muster.host}:{muster.port}: {error.strerror or error}.",
            "Choose another address: --bind HOST:PORT.",
        ) from error


def _accepted(listener: socket.socket, deadline: float, muster: Muster, have: int) -> tuple[socket.socket, str]:
    listener.settimeout(max(0.001, deadline - time.monotonic()))
    try:
        end, address = listener.accept()
    except TimeoutError:
        raise EnvironmentFailed(
            f"Only {have} of {muster.workers} workers reported within {muster.patience_s:g} s.",
            "Start them: harness run --worker HOST:PORT; or ask for fewer: --expect-workers.",
        ) from None
    return end, f"{address[0]}:{address[1]}"


def _files(plan: LoadPlan) -> dict[str, Any]:
    """What the plan names by path: the locustfile with the modules beside it, the data, the certificate authority."""
    from harness.load import PREPARED

    files: dict[str, Any] = {}
    if plan.locustfile != PREPARED:
        files["locustfile"] = {plan.locustfile.name: plan.locustfile.read_bytes(), **_beside(plan.locustfile)}
    if plan.data is not None:
        files["data"] = {plan.data.path.name: plan.data.path.read_bytes()}
    if isinstance(plan.verify_tls, str):
        files["ca"] = {Path(plan.verify_tls).name: Path(plan.verify_tls).read_bytes()}
    return files


def _beside(locustfile: Path) -> dict[str, bytes]:
    """Modules that it may import; none where they are too many to be meant."""
    found = [path for path in sorted(locustfile.parent.glob("*.py")) if path != locustfile and path.is_file()]
    if sum(path.stat().st_size for path in found) > _MOST_FILES:
        return {}
    return {path.name: path.read_bytes() for path in found}
