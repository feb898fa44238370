"""The board: everything there is to show of the test, kept as the run tells it, and told to the UI process once a second."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from harness.errors import HarnessError, Interrupted
from harness.experiment.cockpit.contract_shown import ContractShown
from harness.experiment.cockpit.figures import LiveFigures
from harness.experiment.cockpit.lines import FaultLines
from harness.experiment.cockpit.processes import Processes, crew_of
from harness.experiment.cockpit.shown import final_of, stages_of
from harness.experiment.cockpit.standing import Standing, standing
from harness.experiment.desk import Conducted
from harness.experiment.gathered import Gathered
from harness.experiment.opening import OpenTarget
from harness.experiment.run import Ended
from harness.load import Backlog, Finished, Health, Message, Note, Observed, Problem, Windows
from harness.load.remote import Waiting
from harness.model import Finding, Scenario
from harness.results import MarkSummary, RunFolder, RunReader, Summary
from harness.ui import Topic
from harness.ui.state import (
    AuditState,
    CrewState,
    FaultsState,
    Figures,
    LogLine,
    LogState,
    Now,
    Points,
    TestState,
    WorkerState,
)

LOG_LINES = 300
ACTION_LINES = 200
SHARE = 0.02  # of the time may be spent on judging what was gathered so far

Tell = Callable[[Topic, Any], None]


class Board:
    """Any thread may call; the run's own thread calls what is about the load. `now` and `worked` count seconds: of the wall, and of the
    processor in this thread."""

    def __init__(
        self,
        tell: Tell,
        tell_points: Callable[[Points], None],
        *,
        now: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self._tell = tell
        self._tell_points = tell_points
        self._now, self._worked = now, worked
        self._lock = threading.RLock()
        self._test = TestState()
        self._figures: LiveFigures | None = None
        self._scenario: Scenario | None = None
        self._run: Conducted | None = None
        self._lines = FaultLines()
        self._faults = FaultsState()
        self._actions: deque[LogLine] = deque(maxlen=ACTION_LINES)
        self._log: deque[LogLine] = deque(maxlen=LOG_LINES)
        self._contract = ContractShown()
        self._audit = AuditState()
        self._recorded: dict[str, Counter[str]] = defaultdict(Counter)
        self._processes = Processes()
        self._crew = CrewState()
        self._marks_size = 0
        self._asked: dict[int, float] = {}
        self._judged_at, self._judging_took, self._told_at = 0.0, 0.0, 0.0
        self._standing = Standing()

    # --- what others ask ---------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """One of Locust's words."""
        return self._test.state

    @property
    def lines(self) -> FaultLines:
        """The faults of the run."""
        return self._lines

    @property
    def run_name(self) -> str:
        """Of the run that is shown; empty before its folder was made."""
        return self._test.run

    # --- a test from its start to its end ----------------------------------------------------------------------------------------

    def starting(self, scenario: Scenario, by: str, said: str) -> None:
        """A test was accepted."""
        with self._lock:
            load = scenario.load
            timeline = scenario.timeline
            self._scenario, self._run, self._figures = scenario, None, None
            self._lines = FaultLines.planned(scenario.faults, timeline)
            self._recorded, self._processes = defaultdict(Counter), Processes()
            self._standing, self._judged_at, self._judging_took = Standing(), 0.0, 0.0
            self._asked, self._marks_size = {}, 0
            self._contract = ContractShown(scenario)
            self._audit = AuditState(asked=scenario.audit)
            self._test = TestState(
                state="spawning",
                says="accepted",
                scenario=scenario.name,
                about=scenario.about,
                target=scenario.target.name,
                target_url=scenario.target.url,
                load=said or ("; ".join(stage.describe() for stage in load.profile.stages) if load else "no load"),
                profile_open=load.profile.is_open if load else True,
                rate=load.profile.peak_rate if load and load.profile.is_open else None,
                users=None if load is None or load.profile.is_open else int(max(s.peak for s in load.profile.stages)),
                processes=load.processes if load else 1,
                by=by,
                started=_utc(),
                duration_s=timeline.duration,
            )
            self._note(f"{scenario.name} was started" + (f" ({said})" if said else ""), by)
            self._tell(Topic.FIGURES, Figures())
            self.publish()

    def opened(self, opened: OpenTarget, folder: RunFolder) -> None:
        """The target answers."""
        with self._lock:
            assert self._scenario is not None
            load = self._scenario.load
            routes = {one.name: one.route for one in opened.operations}
            self._figures = LiveFigures(folder.name, load.profile.spans if load else (), routes)
            self._contract.opened(opened.description)
            self._test = self._test.model_copy(
                update={"run": folder.name, "target_url": opened.target.url, "has_report": False}
            )
            self.publish()

    def checking(self, gathered: Gathered, found: tuple[Finding, ...]) -> None:
        """Generated requests are being sent. Told at most once a second, however fast they come."""
        with self._lock:
            self._contract.checking(gathered, found)
            if self._now() - self._told_at >= 1.0:
                self._at_leisure(lambda: self._contract.look(gathered))
                self._told_at = self._now()
                self.publish()

    def checked(self, gathered: Gathered) -> None:
        """A part of the contract was checked in calm."""
        with self._lock:
            self._contract.checked(gathered)
            self._contract.look(gathered)
            self.publish()

    def began(self, run: Conducted) -> None:
        """The load is on its way."""
        with self._lock:
            self._run = run
            self._processes.names = run.workers
            self._judge(0.0)
            self._test = self._test.model_copy(
                update={
                    "state": "running",
                    "says": "load" if run.scenario.load else "on live traffic",
                    "zero_utc": run.gathered.zero_utc,
                    "stages": stages_of(run.scenario),
                }
            )
            self.publish()

    def heard(self, worker: int, message: Message) -> None:
        """A load process said something."""
        with self._lock:
            match message:
                case Windows(rows=rows) if self._figures is not None:
                    self._figures.add(rows)
                case Health() | Backlog() | Finished():
                    self._processes.heard(worker, message)
                case Observed(observer="audit", rows=rows):
                    for row in rows:
                        self._recorded[str(row["f"])][str(row["type"])] += 1
                case Note(text=text) if text not in self._test.notes:
                    self._test = self._test.model_copy(update={"notes": (*self._test.notes, text)})
                case Problem(text=text) if text not in self._test.problems:
                    self._test = self._test.model_copy(update={"problems": (*self._test.problems, text)})
                case _:
                    pass

    def lost(self, worker: int, why: str) -> None:
        """A load process is gone before its end."""
        with self._lock:
            self._processes.lost(worker)
            self._test = self._test.model_copy(update={"workers": self._processes.all})
            self._note(f"load process {worker + 1} was lost: {why}", "", level="error")
            if self._run is not None:
                self._judged_at = 0.0
                self._judge(self._run.clock.now_s())
                self._test = self._test.model_copy(update={"validity": self._standing.validity})
            self.publish()

    def crew(self, waiting: Callable[[], Iterable[Waiting]], expected: int, reports_at: str) -> None:
        """Who waits for a test on other hosts."""
        with self._lock:
            self._crew = crew_of(waiting(), expected, reports_at)
            self.publish()

    def fault(self, row: Mapping[str, Any]) -> None:
        """A line of `faults.jsonl`."""
        with self._lock:
            self._lines.take(row, time.time())
            words = f"fault {row['fault']} on {row['edge']}: {row['event']}"
            if row["event"] in ("in force", "removed", "failed", "heal failed"):
                bad = row["event"] in ("failed", "heal failed")
                more = f" ({row.get('error') or row['describe']})"
                self._actions.append(
                    LogLine(utc=_utc(), text=words + more, by=str(row.get("who", "")), level="error" if bad else "info")
                )
            if self._run is not None:
                self._test = self._test.model_copy(update={"fault": self._lines.at(0.0)})
            self._publish_faults()

    def healed(self, names: Iterable[str]) -> None:
        """Those faults were ended by hand, for good."""
        with self._lock:
            self._lines.close(names)
            self._publish_faults()

    def finding(self, finding: Finding) -> None:
        """Something is wrong with the contract."""
        with self._lock:
            self._contract.finding(finding)

    def second(self) -> None:
        """Everything about the load."""
        with self._lock:
            run = self._run
            if run is None or self._figures is None:
                return
            at = run.clock.now_s()
            self._judge(at)
            self._read_marks(run)
            self._tell(Topic.FIGURES, self._figures.figures(at))
            self._send_points(at)
            load = run.scenario.load
            now = self._figures.now(at).model_copy(update=self._processes.pool(load, at))
            self._test = self._test.model_copy(
                update={
                    "at_s": round(at, 2),
                    "stage": load.profile.stage_at(max(0.0, at)) if load else "",
                    "fault": self._lines.at(at),
                    "now": now,
                    "expectations": self._standing.expectations,
                    "validity": self._standing.validity,
                    "workers": self._processes.all,
                }
            )
            self.publish()

    def stopping(self, why: str, by: str) -> None:
        """Somebody asked for the end."""
        with self._lock:
            self._test = self._test.model_copy(update={"state": "stopping", "says": why})
            self._note(why, by)
            self.publish()

    def ended(self, ended: Ended) -> None:
        """The run came to a verdict: from here on what is shown is what its summary says."""
        with self._lock:
            self._lines.end()
            self._conclude(ended.summary, ended.folder)
            self._test = self._test.model_copy(update={"workers": self._workers_over()})
            self._note(f"{ended.summary.run} ended: {ended.summary.verdict}", "")
            self._run = None
            self.publish()

    def fell(self, error: HarnessError | Interrupted, folder: RunFolder | None) -> None:
        """The run did not come to its end, or did not begin. What its folder kept of it is shown."""
        with self._lock:
            self._lines.end()
            told = f"{error}".replace("\n  ", "\n")
            changes = {"state": "stopped", "says": "", "trouble": told, "verdict": "unknown", "now": Now()}
            self._test = self._test.model_copy(update={**changes, "fault": "", "workers": self._workers_over()})
            if folder is not None:
                self._test = self._test.model_copy(update={"run": folder.name, "has_report": True})
                self._conclude_as_far_as_it_came(folder)
            self._note(told, "", level="error")
            self._run = None
            self.publish()

    def _conclude(self, summary: Summary, folder: RunFolder) -> None:
        self._send_points(float("inf"))
        self._tell(Topic.FIGURES, final_of(summary, folder))
        self._contract.conclude(summary)
        self._audit = self._audit.model_copy(update={"results": summary.audit})
        nothing = {"asked": 0.0, "achieved": 0.0, "errors": 0.0, "users": 0, "open": 0, "queued": 0}
        self._test = self._test.model_copy(
            update={
                "state": "stopped",
                "says": "",
                "fault": "",
                "verdict": str(summary.verdict),
                "title": summary.title,
                "why": summary.why[:8],
                "has_report": True,
                "expectations": summary.expectations,
                "validity": summary.validity,
                "now": self._test.now.model_copy(update=nothing),
                "at_s": summary.duration_s,
            }
        )

    def _conclude_as_far_as_it_came(self, folder: RunFolder) -> None:
        """A run that fell has a summary, too, unless it could not even be written."""
        try:
            summary = RunReader.open(folder).summary()
            if summary is not None and summary.overall is not None:
                self._conclude(summary, folder)
        except HarnessError as error:
            self._note(f"{folder.name} cannot be read: {error.what}", "", level="error")

    # --- words and edges ---------------------------------------------------------------------------------------------------------

    def phase(self, text: str) -> None:
        """A new part of the work begins."""
        with self._lock:
            over = {"state": "stopping"} if self._run is not None and self._test.state == "running" else {}
            self._test = self._test.model_copy(update={"says": text, **over})  # after the load: audit, report
            self._log.append(LogLine(utc=_utc(), text=text))
            self.publish()

    def event(self, text: str) -> None:
        """Something happened that is worth a line."""
        with self._lock:
            self._log.append(LogLine(utc=_utc(), text=text))

    def note(self, text: str, by: str, *, level: str = "info") -> None:
        """Somebody did something."""
        with self._lock:
            self._note(text, by, level=level)
            self._publish_faults()

    def edges(self, **changes: Any) -> None:
        """What is known of the target's edges."""
        with self._lock:
            self._faults = self._faults.model_copy(update=changes)
            self._publish_faults()

    def publish(self) -> None:
        """Tell everything that has changed."""
        with self._lock:
            self._tell(Topic.TEST, self._test.model_copy(update={"crew": self._crew}))
            self._publish_faults()
            self._tell(Topic.FINDINGS, self._contract.state)
            recorded = {effect: dict(counts) for effect, counts in sorted(self._recorded.items())}
            self._tell(Topic.AUDIT, self._audit.model_copy(update={"recorded": recorded}))
            self._tell(Topic.LOG, LogState(lines=tuple(self._log)))

    def _publish_faults(self) -> None:
        self._tell(
            Topic.FAULTS, self._faults.model_copy(update={"faults": self._lines.all, "log": tuple(self._actions)})
        )

    def _note(self, text: str, by: str, level: str = "info") -> None:
        line = LogLine(utc=_utc(), text=text, by=by, level=level)
        self._actions.append(line)
        self._log.append(line)

    def _judge(self, at: float) -> None:
        """Expectations and coverage as they stand, as often as `SHARE` of the time allows."""
        run = self._run
        assert run is not None

        def look() -> None:
            self._contract.look(run.gathered)
            self._standing = standing(
                run,
                self._lines.all,
                at,
                findings=self._contract.found,
                coverage=self._contract.coverage,
                lost=self._processes.how_many_lost,
            )

        self._at_leisure(look)

    def _at_leisure(self, look: Callable[[], None]) -> None:
        if self._now() - self._judged_at >= max(1.0, self._judging_took / SHARE):
            began = self._worked()  # not by the clock: waiting for a core on a busy machine is no work of ours
            look()
            self._judged_at, self._judging_took = self._now(), self._worked() - began

    def _read_marks(self, run: Conducted) -> None:
        """Whoever made them: `harness mark` writes into the folder, too."""
        file = run.folder.file("marks.jsonl")
        size = file.stat().st_size if file.is_file() else 0
        if size != self._marks_size:
            self._marks_size = size
            marks = [
                MarkSummary(at_s=round(m.t_ns / 1e9, 3), text=m.text, by=m.by)
                for m in RunReader.open(run.folder).marks()
            ]
            self._test = self._test.model_copy(update={"marks": tuple(marks)})

    def _send_points(self, at: float) -> None:
        if self._figures is None or self._scenario is None:
            return
        load = self._scenario.load
        whole = at == float("inf")
        if load:
            self._asked = {second: load.profile.rate_at(second + 0.5) for second in self._figures.waiting}
        now = self._processes.pool(load, at)
        pool = tuple(float(now[key]) for key in ("users", "open", "queued", "dropped"))
        points = self._figures.points(0.0 if whole else at, self._asked, pool, flush=whole)
        if points is not None:
            self._tell_points(points)

    def _workers_over(self) -> tuple[WorkerState, ...]:
        return self._processes.over(self._run.gathered.heard.finished if self._run is not None else ())


def _utc() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
