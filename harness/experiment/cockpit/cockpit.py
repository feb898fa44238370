"""The cockpit: answers what the UI process asks, and runs one test after the other in the thread that calls `serve`."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import BadInput, EnvironmentFailed, HarnessError, Interrupted
from harness.experiment.cockpit.board import Board
from harness.experiment.cockpit.classes import UserClasses
from harness.experiment.cockpit.conduct import Conductor, Tee
from harness.experiment.cockpit.edges import EdgeWatch
from harness.experiment.cockpit.fault_answers import FaultAnswers
from harness.experiment.cockpit.fault_form import described
from harness.experiment.cockpit.grounds import Grounds
from harness.experiment.cockpit.offers import Shelf
from harness.experiment.cockpit.orders import HERE, Complaints, Order, Spread, read_order
from harness.experiment.cockpit.saved import compared, comparison_folder, listed, run_folder
from harness.experiment.cockpit.unattended import Unattended
from harness.experiment.compared import Compared
from harness.experiment.crew import Crew, Standing, report_once
from harness.experiment.listener import Listener
from harness.experiment.opening import check_answers
from harness.experiment.run import run_scenario
from harness.experiment.scenario_files import find_target
from harness.experiment.spawning import GuardedSpawn
from harness.guard import Guard
from harness.load.remote import Roster
from harness.model import Scenario, Target
from harness.results import Origin
from harness.ui.window import UiProcess

ASK_S = 0.2
EDGES_S = 2.0
LOAD_FIELDS = ("rate", "user_count", "users", "spawn_rate")
"""What a change in the middle says anew; all else stays as the test was started: its duration, its target, whether faults are armed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Next:
    order: Order
    form: Mapping[str, str]
    by: str
    why: str = ""
    after: str = ""


