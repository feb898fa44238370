"""One run of one scenario: open the target, check its contract, load and hurt it, audit it, and say what came of it.

Whatever ends a run, its faults are healed, its processes ended, and its folder left readable with a report.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.contract import read_baseline
from harness.errors import HarnessError, Interrupted
from harness.experiment.audit_stage import run_audit
from harness.experiment.contract_stage import ContractStage
from harness.experiment.crew import Crew, report_once
from harness.experiment.desk import Desk, Nobody
from harness.experiment.gathered import Gathered
from harness.experiment.host import host, versions
from harness.experiment.http_links import check_http
from harness.experiment.leasing import check_toxiproxy
from harness.experiment.listener import Listener
from harness.experiment.live_runs import announce, withdraw
from harness.experiment.live_stage import run_live
from harness.experiment.load_stage import Bench, run_load
from harness.experiment.opening import Opener, OpenTarget, open_target
from harness.experiment.recoveries import edges_held, fault_checks, faults_in_force, measure_recoveries
from harness.experiment.resolved import resolved
from harness.experiment.sampling import sampler_of
from harness.experiment.saving import row_of
from harness.experiment.spawning import GuardedSpawn
from harness.experiment.summarise import summarise
from harness.experiment.told import Told
from harness.experiment.workshop import guarded, new_id, owner
from harness.guard import Guard
from harness.interrupts import unbroken
from harness.load import clock_checks, load_checks
from harness.model import Check, Scenario
from harness.report import write_report
from harness.results import Mask, Origin, Repeats, RunFolder, RunReader, RunRecord, RunWriter, Status, Summary

RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that came to a verdict."""

    folder: RunFolder
    summary: Summary

    @property
    def report(self) -> Path:
        """The page to open."""
        return self.folder.file("report.html")


def run_scenario(
    scenario: Scenario,
    *,
    reports: Path,
    environ: Mapping[str, str],
    listener: Listener,
    repeats: Repeats | None = None,
    desk: Desk | None = None,
    opener: Opener = open_target,
    origin: Origin | None = None,
    crew: Crew = report_once,
) -> Ended:
    """Run it. The folder exists as soon as anything was recorded, and every error names it. `repeats` tells of the run before,
    `origin` who asked for it. A `desk` conducts it; `opener` opens its target, `crew` brings workers from
    other hosts.

    Raises BadInput for what cannot be meant, EnvironmentFailed for what went wrong around the run, Interrupted after healing.
    """
    one = _Run(
        scenario,
        reports / RUNS,
        new_id(),
        environ,
        listener,
        repeats,
        desk=desk or Nobody(),
        opener=opener,
        origin=origin,
        crew=crew,
    )
    try:
        try:
            with unbroken():  # a folder is there whole, or not at all
                one.open()
            with guarded("run", environ) as guard:
                one.perform(guard)
        except BaseException as error:
            one.fell(error)
            raise
        with unbroken():  # everything was measured: an interrupt need only wait for the report
            return Ended(one.folder, one.finish())
    finally:
        one.leave()


