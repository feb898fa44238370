"""The worker's side: report to a run, start a load process for it, and carry its messages to and fro; then report for the next."""

from __future__ import annotations

import os
import select
import socket
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import EnvironmentFailed
from harness.load.generator import Generator
from harness.load.link import Link, LinkClosed
from harness.load.messages import Note, encoded
from harness.load.peer import Spawn
from harness.load.plan import LoadPlan
from harness.load.remote.greeting import join, long_lived
from harness.model.data import DataFile

__all__ = ["serve_runs"]

_SEND_S = 20.0
_AGAIN_S = 0.5


def serve_runs(
    host: str,
    port: int,
    *,
    token: str,
    version: str,
    argv: Sequence[str],
    patience_s: float,
    locustfile: Path | None = None,
    spawn: Spawn | None = None,
    say: Callable[[str], None],
) -> None:
    """Report at `host:port` (tried for `patience_s` seconds), and serve what is run there to its end: one run of `harness run`, test
    after test of `harness ui`, until nobody listens any more. `argv` starts a load process.

    `locustfile` is run in place of the one that a run sends. Raises EnvironmentFailed where nobody ever listened, or where the one run
    goes away before its end (the load process is ended first); BadInput where the worker is refused. What a test of many came to is told
    to `say`, and the next may come.
    """
    served = False
    while True:
        try:
            link = Link(long_lived(_connected(host, port, patience_s)), patience=_SEND_S)
        except EnvironmentFailed:
            if not served:
                raise
            say(f"nobody has listened at {host}:{port} for {patience_s:g} s: no other test will come")
            return
        try:
            served = join(link, token, version)
            say(f"joined at {host}:{port}" + (", and waits for a test" if served else ""))
            _serve(link, argv, locustfile, spawn, say)
        except EnvironmentFailed as error:
            if not served:
                raise
            say(error.what)
        finally:
            link.close()
        if not served:
            return
        time.sleep(_AGAIN_S)  # whoever lets us in and hangs up at once is not asked in a tight loop


def _serve(
    link: Link, argv: Sequence[str], locustfile: Path | None, spawn: Spawn | None, say: Callable[[str], None]
) -> None:
    """One run, from its plan to its end."""
    order = _plan(link)
    with tempfile.TemporaryDirectory(prefix="harness-worker-") as folder:
        plan = _placed(order, Path(folder), locustfile)
        log = Path(folder) / "load.log"
        say(f"load process {plan.worker + 1} of {plan.workers} on {plan.host}")
        with Generator.start(plan, env=os.environ, log_path=log, argv=argv, spawn=spawn) as generator:
            _Carrier(link, generator).carry()
    say("the run is over")


def _connected(host: str, port: int, patience_s: float) -> socket.socket:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return socket.create_connection((host, port), timeout=5)
        except OSError as error:
            if time.monotonic() + _AGAIN_S > deadline:
                raise EnvironmentFailed(
                    f"No run listens at {host}:{port}: {error.strerror or error}.",
                    "Start it: harness run SCENARIO --master --expect-workers N --bind HOST:PORT, or harness ui with these options.",
                ) from error
            time.sleep(_AGAIN_S)


def _plan(link: Link) -> dict[str, Any]:
    while True:
        message = _heard(link)
        if message["kind"] == "ping":
            link.send({"kind": "pong", "n": message.get("n"), "at_ns": time.monotonic_ns()})
        elif message["kind"] == "plan":
            return message


def _heard(link: Link) -> dict[str, Any]:
    try:
        message = link.receive()
    except LinkClosed as error:
        raise EnvironmentFailed("Who listened there ended before a run began.", "See what it printed.") from error
    assert message is not None
    return message


def _placed(order: Mapping[str, Any], folder: Path, locustfile: Path | None) -> LoadPlan:
    """The plan with its files as they lie here."""
    from harness.load import PREPARED

    plan, files = LoadPlan.from_message(order["plan"]), order.get("files", {})
    for part, named in files.items():
        (folder / part).mkdir()
        for name, content in named.items():
            (folder / part / Path(name).name).write_bytes(content)
    if "locustfile" in files:
        plan = replace(plan, locustfile=locustfile or folder / "locustfile" / plan.locustfile.name)
    else:
        plan = replace(plan, locustfile=PREPARED)
    if plan.data is not None:
        plan = replace(plan, data=DataFile(folder / "data" / plan.data.path.name, plan.data.at_end))
    if isinstance(plan.verify_tls, str):
        plan = replace(plan, verify_tls=str(folder / "ca" / Path(plan.verify_tls).name))
    return plan


class _Carrier:
    """Messages both ways until the run hangs up, which it does when it has heard all. Pings are answered here."""

    def __init__(self, run: Link, generator: Generator) -> None:
        self._run = run
        self._generator = generator
        self._finished = False

    def carry(self) -> None:
        """Raises EnvironmentFailed where the run goes away before the load has finished, ServiceDied where the load process does."""
        waiting = select.poll()
        waiting.register(self._run.fileno(), select.POLLIN)
        waiting.register(self._generator.fileno(), select.POLLIN)
        while self._orders():
            if not self._finished and self._told():
                waiting.unregister(self._generator.fileno())
            waiting.poll(1000)

    def _orders(self) -> bool:
        """Pass them on. False once the run has heard all and hung up."""
        try:
            while (order := self._run.receive(0)) is not None:
                if order["kind"] == "ping":
                    self._run.send({"kind": "pong", "n": order.get("n"), "at_ns": time.monotonic_ns()})
                elif not self._finished:
                    self._generator.link.send(order)
        except LinkClosed as error:
            if self._finished:
                return False
            self._generator.kill()
            raise EnvironmentFailed(
                "The run went away before its end; the load process here was ended.", "See what the run printed."
            ) from error
        return True

    def _told(self) -> bool:
        """Pass on what the load process says. Whether it has finished."""
        try:
            while (told := self._generator.link.receive(0)) is not None:
                self._run.send(told)
                self._finished = self._finished or told["kind"] == "finished"
        except LinkClosed as error:
            if self._finished:
                return True
            died = self._generator.peer.died()
            self._run.send(encoded(Note(text=died.what)))
            raise died from error
        return self._finished