@dataclass(slots=True)
class Cockpit:
    """`died` tells of a process that the whole depends on, `spread` over how many load processes a test goes; `picker` lets people choose
    user classes, and `unattended` begins a test by itself. Use `window` once `serve` was called."""

    shelf: Shelf
    grounds: Grounds
    guard: Guard
    reports: Path
    environ: Mapping[str, str]
    listener: Listener
    died: Callable[[], HarnessError | None] = lambda: None
    spread: Spread = HERE
    picker: bool = False
    unattended: Unattended | None = None
    _classes: UserClasses = field(init=False)
    _crew: Crew = report_once
    _window: UiProcess | None = None
    _board: Board = field(init=False)
    _faults: FaultAnswers = field(init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _next: _Next | None = None
    _current: _Next | None = None
    _conductor: Conductor | None = None
    _compared: dict[tuple[str, str], Compared] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._board = Board(self._tell, self._tell_points)
        self._faults = FaultAnswers(self._board, self.guard, self._lock, lambda: self._conductor)
        self._classes = UserClasses(GuardedSpawn(self.guard))

    def serve(self, window: UiProcess) -> None:
        """Run what is asked for until something dies, which is raised, the program is interrupted, or `unattended` has done. Faults by hand
        are healed then."""
        self._window = window
        self._board.publish()
        watch = EdgeWatch(self._board, lambda: self._faults.target, EDGES_S)
        watch.start()
        try:
            if self.unattended is not None:
                self._begin(self.unattended.scenario)
            while True:
                self._wake.wait(ASK_S)
                if died := window.died() or self.died():
                    raise died
                with self._lock:
                    wanted, self._next, self._current = self._next, None, self._next
                    self._wake.clear()
                if wanted is not None:
                    self._run(wanted)
                elif self.unattended is not None and self.unattended.done:
                    return
        finally:
            watch.stop()
            self._faults.close()

    def stand_on(self, target: Target) -> None:
        """The target whose edges are shown while no test runs."""
        self._faults.stand_on(target)

    def answer(self, what: str, body: Mapping[str, Any], who: str) -> Mapping[str, Any]:
        """What the UI process asks. Raises HarnessError with the reason for a no."""
        answers: dict[str, Callable[[], Mapping[str, Any]]] = {
            "offers": self._offers,
            "start": lambda: self._start(body["form"], who),
            "stop": lambda: self._stop(who),
            "fault kinds": lambda: {"kinds": described()},
            "fault add": lambda: self._faults.add(body["form"], who),
            "fault heal": lambda: self._faults.heal(str(body["name"]), who),
            "heal all": lambda: self._faults.heal_all(who),
            "mark": lambda: self._mark(str(body["text"]), who),
            "classes": lambda: self._user_classes(str(body["scenario"])),
            "runs": lambda: listed(self.reports),
            "run folder": lambda: {
                "folder": str(run_folder(self.reports, str(body["run"]), fresh=bool(body.get("fresh"))))
            },
            "compare": lambda: compared(self.reports, str(body["base"]), str(body["candidate"]), self._compared),
            "comparison folder": lambda: {"folder": str(comparison_folder(self.reports, str(body["name"])))},
        }
        return answers[what]()

    def let_report(self, roster: Roster) -> None:
        """From now on tests are sent by the workers that wait there."""
        self._crew = Standing(roster)
        self.crew_changed(roster)

    def crew_changed(self, roster: Roster) -> None:
        """Another set of workers waits. Any thread may call."""
        self._board.crew(lambda: roster.waiting, self.spread.processes or 1, roster.address)

    def crew_said(self, text: str) -> None:
        """A worker came, went, or was refused."""
        self.listener.event(text)
        self._board.event(text)

    def _offers(self) -> Mapping[str, Any]:
        spread = self.spread
        return {
            "scenarios": self.shelf.describe(),
            "targets": [],
            "chosen": self._chosen(),
            "processes": spread.processes,
            "workers": spread.muster is not None,
            "picker": self.picker,
        }

    def _user_classes(self, key: str) -> Mapping[str, Any]:
        """Those to choose from, and those that the scenario has (none: all)."""
        load = self.shelf.read(key).load if self.picker else None
        return {"classes": self._classes.of(load) if load else (), "chosen": load.user_classes if load else ()}

    # --- tests -------------------------------------------------------------------------------------------------------------------

    def _begin(self, key: str) -> None:
        """The test that begins by itself. Raises HarnessError with the reason for a no: nobody may be there to read the page."""
        check_answers(self.shelf.read(key).target)
        answer = self._start({"scenario": key}, "by --autostart")
        if not answer["success"]:
            raise BadInput(f"The test did not begin: {answer['message']}")

    def _start(self, form: Mapping[str, str], who: str) -> Mapping[str, Any]:
        with self._lock:
            state = self._board.state
            change = state == "running" and not form.get("scenario")
            if (state in ("spawning", "running", "stopping") and not change) or self._next is not None:
                by = (self._next or self._current or _NOBODY).by
                return _no(f"A test is already on its way, started {by}. Reload the page to see it.")
            if change:
                return self._change(form, who)
            order = self._read(form)
            if isinstance(order, dict):
                return order
            if hurting := self._faults.hurting():
                return _no(
                    f"Fault `{hurting[0]}` is in force, put on by hand. Heal it first: the test would not know a calm."
                )
            self._next = _Next(order=order, form=form, by=who, why=order.said)
            self._board.starting(order.scenario, who, order.said)
            self._wake.set()
        return {"success": True, "message": f"{order.scenario.name} is starting", "host": order.scenario.target.url}

    def _change(self, form: Mapping[str, str], who: str) -> Mapping[str, Any]:
        """A new run of the same scenario takes the place of the one that runs."""
        current, conductor = self._current, self._conductor
        if current is None or conductor is None:
            return _no("The test has just ended. Start it again.")
        model = form.get("model") or ("rate" if form.get("rate") else "users")
        before = {key: text for key, text in current.form.items() if key not in LOAD_FIELDS}
        whole = {**before, **form, "model": model, "scenario": current.order.key}
        order = self._read(whole)
        if isinstance(order, dict):
            return order
        why = f"changed to {order.said or 'the same again'} {who}"
        self._next = _Next(order=order, form=whole, by=who, why=why, after=self._board.run_name)
        conductor.end(why)
        self._board.stopping(why, who)
        self._wake.set()
        return {"success": True, "message": why, "host": order.scenario.target.url}

    def _read(self, form: Mapping[str, str]) -> Order | dict[str, Any]:
        try:
            order = read_order(
                form,
                read=self.shelf.read,
                keys=tuple(self.shelf.offered()),
                default=self.shelf.fixed[0].name if self.shelf.fixed else "",
                find_target=lambda name: find_target(name, self.environ),
                spread=self.spread,
                classes_of=self._classes.of,
            )
            try:
                check_answers(order.scenario.target)
            except HarnessError as error:
                raise Complaints({"target": f"{error}".replace("\n  ", " ")}) from error
        except Complaints as wrong:
            return _no("; ".join(wrong.by_field.values()), wrong.by_field)
        return order

    def _stop(self, who: str) -> Mapping[str, Any]:
        with self._lock:
            waited, self._next = self._next, None
            if waited is not None and waited.after:
                self._board.note("the test that was to follow is not started", who)
            if self._board.state not in ("spawning", "running"):
                return {"message": "No test is running."}
            if self._conductor is None:
                self._board.fell(Interrupted(f"The test was stopped {who} before it began."), None)
                return {"message": "The test did not begin."}
            self._conductor.end(f"stopped in the Locust UI {who}")
            self._board.stopping(f"stopped {who}", who)
        return {"message": "The test is being stopped."}

    def _run(self, wanted: _Next) -> None:
        """One test, to its end. What ends it badly is shown, and the next may come."""
        scenario = wanted.order.scenario
        conductor = Conductor(self._board, self.guard, self._take_place, self._faults.give_hand, scenario, self._gone)
        with self._lock:
            self._conductor = conductor
            if wanted.after and not conductor.was_ended:  # it waited for the run before it
                self._board.starting(scenario, wanted.by, wanted.order.said)
        origin = Origin(by=f"in the Locust UI {wanted.by}", why=wanted.why, after=wanted.after)
        try:
            ended = run_scenario(
                scenario,
                reports=self.reports,
                environ=self.environ,
                listener=Tee(self.listener, self._board, conductor),
                desk=conductor,
                opener=self.grounds.open,
                origin=origin,
                crew=self._crew,
            )
        except Interrupted as error:
            self._fell(error, conductor)
            if not conductor.was_ended:
                raise
        except HarnessError as error:
            self._fell(error, conductor)
            self.listener.event(f"{error}")
        except Exception as error:  # noqa: BLE001 - one test that fell over must not take the page and the next test with it
            self.listener.event("".join(traceback.format_exception(error)))
            bug = EnvironmentFailed(f"{type(error).__name__}: {error}", "This is a bug in harness. Please report it.")
            self._fell(bug, conductor)
        else:
            self._board.ended(ended)
            if self.unattended is not None:
                self.unattended.ended(ended)
        finally:
            with self._lock:
                self._conductor = None
                self._take_place(scenario, None)

    def _fell(self, error: HarnessError | Interrupted, conductor: Conductor) -> None:
        self._board.fell(error, conductor.folder)
        if self.unattended is not None:
            self.unattended.ended(error)

    def _gone(self) -> str:
        """Why a run must end that nobody could stop or heal any more: its pages went with the UI process."""
        window = self._window
        return "the UI process ended" if window is not None and window.died() is not None else ""

    def _take_place(self, scenario: Scenario, opened: Target | None) -> None:
        """A run's target is open, or (None) it is not any more: then what stands by itself is shown."""
        self._faults.stand_on(opened or self.grounds.standing(scenario.target))

    def _mark(self, text: str, who: str) -> Mapping[str, Any]:
        conductor = self._conductor
        if conductor is None or not text.strip():
            return {"message": "A note needs a running test and some words."}
        if not conductor.mark(text.strip(), who):
            return {"message": "The load has not begun."}
        return {"message": "Noted."}

    def _chosen(self) -> str:
        return self._current.order.key if self._current else ""

    def _tell(self, topic: Any, document: Any) -> None:
        if self._window is not None:
            self._window.tell(topic, document)

    def _tell_points(self, points: Any) -> None:
        if self._window is not None:
            self._window.tell_points(points)


class _Nobody:
    by = "by somebody"


_NOBODY = _Nobody()


def _no(message: str, errors: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"success": False, "message": message, "errors": dict(errors or {})}
