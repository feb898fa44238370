"""What the Faults page asks: put one on by hand, heal one, heal everything. Beside a test, or without one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import EnvironmentFailed, HarnessError, HealFailed
from harness.experiment.cockpit.board import Board
from harness.experiment.cockpit.conduct import Conductor
from harness.experiment.cockpit.edges import tell_edges, unlooked
from harness.experiment.cockpit.fault_form import read_fault
from harness.experiment.cockpit.hand import Hand
from harness.experiment.cockpit.orders import Complaints
from harness.experiment.workshop import new_id, owner
from harness.faults import RunClock, ToxiproxyClient, heal_owned
from harness.guard import Guard
from harness.model import Target


@dataclass(slots=True)
class FaultAnswers:
    """On the target that stands. `conductor` is that of the test that runs. Any thread may call; `lock` is the cockpit's."""

    board: Board
    guard: Guard
    lock: threading.RLock
    conductor: Callable[[], Conductor | None]
    _hand: Hand | None = None
    _target: Target | None = None
    _opened_ns: int = field(default_factory=time.monotonic_ns)

    @property
    def target(self) -> Target | None:
        """Whose edges are of interest now. No process is started for it."""
        with self.lock:
            return self._target

    def stand_on(self, target: Target | None) -> None:
        """From now on it is this one's edges; None keeps what there is.

        The page is told before anything can be done to them, so that it can heal without us from the first fault on.
        """
        with self.lock:
            before, self._target = self._target, target or self._target
            if target is not None and target != before:
                tell_edges(self.board, target, unlooked(target))

    def give_hand(self, hand: Hand | None) -> None:
        """A run that begins brings its own hand, for its own clock; its end takes that away."""
        with self.lock:
            before, self._hand = self._hand, hand
        if before is not None and before is not hand:
            before.close()

    def hurting(self) -> tuple[str, ...]:
        """Names of faults by hand that are in force."""
        return self._hand.hurting() if self._hand else ()

    def close(self) -> None:
        """Heal what was put on by hand."""
        if self._hand is not None:
            self._hand.close()

    def add(self, form: Mapping[str, str], who: str) -> Mapping[str, Any]:
        """Put one on; what is wrong with it is said by field."""
        with self.lock:
            target = self.target
            if target is None or not target.edges:
                return {
                    "message": "No target with edges is open.",
                    "errors": {"edge": "Start a test first, or use `harness up`."},
                }
            if self.board.state in ("spawning", "stopping"):
                return {
                    "message": "The test is not under way.",
                    "errors": {"edge": "Wait until the load runs, or has ended."},
                }
            hand = self._hand or self._hand_now(target)
            try:
                asked = read_fault(form, target, self.board.lines.names | hand.names)
            except Complaints as wrong:
                return {"message": "The fault was not put on.", "errors": wrong.by_field}
            now = hand.clock.now_s()
            if met := self.board.lines.overlapping(asked.edge, now, now + asked.seconds):
                why = f"Fault `{met.name}` of the scenario is {met.phase} on that edge then: they could not be told apart."
                return {"message": "The fault was not put on.", "errors": {"edge": why}}
        try:
            hand.put(asked, who)
        except HarnessError as error:
            self.board.note(f"fault {asked.name} was not put on: {error.what}", who, level="error")
            return {"message": f"{error}", "errors": {"edge": error.what}}
        return {"message": f"{asked.name} is on {asked.edge} for {asked.seconds:g} s: {asked.disturbance.describe()}."}

    def heal(self, name: str, who: str) -> Mapping[str, Any]:
        """End one. A test whose fault it is ends with it, if that came back or can end in no other way. Raises HarnessError."""
        hand = self._hand
        by_hand = hand is not None and name in hand.names
        said = hand.heal(name) if hand and by_hand else self._heal_by_name(lambda fault: fault == name)
        self.board.healed((name,) if by_hand else ())
        lines, conductor = self.board.lines, self.conductor()
        if not by_hand and conductor is not None and name in (*lines.left(), *lines.held_by_run()):
            why = "would have come back" if name in lines.left() else "ends with its test alone"
            conductor.end(f"fault {name} was healed {who}, and {why}")
            said += f"; the test is ended, for {name} {why}"
        self.board.note(said, who)
        return {"message": said}

    def heal_all(self, who: str) -> Mapping[str, Any]:
        """By hand what we put on, and by name whatever else of ours stands on the target; a test with faults to come is ended.

        Raises EnvironmentFailed with what could not be healed, after trying everything.
        """
        failures: list[HarnessError] = []
        said: list[str] = []
        hand = self._hand
        try:
            if hand is not None:
                said.append(f"{hand.heal_all()} by hand")
                self.board.healed(hand.names)
        except HealFailed as error:
            failures.append(error)
        try:
            said.append(self._heal_by_name(lambda _: True))
        except HarnessError as error:
            failures.append(error)
        held, conductor = self.board.lines.held_by_run(), self.conductor()
        if self.board.state == "running" and conductor is not None and (held or self.board.lines.left()):
            why = f"{', '.join(held)} could end in no other way" if held else "more faults were to come"
            conductor.end(f"everything was healed {who}, and {why}")
            said.append(f"the test is ended, for {why}")
        if failures:
            text = "\n".join(f"{one}" for one in failures)
            self.board.note(f"Heal all failed: {text}", who, level="error")
            raise EnvironmentFailed(f"Not everything could be healed:\n{text}")
        text = f"Healed: {'; '.join(said) or 'nothing was in force'}."
        self.board.note(text, who)
        return {"message": text}

    def _heal_by_name(self, which: Callable[[str], bool]) -> str:
        target = self.target
        if target is None or not target.toxiproxy:
            return "no Toxiproxy is known"
        proxies = {edge.proxy for edge in target.edges.values()}
        with ToxiproxyClient.of(target) as client:
            healed = heal_owned(client, lambda one: one.proxy in proxies and which(one.name.fault))
        return f"{len(healed)} on {target.toxiproxy}"

    def _hand_now(self, target: Target) -> Hand:
        clock = RunClock(self._opened_ns, time.monotonic_ns, time.time)
        self._hand = Hand(
            target=target,
            guard=self.guard,
            clock=clock,
            emit=self.board.fault,
            run=f"u{new_id()}",
            owner=owner(),
        )
        return self._hand
