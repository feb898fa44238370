"""Property-based checking of a target against its description: the parent's side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from harness.contract import grading
from harness.contract.child import Ended, Spawn, plain_spawn, run_child
from harness.contract.coverage import Coverage, coverage
from harness.contract.description import GRAPHQL, Description
from harness.contract.engine_config import is_made
from harness.contract.engine_file import EngineFile
from harness.contract.fetch import check_limits, fetch_description
from harness.contract.gate import judge, or_worse
from harness.contract.placing import placed
from harness.contract.statuses.visit import Outage, Visit, visit
from harness.contract.told import STATUSES, PhaseRun, Progress, Told
from harness.errors import BadInput, EnvironmentFailed, ServiceDied
from harness.model.finding import Finding, Level
from harness.model.operation import Operation
from harness.model.scenario import Fuzz
from harness.model.target import Target
from harness.model.verdict import Check

SEED = 1  # so that the same service answers the same questions from run to run
GRACE_S = 15.0  # to start the engine, and to end the request that is open when the budget is spent
WRONG_BASE = "the base URL is likely wrong; compare `url` of the target with `servers` of the description"
_NO_CASE = {
    "budget": "the budget was over before the first one; raise it",
    "killed": f"the engine was ended, for it sent none until {GRACE_S:g} s after the budget; raise it",
}
MODULE = "harness.contract.fuzz_process"
STATUSES_SHARE, STATUSES_MOST_S = 0.2, 12.0  # of the budget, kept for it; it has what the engine leaves, too


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzResult:
    """`stopped_by`: completed, budget, server_unavailable, killed (it did not heed the budget), or the engine's own word.

    `untested` names operations that the engine could not test and why; `limited` those that asked us to wait (429); `refused` is where
    credentials that had worked were not taken any more. `seconds` is the engine's time, None when killed. `gate` is the level from which on
    a new finding fails.
    """

    findings: tuple[Finding, ...]
    cases: int
    selected: tuple[str, ...]
    coverage: Coverage
    statuses: Mapping[str, Mapping[int, int]]  # operation -> status -> answers
    exercised: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # operation -> items, see `exercise`
    phases: tuple[PhaseRun, ...]
    seconds: float | None
    stopped_by: str
    untested: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()
    refused: str = ""
    seed: int = 0
    gate: Level = Level.ERROR
    unreached: Mapping[str, str] = field(default_factory=dict)  # `operation status` -> why it was not seen
    refused_strangers: tuple[str, ...] = ()  # operations
    unasked: Mapping[str, str] = field(default_factory=dict)  # operation -> why no stranger could ask for it

    @property
    def tested(self) -> tuple[str, ...]:
        """Selected operations that answered at least once."""
        return tuple(name for name in self.selected if self.statuses.get(name))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was exercised, as `coverage_by` reads it."""
        seen = [
            {"kind": "seen", "operation": name, "status": status, "n": n}
            for name, statuses in self.statuses.items()
            for status, n in statuses.items()
        ]
        items = [{"kind": "exercised", "operation": name, "items": of} for name, of in self.exercised.items()]
        return [*seen, *items]

    @property
    def check(self) -> Check:
        """See `gate.judge`."""
        new = "new " if any(one.accepted for one in self.findings) else ""
        passed = f"{self.cases} cases on {len(self.tested)} operations, no {new}{or_worse(self.gate, 2)}"
        return judge(self.findings, gate=self.gate, doubt=_doubt(self), passed=passed)


