"""A small HTTP target with every way to misbehave, and a way to run one locustfile against it."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from harness.load import (
    ENTRY,
    Backlog,
    Failures,
    Finished,
    Generator,
    Health,
    LoadPlan,
    Note,
    Observed,
    Problem,
    Samples,
    Timings,
    Windows,
)
from harness.model import Failure, Histogram, OpenStage, Operation, PhaseWindow, Profile, Window


class Target:
    """`/ok`, `/slow` (300 ms), `/404`, `/500`, `/hang`, `/reset`, `/close`, `/half`, `/garbage`; any may have more path.

    `freeze_at` is the number of a request before which the whole server stands still for `freeze_s`.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.freeze_at = -1
        self.freeze_s = 0.0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._up.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _leave(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._up.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, path, _ = first.split(" ")
                if len(self.seen) == self.freeze_at:
                    time.sleep(self.freeze_s)  # the whole server, as a collector or a lock would
                self.seen.append((method, path, headers, body))
                if not await self._answer(path, writer):
                    return
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            return
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> bool:
        what = path.split("?")[0].split("/")[1]
        if what == "hang":
            await asyncio.sleep(3600)
        if what == "slow":
            await asyncio.sleep(0.3)
        if what == "reset":
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if what in ("close", "reset"):
            return False
        if what == "garbage":
            writer.write(b"not http at all\r\n\r\n")
            return False
        status = {"404": b"404 Not Found", "500": b"500 Oops"}.get(what, b"200 OK")
        length = b"100" if what == "half" else b"2"
        writer.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n{}" % (status, length)
        )
        await writer.drain()
        return what != "half"


@dataclass
class Result:
    """What one load process said."""

    windows: list[Window] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    timings: list[PhaseWindow] = field(default_factory=list)
    samples: list[tuple[int, str, str, int]] = field(default_factory=list)
    health: list[Health] = field(default_factory=list)
    backlog: list[Backlog] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    observed: list[dict[str, object]] = field(default_factory=list)
    finished: Finished | None = None

    @property
    def end(self) -> Finished:
        assert self.finished is not None
        return self.finished

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for window in self.windows:
            found[window.operation, str(window.outcome)] += window.n
        return found

    @property
    def latency(self) -> Histogram:
        return Histogram.merged(window.latency for window in self.windows)

    @property
    def service(self) -> Histogram:
        return Histogram.merged(window.service for window in self.windows)

    def take(self, message: object) -> None:
        match message:
            case Windows(rows=rows):
                self.windows += rows
            case Timings(rows=timings):
                self.timings += timings
            case Samples():
                columns = (message.start_ns, message.operation, message.outcome, message.latency_us)
                self.samples += zip(*columns, strict=True)
            case Failures(rows=failures):
                self.failures += failures
            case Health() | Backlog():
                (self.health if isinstance(message, Health) else self.backlog).append(message)
            case Note(text=text):
                self.notes.append(text)
            case Problem(text=text):
                self.problems.append(text)
            case Observed(rows=rows):
                self.observed += rows
            case Finished():
                self.finished = message


@dataclass
class Bench:
    """Runs locustfiles against the target."""

    target: Target
    folder: Path

    def plan(self, source: str, **more: Any) -> LoadPlan:
        path = self.folder / "mine.py"
        path.write_text(dedent(source))
        values: dict[str, Any] = {
            "host": self.target.url,
            "profile": Profile((OpenStage(name="load", rate=50, duration=1),)),
            "run": "test",
            "users": 100,
            "drain_s": 5.0,
            "operations": (Operation(name="read_item", method="GET", template="/ok/items/{id}"),),
        }
        return LoadPlan(locustfile=path, **{**values, **more})

    def start(self, plan: LoadPlan, argv: tuple[str, ...] = ENTRY) -> Generator:
        return Generator.start(plan, env=os.environ, log_path=self.folder / "load.log", argv=argv)

    def run(
        self,
        source: str,
        *,
        argv: tuple[str, ...] = ENTRY,
        during: Callable[[Generator, Result], None] = lambda *_: None,
        **more: Any,
    ) -> Result:
        result = Result()
        with self.start(self.plan(source, **more), argv) as generator:
            generator.ready(60)
            generator.go(time.monotonic_ns() + 20_000_000)
            until = time.monotonic() + 60
            while generator.finished is None and time.monotonic() < until:
                for message in generator.messages(0.1):
                    result.take(message)
                during(generator, result)
            assert generator.finished is not None, (self.folder / "load.log").read_text()
            assert generator.close() == 0
        return result


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


@pytest.fixture
def bench(target: Target, tmp_path: Path) -> Bench:
    return Bench(target, tmp_path)
