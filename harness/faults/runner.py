"""Runs a schedule of faults on the run's clock, in a thread of its own, and tells what became of each."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from types import MappingProxyType

from harness.errors import EnvironmentFailed, HarnessError, HealFailed
from harness.faults.appliers import Applier, Made
from harness.faults.canary import Observation, Outcome, Sight
from harness.faults.canary.effect import Visible
from harness.faults.clock import RunClock
from harness.faults.ladder import Removal
from harness.faults.schedule import Action, Schedule, What
from harness.faults.story import Story
from harness.faults.toxics import Phase, missed
from harness.faults.watcher import Watcher
from harness.model import FaultRecord

__all__ = ["Emit", "FaultRunner"]

Emit = Callable[[dict[str, object]], None]

_AFTER_S = 3.0  # until the edge answers as before
_COME_BACK_S = 20.0  # the same, for a process that has to start
_GUARD_S = 0.1  # probes end this long before their fault is healed
_LAST_WORDS_S = 0.5  # for probes under way when the run stops


class FaultRunner:
    """`canaries` are by edge; an edge without one is unverified. `emit` takes rows of `faults.jsonl`, one at a time, from our threads.

    Order: `prepare` before zero is known, `start` with the clock, `stop` at the end of the run or at any second before.
    """

    def __init__(
        self,
        schedule: Schedule,
        injector: Applier,
        canaries: Mapping[str, Watcher],
        *,
        emit: Emit,
        who: str,
        own_canaries: Mapping[str, Watcher] = MappingProxyType({}),
    ) -> None:
        """`own_canaries` are by fault, for those that say themselves whether they are in force."""
        self._schedule = schedule
        self._injector = injector
        self._own_canaries = own_canaries
        self._canaries = {
            fault.name: own_canaries.get(fault.name) or canaries[fault.edge]
            for fault in schedule.faults
            if fault.name in own_canaries or fault.edge in canaries
        }
        self._emit = emit
        self._who = who
        self._stories = {
            fault.name: Story(fault=fault, asked_s=schedule.start_of(fault.name)) for fault in schedule.faults
        }
        self._calm: dict[str, Sequence[Observation]] = {}
        self._phases: dict[str, int] = {}  # the phase that each fault is in, while it is in force
        self._clock: RunClock | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._ending = threading.Lock()
        self._thread: threading.Thread | None = None
        self._probes: list[threading.Thread] = []
        self._failure: HarnessError | None = None

    def prepare(self) -> tuple[str, ...]:
        """Check that every fault can be made and learn how each edge answers; return notes for people.

        Raises BadInput or ToxiproxyError. Takes up to 2 s for an edge that is sick already.
        """
        notes = list(self._injector.check(self._schedule.firsts))
        learnt: dict[int, tuple[Observation, ...]] = {}  # faults of one edge share its canary
        for name, canary in self._canaries.items():
            if id(canary) not in learnt:
                seen = learnt[id(canary)] = tuple(canary.baseline())
                if any(one.outcome not in (Outcome.ANSWERED, Outcome.CONNECTED) for one in seen):
                    edge = self._stories[name].fault.edge
                    notes.append(f"Edge `{edge}` does not answer a probe before any fault: {seen[-1].outcome}.")
            self._calm[name] = learnt[id(canary)]
        return tuple(notes)

    def start(self, clock: RunClock) -> None:
        """Begin; actions that are due already are done at once."""
        self._clock = clock
        _freeze()
        for action in self._schedule.actions:
            if action.what is What.APPLY and action.phase == 0:
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
        """Heal at once what is still in force and say what became of every fault. Any thread may call, and a second one finds it done.

        Raises HealFailed with what to type.
        """
        self._stopping.set()
        with self._ending:
            return self._stop()

    def _stop(self) -> tuple[FaultRecord, ...]:
        if self._thread is not None:
            self._thread.join()
        failed: HealFailed | None = None
        for name in reversed(self._injector.active):
            try:
                self._heal(name)
            except HealFailed as error:
                failed = error
        self._tell_what_never_came()
        end = self._now() + _LAST_WORDS_S if self._clock else 0.0
        for probe in self._probes:
            probe.join(max(0.0, end - self._now()))
        failed = failed or (self._failure if isinstance(self._failure, HealFailed) else None)
        if failed and self._injector.active:
            raise failed
        return self.records

    def _tell_what_never_came(self) -> None:
        """A fault that changes with time and ended before it did was in force, but not as asked."""
        with self._lock:
            for name, story in self._stories.items():
                if not story.failed:
                    story.cut = story.cut or missed(self._schedule.phases[name], story.reached)

    @property
    def records(self) -> tuple[FaultRecord, ...]:
        """What became of each fault so far, in the scenario's order."""
        with self._lock:
            return tuple(story.record() for story in self._stories.values())

    def _run(self) -> None:
        for at, together in groupby(self._schedule.actions, key=lambda action: action.at):
            if self._stopping.wait(max(0.0, at - self._now())):
                return
            made = [action for action in together if self._done(action)]
            for action in made:  # probes begin when everything that is due now was done
                self._in_thread(self._look, action)

    def _done(self, action: Action) -> bool:
        """Whether something new is in force."""
        try:
            return self._do(action)
        except HarnessError as error:
            self._note_failure(action, error)
        except Exception as error:  # noqa: BLE001 - a thread that dies silently would lose a fault
            self._note_failure(action, EnvironmentFailed(f"{type(error).__name__}: {error}"))
        return False

    def _do(self, action: Action) -> bool:
        if action.what is What.PROBE:
            self._in_thread(self._learn, action.fault)
        elif action.what is What.APPLY:
            self._apply(action)
            return True
        elif action.what is What.UPDATE and action.fault in self._injector.active:
            self._change(action)
            return True
        elif action.what is What.HEAL and action.fault in self._injector.active:
            self._heal(action.fault)
        return False

    def _apply(self, action: Action) -> None:
        name, story, phase = action.fault, self._stories[action.fault], self._phase(action)
        seconds = self._schedule.stretch_end(name, action.phase) - action.at
        made = self._injector.apply(replace(story.fault, disturbance=phase.disturbance, duration=seconds))
        story.began(self._now())
        self._enter(action, made, "in force")

    def _change(self, action: Action) -> None:
        made = self._injector.change(action.fault, self._phase(action).disturbance)
        self._enter(action, made, "changed")

    def _enter(self, action: Action, made: Made, event: str) -> None:
        with self._lock:
            self._phases[action.fault] = self._stories[action.fault].reached = action.phase
        late_s = round(self._now() - action.at, 6)
        now = self._phase(action).disturbance.describe()
        more = {"phase": action.phase, "now": now} if len(self._schedule.phases[action.fault]) > 1 else {}
        self._tell(event, action.fault, **made.about, **more, late_s=late_s)

    def _phase(self, action: Action) -> Phase:
        return self._schedule.phases[action.fault][action.phase]

    def _heal(self, name: str) -> None:
        story, healing = self._stories[name], self._now()
        try:
            removal = self._injector.heal(name)
        except HealFailed as error:
            self._tell("heal failed", name, error=error.what, todo=error.todo)
            raise
        story.ended(self._now(), healing=healing)
        self._tell("removed", name, how=removal.how, found=removal.found)
        with self._lock:
            phase = self._phases.pop(name)
        self._close(story, removal)
        self._in_thread(self._look_after, name, phase)

    def _close(self, story: Story, removal: Removal) -> None:
        with self._lock:
            story.healed = True
            if not removal.found:
                story.cut = f"it ended before its time: {removal.how}"

    def _learn(self, name: str) -> None:
        if name in self._canaries:
            self._calm[name] = tuple(self._canaries[name].baseline())

    def _look(self, action: Action) -> None:
        name, story = action.fault, self._stories[action.fault]
        within_s = self._schedule.quiet_until(name, action.phase) - self._now() - _GUARD_S
        sight = self._sight(story, action, within_s)
        with self._lock:
            story.sights[action.phase] = sight
        self._tell("seen", name, seen=sight.seen, evidence=sight.evidence)

    def _sight(self, story: Story, action: Action, within_s: float) -> Sight:
        name = story.fault.name
        disturbance, others = self._phase(action).disturbance, self._others(name)
        if name not in self._canaries:
            return Sight(None, "unverified: the edge has no probe")
        if not isinstance(disturbance, Visible):
            return Sight(None, f"unverified: no probe can tell {disturbance.describe()}")
        return self._canaries[name].look(
            disturbance,
            self._calm.get(name, ()),
            within_s=within_s,
            others=others,
            cancelled=lambda: self._phases.get(action.fault) != action.phase,
        )

    def _others(self, name: str) -> tuple[Visible, ...]:
        """What else is in force on the edge of a fault at this moment."""
        edge = self._stories[name].fault.edge
        with self._lock:
            current = dict(self._phases)
        found = [
            self._schedule.phases[other][phase].disturbance
            for other, phase in current.items()
            if other != name and self._stories[other].fault.edge == edge
        ]
        return tuple(one for one in found if isinstance(one, Visible))

    def _look_after(self, name: str, phase: int) -> None:
        story = self._stories[name]
        disturbance = self._schedule.phases[name][phase].disturbance
        last = phase == len(self._schedule.phases[name]) - 1
        others = self._others(name)
        if name not in self._canaries or others or not isinstance(disturbance, Visible):
            self._tell("healed", name, seen=None, evidence="read back; no probe")
            return
        sight = self._canaries[name].look_after(
            disturbance,
            self._calm.get(name, ()),
            within_s=_COME_BACK_S if disturbance.kind in ("kill", "slow_start") else _AFTER_S,
            cancelled=lambda: self._stopping.is_set() or name in self._phases or bool(self._others(name)),
        )
        with self._lock:
            if last or sight.seen:
                story.after = sight
            if last and sight.seen is False and (name in self._own_canaries or disturbance.kind == "down"):
                story.healed = (
                    False  # its own `healed` command says no; or the API says enabled, and the port still refuses
                )
        self._tell("healed", name, seen=sight.seen, evidence=sight.evidence)

    def _note_failure(self, action: Action, error: HarnessError) -> None:
        with self._lock:
            self._failure = error if isinstance(error, HealFailed) else self._failure or error
            story = self._stories[action.fault]
            if action.what is What.APPLY:
                story.failed = f"it could not be made: {error.what}"
            elif action.what is What.UPDATE:
                asked = self._phase(action).disturbance.describe()
                story.failed = story.failed or f"it could not be changed to {asked}: {error.what}"
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


@cache
def _freeze() -> None:
    """Once in a process: for the collector to look through all that was imported takes 50 ms, in which no fault comes or goes."""
    gc.freeze()
