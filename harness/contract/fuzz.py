"""Property-based checking of a target against its description: the parent's side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.contract import grading
from harness.contract.child import Spawn, plain_spawn, run_child
from harness.contract.coverage import Coverage, coverage
from harness.contract.description import Description
from harness.contract.fetch import check_limits, fetch_description
from harness.contract.tally import merge_findings
from harness.errors import BadInput, EnvironmentFailed, ServiceDied
from harness.model.finding import Finding, Level
from harness.model.operation import Operation
from harness.model.scenario import Fuzz
from harness.model.target import Target
from harness.model.verdict import Check, Verdict

GRACE_S = 15.0  # to start the engine, and to end the request that is open when the budget is spent


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRun:
    """One phase of the engine; `why` says what it was skipped for."""

    name: str
    status: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where it stands."""

    phase: str
    cases: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzResult:
    """`stopped_by`: completed, budget, server_unavailable, killed (it did not heed the budget), or the engine's own word.

    `untested` names operations that the engine could not test and why. `seconds` is the engine's time, None when killed.
    """

    findings: tuple[Finding, ...]
    cases: int
    selected: tuple[str, ...]
    coverage: Coverage
    statuses: Mapping[str, Mapping[int, int]]  # operation -> status -> answers
    phases: tuple[PhaseRun, ...]
    seconds: float | None
    stopped_by: str
    untested: tuple[str, ...] = ()

    @property
    def tested(self) -> tuple[str, ...]:
        """Selected operations that answered at least once."""
        return tuple(name for name in self.selected if self.statuses.get(name))

    @property
    def check(self) -> Check:
        """Fail on any finding of level error. Unknown where little or nothing was tried: silence proves nothing then."""
        errors = [f for f in self.findings if f.level is Level.ERROR]
        if errors:
            why = f"{len(errors)} error(s), first: {errors[0].operation} {errors[0].check}: {errors[0].message}"
            return Check(name="contract", verdict=Verdict.FAIL, why=why, value=len(errors), unit="count")
        doubt = _doubt(self)
        if doubt:
            return Check(name="contract", verdict=Verdict.UNKNOWN, why=doubt, value=0, unit="count")
        why = f"{self.cases} cases on {len(self.tested)} operations, no error"
        return Check(name="contract", verdict=Verdict.PASS, why=why, value=0, unit="count")


