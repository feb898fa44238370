"""Several load processes on one machine that share one plan: started, let go, heard and stopped as one."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import ServiceDied
from harness.load.clock import Clock
from harness.load.generator import ENTRY, Generator
from harness.load.messages import Message, Ready
from harness.load.peer import Spawn
from harness.load.plan import LoadPlan

__all__ = ["Lost", "Workers", "shared"]


@dataclass(frozen=True, slots=True)
class Lost:
    """A load process, numbered from 0, that ended without last words; `why` says how and quotes its log."""

    worker: int
    why: ServiceDied


def shared(plan: LoadPlan, workers: int) -> tuple[LoadPlan, ...]:
    """The plan of each worker. Together they are `plan`: its arrivals, its users, and its cap on users (at least one each)."""
    return tuple(
        replace(plan, worker=i, workers=workers, users=max(1, plan.users // workers + (i < plan.users % workers)))
        for i in range(workers)
    )


class Workers:
    """`lost` grows when one ends too early; the others go on until they are told to stop. Close them in the end.

    `clocks` says how well the clocks of other hosts are known, by worker; empty where all are here.
    """

    def __init__(self, generators: Sequence[Generator], clocks: Sequence[Clock] = ()) -> None:
        self._generators = tuple(generators)
        self.clocks = tuple(clocks)
        self._on = dict(enumerate(self._generators))
        self.lost: list[Lost] = []

    @classmethod
    def start(
        cls,
        plan: LoadPlan,
        workers: int,
        *,
        env: Mapping[str, str],
        logs: Path,
        argv: Sequence[str] = ENTRY,
        spawn: Spawn | None = None,
    ) -> Workers:
        """As `Generator.start`, `workers` times; each writes its own log into the folder `logs`. Raises EnvironmentFailed."""
        with ExitStack() as undo:
            started = []
            for one in shared(plan, workers):
                log = logs / ("load.log" if workers == 1 else f"load-{one.worker + 1}.log")
                generator = Generator.start(one, env=env, log_path=log, argv=argv, spawn=spawn)
                undo.callback(generator.close)
                started.append(generator)
            undo.pop_all()
        return cls(started)

    @property
    def generators(self) -> tuple[Generator, ...]:
        """One per worker."""
        return self._generators

    def __len__(self) -> int:
        return len(self._generators)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes, by worker."""
        return tuple(generator.peer.pid for generator in self._generators)

    @property
    def ended(self) -> bool:
        """Whether every one has finished or is lost."""
        return not self._on

    def ready(self, timeout: float) -> tuple[Ready, ...]:
        """Wait until all are ready, `timeout` seconds together. Raises what `Generator.ready` raises, for the first that fails."""
        deadline = time.monotonic() + timeout
        return tuple(one.ready(max(0.0, deadline - time.monotonic())) for one in self._generators)

    def go(self, zero_ns: int) -> None:
        """Begin at `zero_ns` on CLOCK_MONOTONIC, all at once. Raises ServiceDied where one is gone: nothing was sent yet."""
        for one in self._generators:
            one.go(zero_ns)

    def messages(self, timeout: float) -> Iterator[tuple[int, Message]]:
        """What comes within `timeout` seconds, with the worker that said it; ends early once all ended, or one is lost.

        Raises BadInput for a fatal problem in the locustfile.
        """
        deadline = time.monotonic() + timeout
        lost = len(self.lost)
        while self._on and len(self.lost) == lost:
            silent = True
            for worker in list(self._on):
                for message in self._heard(worker):
                    silent = False
                    yield worker, message
            left = deadline - time.monotonic()
            if left <= 0:
                return
            if silent:
                self._wait(left)

    def stop(self, why: str = "", *, drain_s: float | None = None) -> None:
        """As `Generator.stop`, to all that are left."""
        for worker, one in list(self._on.items()):
            try:
                one.stop(why, drain_s=drain_s)
            except ServiceDied as error:
                self._lose(worker, error)

    def give_up(self, why: str) -> None:
        """Kill those that have not ended; they are lost, because of `why`."""
        for worker, one in list(self._on.items()):
            one.kill()
            self._lose(worker, ServiceDied(f"The load process {one.peer.name} {why}.", "Its log is in the run folder."))

    def close(self) -> None:
        """End all of them, and wait for it."""
        with ExitStack() as closing:
            for one in self._generators:
                closing.callback(one.close)
            for one in self._on.values():
                one.hang_up()  # all at once, so that they end beside one another

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _heard(self, worker: int) -> Iterator[Message]:
        one = self._on[worker]
        try:
            yield from one.messages(0)
        except ServiceDied as error:
            self._lose(worker, error)
            return
        if one.finished is not None:
            del self._on[worker]

    def _lose(self, worker: int, error: ServiceDied) -> None:
        del self._on[worker]
        self.lost.append(Lost(worker, error))

    def _wait(self, timeout: float) -> None:
        waiting = select.poll()
        for one in self._on.values():
            waiting.register(one.fileno(), select.POLLIN)
        if self._on:
            waiting.poll(timeout * 1000)