def fuzz(
    target: Target,
    plan: Fuzz,
    *,
    log_path: Path,
    description: Description | None = None,
    spawn: Spawn = plain_spawn,
    engine_file: EngineFile | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    outage: Outage | None = None,
) -> FuzzResult:
    """Send generated requests for at most `plan.budget` seconds, in child processes; then ask for documented statuses that none of them met.

    Raises EnvironmentFailed where nothing answers or a child dies, BadInput where nothing may be sent.
    """
    description = description or fetch_description(target)
    check_limits(target, description.base_url)
    chosen = select(target, description)
    if set(plan.phases) == {STATUSES}:
        raise BadInput("The phase `statuses` builds on what other phases saw.", "Add one: examples,coverage,statuses.")
    told, began = Told(on_progress), time.monotonic()
    specs = shares(spec_of(target, plan, description, chosen, engine_file), plan.workers)
    stopped_by = _engines(target, plan, specs, told, log_path, spawn)
    visited = Visit()
    if STATUSES in plan.phases and stopped_by in ("completed", "budget") and _worth(told):
        told.take(-1, {"kind": "progress", "phase": STATUSES, "cases": 0})
        visited = visit(
            target,
            description,
            chosen,
            told.witnesses,
            tuple(told.rows),
            seconds=max(1.0, plan.budget - (time.monotonic() - began)),
            timeout_s=specs[0]["request_timeout"],
            reads_only=_read_only(target),
            outage=outage,
            tell=told.take_heard,
            made=cache(partial(is_made, specs[0])),
        )
        told.take_visit(visited)
    return _result(target, description, chosen, told, log_path, visited, seed=specs[0]["seed"], stopped_by=stopped_by)


def _engines(target: Target, plan: Fuzz, specs: list[dict[str, Any]], told: Told, log_path: Path, spawn: Spawn) -> str:
    """A child for each spec, all at once. Returns what stopped the one that fared worst; raises ServiceDied where one told no end."""

    def one(number: int) -> Ended:
        return run_child(
            MODULE,
            specs[number],
            on_row=lambda row: told.take(number, row),
            timeout_s=plan.budget + GRACE_S,
            log_path=log_path,
            spawn=spawn,
            environ={"NO_PROXY": "*"} if target.on_loopback else None,
        )

    with ThreadPoolExecutor(len(specs)) as pool:
        ended = list(pool.map(one, range(len(specs))))
    if len(told.ends) < sum(not child.killed for child in ended):
        raise ServiceDied("The contract check ended without its result.", f"Its log: {log_path}")
    stopped = [str(end["stopped_by"]) for end in told.ends] + ["killed" for child in ended if child.killed]
    return max(stopped, key=_how_badly)


def _worth(told: Told) -> bool:
    """Not where all is 404 or the login is lost: then no answer tells anything."""
    return bool(told.statuses()) and not told.refused and _answers(told.statuses()) not in ({404}, {401}, {403})


def _how_badly(stopped_by: str) -> int:
    return {"completed": 0, "budget": 1}.get(stopped_by, 2)


def select(target: Target, description: Description) -> tuple[Operation, ...]:
    """What may be fuzzed: not `exclude`d, and only reading methods off loopback unless `limits.writes` says so. Raises BadInput."""
    excluded = {name for spelling in target.exclude for name in description.operations.resolve(spelling)}
    chosen = tuple(
        o
        for o in description.operations
        if o.name not in excluded and (not _read_only(target) or _reads(o, description.kind))
    )
    if not chosen:
        raise BadInput(
            f"No operation of {description.source} may be sent to `{target.name}`: {len(description.operations)} are described, "
            f"{len(excluded)} excluded{', and only GET and HEAD are allowed' if _read_only(target) else ''}.",
            "See `exclude` and `limits: {writes: true}` of the target in harness.yaml.",
        )
    return chosen


def _reads(operation: Operation, kind: str) -> bool:
    return "query" in operation.tags if kind == GRAPHQL else operation.method in ("GET", "HEAD")


def _read_only(target: Target) -> bool:
    return not target.on_loopback and not target.limits.writes


def spec_of(
    target: Target, plan: Fuzz, description: Description, chosen: tuple[Operation, ...], engine_file: EngineFile | None
) -> dict[str, Any]:
    """What a child is told, as JSON carries it."""
    base = description.base_path
    graphql = description.kind == GRAPHQL
    return {
        "document": description.document,
        "graphql": graphql,
        "base_url": description.base_url,
        "headers": dict(target.headers),
        "secrets": dict(target.secrets),
        "verify_tls": target.verify_tls,
        "operations": [
            {"name": o.name, "label": o.name if graphql else f"{o.method} {o.template[len(base) :]}"} for o in chosen
        ],
        "read_only": _read_only(target),
        "rate": target.limits.rate,
        "budget": plan.budget
        - (min(STATUSES_MOST_S, STATUSES_SHARE * plan.budget) if STATUSES in plan.phases else 0.0),
        "phases": [one for one in plan.phases if one != STATUSES],
        "checks": list(plan.checks),
        "max_examples": plan.max_examples,
        "seed": plan.seed if plan.seed is not None else SEED,
        "threads": 1,
        "witness": STATUSES in plan.phases and not graphql,
        "config": dict(engine_file.document) if engine_file else {},
        "config_folder": str(engine_file.path.parent) if engine_file else "",
        "request_timeout": min(10.0, max(2.0, plan.budget / 6)),
    }


