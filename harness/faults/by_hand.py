"""Faults that somebody puts on by hand: from a terminal, a page, a notebook. Each has an end, and each row says who, when and from where."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.errors import BadInput, HarnessError, HealFailed
from harness.faults.clock import RunClock
from harness.faults.injector import InForce, Injector
from harness.faults.ladder import Removal
from harness.faults.story import Story
from harness.model import Anchor, Disturbance, Fault, FaultRecord, Limits
from harness.model.quantity import show_duration

__all__ = ["ByHand", "Held"]

Emit = Callable[[dict[str, object]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A fault in force by hand. `until_s` on the clock that `ByHand` was given; `deadline` in seconds since the epoch, for people."""

    made: InForce
    until_s: float
    deadline: float

    @property
    def name(self) -> str:
        """Under which it is healed."""
        return self.made.fault.name


class ByHand:
    """Safe from any thread. `emit` takes rows as in `faults.jsonl`, one at a time; `origin` is added to each (host, process, server).

    Every fault ends at its time: by the timer thread here, else by the guard that holds its promise. `close` ends all.
    """

    def __init__(
        self,
        injector: Injector,
        *,
        limits: Limits,
        clock: RunClock,
        emit: Emit,
        who: str,
        origin: Mapping[str, object],
    ) -> None:
        self._injector = injector
        self._limits = limits
        self._clock = clock
        self._emit = emit
        self._who = who
        self._origin = dict(origin)
        self._numbers = itertools.count(1)
        self._held: dict[str, Held] = {}
        self._stories: dict[str, Story] = {}
        self._failures: list[HealFailed] = []
        self._changed = threading.Condition()
        self._closed = False
        self.untold: HarnessError | None = None  # why a row could not be written
        self._timer = threading.Thread(target=self._end_in_time, name="faults by hand", daemon=True)
        self._timer.start()

    def add(self, edge: str, disturbance: Disturbance, duration_s: float, *, name: str = "", who: str = "") -> Held:
        """Put one on an edge for `duration_s` seconds. Raises BadInput for what the limits do not allow, ToxiproxyError."""
        self._refuse(edge, duration_s)
        fault = self._fault(edge, disturbance, duration_s, name)
        story = Story(fault=fault, asked_s=self._clock.now_s())
        self._tell("asked", fault, who, for_s=duration_s)
        try:
            self._injector.check([fault])
            made = self._injector.apply(fault)
        except HarnessError as error:
            self._tell("failed", fault, who, doing="apply", error=str(error))
            raise
        story.from_s = self._clock.now_s()
        held = Held(made=made, until_s=story.from_s + duration_s, deadline=self._clock.wall() + duration_s)
        with self._changed:
            self._stories[fault.name], self._held[fault.name] = story, held
            self._changed.notify_all()
        self._tell("in force", fault, who, proxy=made.proxy, toxic=made.toxic)
        return held

    def heal(self, name: str, *, who: str = "") -> Removal:
        """End one before its time. Raises BadInput where none of that name is held, HealFailed with what to type."""
        with self._changed:
            held = self._held.pop(name, None)
        if held is None:
            raise BadInput(f"No fault by hand is called `{name}`.", "See which are in force: harness fault ls")
        story, healing = self._stories[name], self._clock.now_s()
        try:
            removal = self._injector.heal(name)
        except HealFailed as error:
            self._tell("heal failed", held.made.fault, who, error=error.what, todo=error.todo)
            raise
        story.healing_s, story.to_s, story.healed = healing, self._clock.now_s(), True
        if not removal.found:
            story.cut = f"it ended before its time: {removal.how}"
        self._tell("removed", held.made.fault, who, how=removal.how, found=removal.found)
        return removal

    @property
    def held(self) -> tuple[Held, ...]:
        """In force now, the oldest first."""
        with self._changed:
            return tuple(self._held.values())

    @property
    def records(self) -> tuple[FaultRecord, ...]:
        """What became of each; nobody probed them, so none is verified."""
        return tuple(story.record() for story in self._stories.values())

    def wait(self, name: str, within_s: float) -> bool:
        """Whether it has ended after at most `within_s` seconds. Raises HealFailed where its end failed."""
        with self._changed:
            ended = self._changed.wait_for(lambda: name not in self._held or bool(self._failures), within_s)
        if self._failures:
            raise self._failures[0]
        return ended

    def close(self) -> None:
        """End all, the newest first. Raises one HealFailed for all that stay, after trying each."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._timer.join()
        failures = list(self._failures)
        for one in reversed(self.held):
            try:
                self.heal(one.name)
            except HealFailed as error:
                failures.append(error)
        if failures:
            raise HealFailed("\n".join(one.what for one in failures), "\n".join(one.todo for one in failures))

    def _end_in_time(self) -> None:
        while True:
            with self._changed:
                due = min(self._held.values(), key=lambda one: one.until_s, default=None)
                left = None if due is None else due.until_s - self._clock.now_s()
                if self._closed:
                    return
                if due is None or left is None or left > 0:
                    self._changed.wait(left)
                    continue
            try:
                self.heal(due.name)
            except HealFailed as error:
                self._failures.append(error)  # the guard tries on
            except BadInput:
                continue  # somebody else ended it in this moment
            with self._changed:
                self._changed.notify_all()

    def _refuse(self, edge: str, duration_s: float) -> None:
        if not 0 < duration_s <= self._limits.max_fault:
            raise BadInput(
                f"A fault of {show_duration(duration_s)} was asked for; above 0s and up to "
                f"{show_duration(self._limits.max_fault)} are allowed.",
                "Shorten it, or raise `limits.max_fault` of the target in harness.yaml.",
            )
        if self._limits.edges is not None and edge not in self._limits.edges:
            raise BadInput(
                f"Faults on edge `{edge}` are not allowed.",
                "Choose another, or name it in `limits.edges` of the target.",
            )

    def _fault(self, edge: str, disturbance: Disturbance, duration_s: float, name: str) -> Fault:
        name = name or f"{disturbance.kind}-{next(self._numbers)}"
        if name in self._stories:
            name = f"{name}-{next(self._numbers)}"
        return Fault(name=name, edge=edge, disturbance=disturbance, at=Anchor(0), duration=duration_s)

    def _tell(self, event: str, fault: Fault, who: str, **more: object) -> None:
        row = {
            "event": event,
            "fault": fault.name,
            "edge": fault.edge,
            "kind": fault.disturbance.kind,
            "describe": fault.disturbance.describe(),
            "at_ns": self._clock.now_ns(),
            "utc": self._clock.utc(),
            "who": who or self._who,
            "by_hand": True,
            **self._origin,
            **more,
        }
        with self._changed:
            try:
                self._emit(row)
            except HarnessError as error:
                if event == "asked":
                    raise  # what cannot be told is not done; what was done is taken back, told or not
                self.untold = error
