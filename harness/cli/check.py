"""`harness check`: the contract in calm, from a description."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.app import app
from harness.cli.baselines import BaselineFile, BaselineUpdate, accept, baseline_of, today
from harness.cli.check_options import (
    ALL_PHASES,
    CHECKS,
    PHASES,
    Budget,
    Checks,
    Config,
    Defects,
    Exclude,
    Gate,
    Header,
    MaxExamples,
    Phases,
    Pytest,
    Replay,
    Seed,
    Subject,
    Url,
    Workers,
)
from harness.cli.check_outcome import outcome_of, write_tests
from harness.cli.options import FailOn, FailOnOption, Json, exit_with
from harness.cli.outcomes import Formats, check_formats, tell
from harness.cli.replays import tell_replayed
from harness.cli.terminal import err
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Fuzz, Level, Target
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration

if TYPE_CHECKING:
    from harness.contract import EngineFile, Progress, Replayed
    from harness.experiment.contract_commands import Checked


@app.command()
def check(
    target: Subject = "reference",
    url: Url = "",
    header: Header = None,
    budget: Budget = "60s",
    seed: Seed = None,
    workers: Workers = 1,
    max_examples: MaxExamples = None,
    phases: Phases = ALL_PHASES,
    checks: Checks = "",
    exclude: Exclude = None,
    config: Config = None,
    gate: Gate = Level.ERROR,
    baseline: BaselineFile = None,
    baseline_update: BaselineUpdate = False,
    replay: Replay = None,
    pytest: Pytest = None,
    formats: Formats = None,
    defect: Defects = None,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Hold a service against its OpenAPI or GraphQL description with generated requests."""
    from harness.experiment.check_subject import find_subject
    from harness.experiment.scenario_files import defects_for

    check_formats(formats)
    if replay and (baseline or baseline_update):
        raise BadInput(
            "--replay asks whether saved findings are mended, accepted or not: a baseline has no part in it.",
            "Leave out --baseline and --baseline-update, or leave out --replay.",
        )
    known, day = baseline_of(baseline, update=baseline_update), today()
    wanted = find_subject(target, url=url, headers=header or (), environ=os.environ)
    wanted = replace(wanted, exclude=(*wanted.exclude, *(exclude or ())))
    plan = Fuzz(
        budget=_seconds(budget),
        phases=_some_of(PHASES, phases, "--phases", "phase"),
        max_examples=max_examples,
        seed=seed,
        workers=workers,
        checks=_some_of(CHECKS, checks, "--checks", "check") if checks else (),
    )
    engine_file, defects = _engine_file(config), defects_for(wanted, tuple(defect or ()))
    if replay:
        replayed = _replay(replay, wanted, plan.budget, engine_file, defects)
        exit_with(tell_replayed(target, replayed, formats, json=json), fail_on)
    checked = _check(wanted, plan, engine_file, defects)
    if known and baseline and baseline_update:
        known = accept(baseline, known, checked.result.findings, day)
    found = known.applied(checked.result.findings, day) if known else checked.result.findings
    checked = replace(checked, result=replace(checked.result, findings=found, gate=gate))
    if pytest:
        write_tests(pytest, checked, target)
    outcome = outcome_of(target, checked, known, engine_file, day)
    tell(outcome, formats, json=json)
    exit_with(outcome.verdict, fail_on)


def _check(target: Target, plan: Fuzz, engine_file: EngineFile | None, defects: tuple[str, ...]) -> Checked:
    from harness.experiment.contract_commands import check_target

    with closing(Watching(err)) as watching:
        return check_target(
            target,
            plan,
            environ=os.environ,
            listener=watching,
            tell=_phase_teller(watching),
            defects=defects,
            engine_file=engine_file,
        )


def _replay(
    path: Path, target: Target, budget: float, engine_file: EngineFile | None, defects: tuple[str, ...]
) -> tuple[Replayed, ...]:
    from harness.contract import read_findings
    from harness.experiment.contract_commands import replay_target

    saved = read_findings(path)
    with closing(Watching(err)) as watching:
        return replay_target(
            target,
            saved,
            environ=os.environ,
            listener=watching,
            budget=budget,
            defects=defects,
            engine_file=engine_file,
        )


def _engine_file(path: Path | None) -> EngineFile | None:
    from harness.contract import find_engine_file, read_engine_file

    return read_engine_file(path) if path else find_engine_file(Path.cwd())


def _phase_teller(watching: Watching) -> Callable[[Progress], None]:
    told: set[str] = set()

    def tell_phase(now: Progress) -> None:
        if now.phase and now.phase not in told:
            told.add(now.phase)
            watching.event(f"phase {now.phase}")

    return tell_phase


def _some_of(known: tuple[str, ...], text: str, flag: str, what: str) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    for name in wanted:
        if name not in known:
            raise BadInput(f"{flag}: `{name}` is no {what}.", did_you_mean(name, known))
    if not wanted:
        raise BadInput(f"{flag} names none.", f"Write some of {','.join(known)}.")
    return wanted


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise BadInput(f"--budget: {error}.") from error
    if seconds <= 0:
        raise BadInput(f"--budget {text} is no time at all.", "Write a duration above zero, such as 60s.")
    return seconds