def fuzz(
    target: Target,
    plan: Fuzz,
    *,
    log_path: Path,
    description: Description | None = None,
    spawn: Spawn = plain_spawn,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> FuzzResult:
    """Send generated requests for at most `plan.budget` seconds, in a child process.

    Raises EnvironmentFailed where nothing answers or the child dies, BadInput where nothing may be sent.
    """
    description = description or fetch_description(target)
    check_limits(target, description.base_url)
    chosen = select(target, description)
    told = _Told(on_progress)
    ended = run_child(
        "harness.contract.fuzz_process",
        _spec(target, plan, description, chosen),
        on_row=told.take,
        timeout_s=plan.budget + GRACE_S,
        log_path=log_path,
        spawn=spawn,
        environ={"NO_PROXY": "*"} if target.on_loopback else None,
    )
    if told.end is None and not ended.killed:
        raise ServiceDied("The contract check ended without its result.", f"Its log: {log_path}")
    return _result(target, description, chosen, told, log_path)


def select(target: Target, description: Description) -> tuple[Operation, ...]:
    """What may be fuzzed: not `exclude`d, and only reading methods off loopback unless `limits.writes` says so. Raises BadInput."""
    excluded = {name for spelling in target.exclude for name in description.operations.resolve(spelling)}
    chosen = tuple(
        o
        for o in description.operations
        if o.name not in excluded and (not _read_only(target) or o.method in ("GET", "HEAD"))
    )
    if not chosen:
        raise BadInput(
            f"No operation of {description.source} may be sent to `{target.name}`: {len(description.operations)} are described, "
            f"{len(excluded)} excluded{', and only GET and HEAD are allowed' if _read_only(target) else ''}.",
            "See `exclude` and `limits: {writes: true}` of the target in harness.yaml.",
        )
    return chosen


def _read_only(target: Target) -> bool:
    return not target.on_loopback and not target.limits.writes


def _spec(target: Target, plan: Fuzz, description: Description, chosen: tuple[Operation, ...]) -> dict[str, Any]:
    base = description.base_path
    return {
        "document": description.document,
        "base_url": description.base_url,
        "headers": dict(target.headers),
        "secrets": dict(target.secrets),
        "verify_tls": target.verify_tls,
        "operations": [{"name": o.name, "method": o.method, "path": o.template[len(base) :]} for o in chosen],
        "read_only": _read_only(target),
        "rate": target.limits.rate,
        "budget": plan.budget,
        "phases": list(plan.phases),
        "max_examples": plan.max_examples,
        "seed": plan.seed,
        "workers": plan.workers,
        "request_timeout": min(10.0, max(2.0, plan.budget / 3)),
    }


class _Told:
    """What the child has said so far."""

    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        self._on_progress = on_progress
        self.rows: list[dict[str, Any]] = []
        self.phases: list[PhaseRun] = []
        self.untested: list[str] = []
        self.cases = 0
        self.end: dict[str, Any] | None = None

    def take(self, row: dict[str, Any]) -> None:
        match row["kind"]:
            case "finding" | "seen":
                self.rows.append(row)
            case "phase":
                self.phases.append(PhaseRun(name=row["name"], status=row["status"], why=row["why"]))
            case "trouble":
                self.untested.append(f"{row['operation']}: {row['title']}: {row['message']}")
            case "progress":
                self.cases = row["cases"]
                self._on_progress(Progress(phase=row["phase"], cases=row["cases"], findings=row["findings"]))
            case "end":
                self.end = row


def _result(
    target: Target, description: Description, chosen: tuple[Operation, ...], told: _Told, log_path: Path
) -> FuzzResult:
    statuses: dict[str, dict[int, int]] = {}
    for row in told.rows:
        if row["kind"] == "seen":
            by_status = statuses.setdefault(row["operation"], {})
            by_status[row["status"]] = by_status.get(row["status"], 0) + row["n"]
    if told.cases and not statuses and _gone(told):
        raise EnvironmentFailed(
            f"Nothing answered at {description.base_url}, the address of `{target.name}`.",
            f"Is the service up? Look at `url` of the target; the check's log is {log_path}.",
        )
    end = told.end or {}
    return FuzzResult(
        findings=tuple(merge_findings(told.rows, source="fuzz")),
        cases=told.cases,
        selected=tuple(o.name for o in chosen),
        coverage=coverage(description, told.rows),
        statuses=statuses,
        phases=tuple(told.phases),
        seconds=end.get("seconds"),
        stopped_by=end.get("stopped_by", "killed"),
        untested=tuple(dict.fromkeys((*told.untested, *description.odd))),
    )


def _gone(told: _Told) -> bool:
    return any(row.get("check") in (grading.SERVER_GONE, grading.NO_ANSWER) for row in told.rows)


def _doubt(result: FuzzResult) -> str:
    """Why silence is no pass here, or nothing."""
    if result.cases == 0:
        return "no case was sent: " + "; ".join(result.untested or ("the engine had nothing to test",))
    if result.stopped_by not in ("completed", "budget"):
        return f"the check was cut short ({result.stopped_by})"
    missed = [name for name in result.selected if name not in result.tested]
    if missed:
        hint = "; raise its budget" if result.stopped_by == "budget" else ""
        return f"{len(missed)} of {len(result.selected)} operations were never answered, such as {missed[0]}{hint}"
    if result.untested:
        return f"could not test {result.untested[0]}"
    answered = {status for by_status in result.statuses.values() for status in by_status}
    for one, means in ((404, "the base URL is likely wrong"), (401, "credentials are missing or wrong")):
        if answered == {one}:
            return f"every answer was {one}: {means}"
    return ""
