"""Runs a schedule of faults on the run's clock, in a thread of its own, and tells what became of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from harness.errors import EnvironmentFailed, HarnessError, HealFailed
from harness.faults.canary import Observation, Outcome, Sight
from harness.faults.clock import RunClock
from harness.faults.injector import InForce, Injector
from harness.faults.ladder import Removal
from harness.faults.schedule import Action, Schedule, What
from harness.faults.story import Story
from harness.faults.toxics import Down, Toxical
from harness.model import FaultRecord

__all__ = ["Emit", "FaultRunner", "Watcher"]

Emit = Callable[[dict[str, object]], None]

_GUARD_S = 0.1  # probes end this long before their fault is healed
_LAST_WORDS_S = 0.5  # for probes under way when the run stops


class Watcher(Protocol):
    """The canary of one edge; see `Canary`."""

    def baseline(self) -> Sequence[Observation]: ...

    def look(
        self,
        disturbance: Toxical,
        baseline: Sequence[Observation],
        *,
        within_s: float,
        cancelled: Callable[[], bool] = ...,
    ) -> Sight: ...

    def look_after(
        self,
        disturbance: Toxical,
        baseline: Sequence[Observation],
        *,
        within_s: float = ...,
        cancelled: Callable[[], bool] = ...,
    ) -> Sight: ...


class FaultRunner:
    """`canaries` are by edge; an edge without one is unverified. `emit` takes rows of `faults.jsonl`, one at a time, from our threads.

    Order: `prepare` before zero is known, `start` with the clock, `stop` at the end of the run or at any second before.
    """

    def __init__(
        self, schedule: Schedule, injector: Injector, canaries: Mapping[str, Watcher], *, emit: Emit, who: str
    ) -> None:
        self._schedule = schedule
        self._injector = injector
        self._canaries = canaries
        self._emit = emit
        self._who = who
        self._stories = {
            fault.name: Story(fault=fault, asked_s=schedule.start_of(fault.name)) for fault in schedule.faults
        }
        self._calm: dict[str, Sequence[Observation]] = {}
        self._clock: RunClock | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._probes: list[threading.Thread] = []
        self._failure: HarnessError | None = None

    def prepare(self) -> tuple[str, ...]:
        """Check that every fault can be made and learn how each edge answers; return notes for people.

        Raises BadInput or ToxiproxyError. Takes up to 2 s for an edge that is sick already.
        """
        notes = list(self._injector.check(self._schedule.faults))
        for edge in {fault.edge for fault in self._schedule.faults} & set(self._canaries):
            self._calm[edge] = tuple(self._canaries[edge].baseline())
            if any(one.outcome not in (Outcome.ANSWERED, Outcome.CONNECTED) for one in self._calm[edge]):
                notes.append(f"Edge `{edge}` does not answer a probe before any fault: {self._calm[edge][-1].outcome}.")
        return tuple(notes)

    def start(self, clock: RunClock) -> None:
        """Begin; actions that are due already are done at once."""
        self._clock = clock
        for action in self._schedule.actions:
            if action.what is What.APPLY:
                self._tell(
                    "asked", action.fault, planned_s=action.at, for_s=self._schedule.fault(action.fault).duration
                )
        self._thread = threading.Thread(target=self._run, name="faults", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> HarnessError | None:
        """What went wrong so far; ask while the run goes on. A HealFailed ends the run."""
        with self._lock:
            return self._failure

    def stop(self) -> tuple[FaultRecord, ...]:
        """Heal at once what is still in force and say what became of every fault. Raises HealFailed with what to type."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        failed: HealFailed | None = None
        for name in reversed(self._injector.active):
            try:
                self._heal(name)
            except HealFailed as error:
                failed = error
        end = self._now() + _LAST_WORDS_S if self._clock else 0.0
        for probe in self._probes:
            probe.join(max(0.0, end - self._now()))
        failed = failed or (self._failure if isinstance(self._failure, HealFailed) else None)
        if failed and self._injector.active:
            raise failed
        return self.records

    @property
    def records(self) -> tuple[FaultRecord, ...]:
        """What became of each fault so far, in the scenario's order."""
        with self._lock:
            return tuple(story.record() for story in self._stories.values())

    def _run(self) -> None:
        for action in self._schedule.actions:
            if self._stopping.wait(max(0.0, action.at - self._now())):
                return
            try:
                self._do(action)
            except HarnessError as error:
                self._note_failure(action, error)
            except Exception as error:  # noqa: BLE001 - a thread that dies silently would lose a fault
                self._note_failure(action, EnvironmentFailed(f"{type(error).__name__}: {error}"))

    def _do(self, action: Action) -> None:
        if action.what is What.PROBE:
            self._in_thread(self._learn, action.fault)
        elif action.what is What.APPLY:
            self._apply(action.fault)
        elif action.fault in self._injector.active:
            self._heal(action.fault)

    def _apply(self, name: str) -> None:
        story = self._stories[name]
        made = self._injector.apply(story.fault)
        story.from_s = self._now()
        self._tell("in force", name, proxy=made.proxy, toxic=made.toxic, late_s=round(story.from_s - story.asked_s, 6))
        self._in_thread(self._look, name, made)

    def _heal(self, name: str) -> None:
        story = self._stories[name]
        try:
            removal = self._injector.heal(name)
        except HealFailed as error:
            self._tell("heal failed", name, error=error.what, todo=error.todo)
            raise
        story.to_s = self._now()
        self._tell("removed", name, how=removal.how, found=removal.found)
        self._close(story, removal)
        self._in_thread(self._look_after, name)

    def _close(self, story: Story, removal: Removal) -> None:
        with self._lock:
            story.healed = True
            if not removal.found:
                story.cut = f"it ended before its time: {removal.how}"

    def _learn(self, name: str) -> None:
        edge = self._stories[name].fault.edge
        if edge in self._canaries:
            self._calm[edge] = tuple(self._canaries[edge].baseline())

    def _look(self, name: str, made: InForce) -> None:
        story = self._stories[name]
        sight = self._sight(story, within_s=self._schedule.end_of(name) - self._now() - _GUARD_S)
        with self._lock:
            story.sight = sight
        self._tell("seen", name, seen=sight.seen, evidence=sight.evidence, toxic=made.toxic)

    def _sight(self, story: Story, within_s: float) -> Sight:
        edge, others = story.fault.edge, self._schedule.overlaps[story.fault.name]
        if others:
            return Sight(None, f"unverified: {', '.join(others)} on the same edge at the same time")
        if edge not in self._canaries:
            return Sight(None, "unverified: the edge has no probe")
        disturbance = story.fault.disturbance
        assert isinstance(disturbance, Toxical)
        return self._canaries[edge].look(
            disturbance, self._calm.get(edge, ()), within_s=within_s, cancelled=lambda: story.to_s is not None
        )

    def _look_after(self, name: str) -> None:
        story = self._stories[name]
        edge, disturbance = story.fault.edge, story.fault.disturbance
        if edge not in self._canaries or self._schedule.overlaps[name] or not isinstance(disturbance, Toxical):
            self._tell("healed", name, seen=None, evidence="read back; no probe")
            return
        sight = self._canaries[edge].look_after(disturbance, self._calm.get(edge, ()), cancelled=self._stopping.is_set)
        with self._lock:
            story.after = sight
            if isinstance(disturbance, Down) and sight.seen is False:
                story.healed = False  # the API says enabled, and the port still refuses
        self._tell("healed", name, seen=sight.seen, evidence=sight.evidence)

    def _note_failure(self, action: Action, error: HarnessError) -> None:
        with self._lock:
            self._failure = error if isinstance(error, HealFailed) else self._failure or error
            story = self._stories[action.fault]
            if action.what is What.APPLY:
                story.failed = f"it could not be made: {error.what}"
        self._tell("failed", action.fault, doing=action.what.name.lower(), error=str(error))

    def _in_thread(self, work: Callable[..., None], *arguments: object) -> None:
        """Probes wait for answers that may never come; the schedule must not."""

        def safely() -> None:
            try:
                work(*arguments)
            except Exception as error:  # noqa: BLE001 - a thread has nobody above it
                with self._lock:
                    lost = EnvironmentFailed(f"A canary failed: {type(error).__name__}: {error}")
                    self._failure = self._failure or lost

        thread = threading.Thread(target=safely, name="canary", daemon=True)
        self._probes.append(thread)
        thread.start()

    def _tell(self, event: str, name: str, **more: object) -> None:
        fault = self._stories[name].fault
        row = {
            "event": event,
            "fault": name,
            "edge": fault.edge,
            "kind": fault.disturbance.kind,
            "describe": fault.disturbance.describe(),
            "at_ns": self._clock.now_ns() if self._clock else None,
            "utc": self._clock.utc() if self._clock else None,
            "who": self._who,
        }
        with self._lock:
            try:
                self._emit({**row, **more})
            except Exception as error:  # noqa: BLE001 - a row that is lost must not keep a fault in the world
                lost = EnvironmentFailed(f"What became of fault `{name}` could not be written: {error}")
                self._failure = self._failure or lost

    def _now(self) -> float:
        assert self._clock is not None, "start() gives the clock"
        return self._clock.now_s()