@dataclass(slots=True)
class _Run:
    """`identity` makes the folder's name unique, and with an `r` before it is the prefix of the run's idempotency keys."""

    scenario: Scenario
    root: Path
    identity: str
    environ: Mapping[str, str]
    listener: Listener
    repeats: Repeats | None = None
    _: KW_ONLY
    desk: Desk
    opener: Opener
    origin: Origin | None
    crew: Crew
    gathered: Gathered = field(default_factory=Gathered)
    opened: OpenTarget | None = None
    secrets: dict[str, str] = field(default_factory=dict)
    _folder: RunFolder | None = None
    _writer: RunWriter | None = None

    @property
    def folder(self) -> RunFolder:
        """There from `open` on."""
        assert self._folder is not None
        return self._folder

    @property
    def writer(self) -> RunWriter:
        """There from `open` on."""
        assert self._writer is not None
        return self._writer

    @property
    def key(self) -> str:
        """The prefix of this run's idempotency keys."""
        return f"r{self.identity}"

    def open(self) -> None:
        """Make the folder and begin to write. Nothing was done to the world before. Raises BadDocument for a broken baseline."""
        if self.scenario.contract.baseline is not None:
            self.gathered.baseline = read_baseline(self.scenario.contract.baseline)
            self.gathered.today = datetime.now(UTC).date()
        if self._folder is None:
            self._folder = RunFolder.create(self.root, self.scenario.name, datetime.now(UTC), self.identity)
        announce(self._folder, self.environ)
        self.secrets.update(self.scenario.target.secrets)
        self._writer = RunWriter(
            self.folder,
            RunRecord(
                run=self.folder.name,
                scenario=resolved(self.scenario),
                scenario_name=self.scenario.name,
                target=self.scenario.target.name,
                target_url=self.scenario.target.url,
                versions=versions({}),
                host=host(),
                seed=self.scenario.seed,
                pid=os.getpid(),
                started=_utc(),
                repeats=self.repeats,
                origin=self.origin,
            ),
            Mask(self.secrets),  # grows when the bundled target tells its own
        )

    def perform(self, guard: Guard) -> None:
        """Everything between the first process and the last."""
        check_http(self.scenario.faults, self.scenario.timeline, self.scenario.target, self.environ)
        check_toxiproxy(self.scenario.faults, self.scenario.target)
        self.listener.phase(f"opening target {self.scenario.target.name}")
        with self.opener(
            self.scenario, guard=guard, folder=self.folder.path, listener=self.listener, environ=self.environ
        ) as opened:
            self.opened = opened
            self.secrets.update(opened.target.secrets)
            self.writer.update(versions=versions(opened.versions), target_url=opened.target.url)
            self._check_names(opened)
            self.desk.opened(opened, self.folder)
            logs = self.folder.path
            spawn = GuardedSpawn(guard)
            self._check(opened, spawn, logs)
            if self.scenario.load is not None or self.scenario.duration is not None:
                self._load(guard, opened)
            run_audit(self.scenario, opened, self.gathered, self.key, self.listener, spawn)
            self.listener.phase("ending what was started")

    def _check(self, opened: OpenTarget, spawn: GuardedSpawn, logs: Path) -> None:
        """What was found is kept, also where somebody ended the check in the middle."""
        gathered = self.gathered
        try:
            ContractStage(
                opened=opened, gathered=gathered, spawn=spawn, logs=logs, listener=self.listener, desk=self.desk
            ).check(self.scenario.contract)
        finally:
            for finding in gathered.fuzz.findings if gathered.fuzz else gathered.so_far.findings:
                self.writer.finding(row_of(finding))

    def _load(self, guard: Guard, opened: OpenTarget) -> None:
        sampler = sampler_of(self.scenario, opened, self.gathered, self.writer, GuardedSpawn(guard))
        for name, why in sampler.try_once().items():
            self.listener.event(f"probe {name} has no number: {why}")
        bench = Bench(
            scenario=self.scenario,
            opened=opened,
            gathered=self.gathered,
            guard=guard,
            writer=self.writer,
            listener=self.listener,
            run=self.key,
            who=owner(),
            logs=self.folder.path,
            desk=self.desk,
            sampler=sampler,
            crew=self.crew,
        )
        try:
            run_load(bench) if self.scenario.load is not None else run_live(bench)
        finally:
            sampler.stop()

    def _check_names(self, opened: OpenTarget) -> None:
        """A mistyped operation is told before anything is sent, where a description says which there are."""
        if not len(opened.operations):
            return
        for one in (*self.scenario.expect, *(stop.expectation for stop in self.scenario.stop_when)):
            if one.metric.subject and one.metric.kind in ("quantile", "max", "rate", "errors", "findings"):
                opened.operations.resolve(one.metric.subject)
        for spelling in self.scenario.contract.oracle:
            opened.operations.resolve(spelling)

    def fell(self, error: BaseException) -> None:
        """The run did not come to its end: keep and show what there is. A second failure must not hide the first."""
        interrupted = isinstance(error, Interrupted)
        self.gathered.status = Status.INTERRUPTED if interrupted else Status.INCOMPLETE
        self.gathered.why_ended = (
            error.told if isinstance(error, HarnessError | Interrupted) else f"{type(error).__name__}: {error}"
        )
        if self._folder is None:
            return
        try:
            if self._writer is None:
                self.open()
            self.finish()
        except (HarnessError, OSError) as second:
            self.listener.event(f"The folder could not be completed: {second}")
            if self._writer is not None:
                with suppress(HarnessError, OSError):
                    self._writer.mark_unfinished(self.gathered.status, ended=_utc(), why=self.gathered.why_ended)
        else:
            self.listener.event(f"What was recorded: {self.folder.file('report.html')}")

    def leave(self) -> None:
        """It is no longer live. A folder to which the disk refused even `run.json` is no run, so it goes."""
        if self._folder is not None:
            withdraw(self._folder, self.environ)
            with suppress(OSError):  # it is not empty
                self._folder.path.rmdir()

    def finish(self) -> Summary:
        """Close the folder, judge, and write the report."""
        if self.gathered.status is Status.RUNNING:
            self.gathered.status = Status.COMPLETE
        self.gathered.validity = [*self._measured(), *edges_held(self.gathered.own_edges)]
        self.writer.finish(self.gathered.status, ended=_utc(), why=self.gathered.why_ended)
        told = Told(
            scenario=self.scenario,
            opened=self.opened,
            gathered=self.gathered,
            reader=RunReader.open(self.folder),
            run_id=self.key,
            environment=host(),
        )
        summary = summarise(told)
        self.writer.document("summary.json", summary)
        write_report(RunReader.open(self.folder))
        return summary

    def _measured(self) -> list[Check]:
        """Whether the load and the faults can be trusted."""
        if not self.gathered.load_started:
            return []
        if self.scenario.load is None:
            return faults_in_force(self.gathered.faults)
        timeline = self.scenario.timeline
        self.gathered.faults, steady = measure_recoveries(
            self.gathered.faults, self.gathered.measured, timeline, self.gathered.load_ended
        )
        return [
            *load_checks(self.gathered.heard.health, self.gathered.heard.finished),
            *clock_checks(self.gathered.clocks),
            *fault_checks(self.gathered.faults, steady),
        ]


def _utc() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