def shares(spec: dict[str, Any], workers: int) -> list[dict[str, Any]]:
    """A spec per process. Python runs one thread at a time, so workers are processes: each takes a share of the operations, of the rate and of the
    random examples of the stateful phase, which needs all operations."""
    workers = max(1, min(workers, len(spec["operations"])))
    if workers == 1:
        return [spec]
    return [
        {
            **spec,
            "share": [number, workers],
            "rate": spec["rate"] / workers if spec["rate"] else None,
            "seed": spec["seed"] + number,
        }
        for number in range(workers)
    ]


def _result(
    target: Target,
    description: Description,
    chosen: tuple[Operation, ...],
    told: Told,
    log_path: Path,
    visited: Visit,
    *,
    seed: int,
    stopped_by: str,
) -> FuzzResult:
    statuses = told.statuses()
    if told.cases and not statuses and _gone(told):
        raise EnvironmentFailed(
            f"Nothing answered at {description.base_url}, the address of `{target.name}`.",
            f"Is the service up? Look at `url` of the target; the check's log is {log_path}.",
        )
    lost = _answers(statuses) == {404} and len(statuses) > 1
    return FuzzResult(
        findings=() if lost else _rooted(tuple(told.findings(lambda one: placed(one, description)))),
        cases=told.cases,
        selected=tuple(o.name for o in chosen),
        coverage=coverage(description, told.rows),
        statuses=statuses,
        exercised=told.exercised(),
        phases=tuple(told.phases),
        seconds=max((end["seconds"] + visited.seconds for end in told.ends), default=None),
        stopped_by=stopped_by,
        untested=tuple(dict.fromkeys((*told.untested, *description.odd))),
        limited=tuple(dict.fromkeys(name for name, _ in told.limited)),
        refused=told.refused,
        seed=seed,
        unreached=visited.why,
        refused_strangers=visited.refused,
        unasked=visited.unasked,
    )


def _rooted(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """A service that went away gives no answers either: the one is the root of the other."""
    gone = any(one.check == grading.SERVER_GONE for one in findings)
    return tuple(one for one in findings if not gone or one.check != grading.NO_ANSWER)


def _answers(statuses: Mapping[str, Mapping[int, int]]) -> set[int]:
    return {status for by_status in statuses.values() for status in by_status}


def _gone(told: Told) -> bool:
    return any(row.get("check") in (grading.SERVER_GONE, grading.NO_ANSWER) for row in told.rows)


def _doubt(result: FuzzResult) -> str:
    """Why silence is no pass here, or nothing."""
    if result.cases == 0:
        why = _NO_CASE.get(result.stopped_by, "the engine had nothing to test")
        return "no case was sent: " + "; ".join(result.untested or (why,))
    for one, means in (
        (404, WRONG_BASE),
        (401, "credentials are missing or wrong"),
        (403, "the credentials may do nothing"),
    ):
        if _answers(result.statuses) == {one}:
            return f"every answer was {one}: {means}"
    if result.stopped_by not in ("completed", "budget"):
        return f"the check was cut short ({result.stopped_by})"
    if result.refused:
        return f"credentials that worked were refused from {result.refused} on, so little was tried after that"
    missed = [name for name in result.selected if name not in result.tested]
    if missed:
        hint = "; raise its budget" if result.stopped_by == "budget" else ""
        return f"{len(missed)} of {len(result.selected)} operations were never answered, such as {missed[0]}{hint}"
    if result.untested:
        return f"could not test {result.untested[0]}"
    return ""
