"""`harness check`: the contract in calm, from a description."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.check_outcome import outcome_of, write_tests
from harness.cli.options import FailOn, FailOnOption, Json, exit_with
from harness.cli.outcomes import Formats, check_formats, tell
from harness.cli.replays import tell_replayed
from harness.cli.terminal import err, note
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Finding, Fuzz, Level
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration

if TYPE_CHECKING:
    from harness.contract import Baseline, EngineFile, Progress

PHASES = ("examples", "coverage", "fuzzing", "stateful", "statuses")
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance"),
    *("response_schema_conformance", "allow_header_conformance", "negative_data_rejection", "positive_data_acceptance"),
    *("missing_required_header", "unsupported_method", "use_after_free", "ensure_resource_availability"),
    *("ignored_auth", "object_level_authorization"),
)
TargetName = Annotated[
    str,
    typer.Argument(
        metavar="[TARGET|URL]", help="A target of harness.yaml, a URL, or `reference`, the bundled service."
    ),
]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="[TARGET|URL|DESCRIPTION]",
        help="A target of harness.yaml, the URL of a service or of its description, a description file, or `reference`, the bundled service.",
    ),
]
Defects = Annotated[list[str] | None, typer.Option("--defect", help="Switch a defect of the bundled service on.")]


@app.command()
def check(
    target: Subject = "reference",
    url: Annotated[str, typer.Option("--url", help="Where the service is, if the description does not say.")] = "",
    header: Annotated[list[str] | None, typer.Option("--header", "-H", help='Sent along: "Name: value".')] = None,
    budget: Annotated[str, typer.Option("--budget", help="Time to spend at most.")] = "60s",
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Other requests; the same seed sends the same ones. Default: always the same."),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that send requests.")] = 1,
    max_examples: Annotated[int | None, typer.Option("--max-examples", min=1, help="Examples per operation.")] = None,
    phases: Annotated[
        str, typer.Option("--phases", help="Some of examples,coverage,fuzzing,stateful,statuses.")
    ] = ",".join(PHASES),
    checks: Annotated[str, typer.Option("--checks", help="Some of Schemathesis's checks; all unless given.")] = "",
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", help="Operations to leave alone: name, `METHOD /path`, tag:x or a glob."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="A schemathesis.toml; else the one found from here upwards, if any.")
    ] = None,
    gate: Annotated[Level, typer.Option("--gate", help="From which level on a new finding fails.")] = Level.ERROR,
    baseline: Annotated[Path | None, typer.Option("--baseline", help="A file of findings that are accepted.")] = None,
    baseline_update: Annotated[
        bool, typer.Option("--baseline-update", help="Accept what is found, for 90 days, in the file of --baseline.")
    ] = False,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", help="Only send findings again: those of --format json=FILE, or of a run folder."),
    ] = None,
    pytest: Annotated[Path | None, typer.Option("--pytest", help="Write the findings as a pytest module.")] = None,
    formats: Formats = None,
    defect: Defects = None,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Hold a service against its OpenAPI or GraphQL description with generated requests."""
    from harness.contract import read_findings
    from harness.experiment.check_subject import find_subject
    from harness.experiment.contract_commands import check_target, replay_target
    from harness.experiment.scenario_files import defects_for

    check_formats(formats)
    known, today = _baseline(baseline, update=baseline_update), datetime.now(UTC).date()
    wanted = find_subject(target, url=url, headers=header or (), environ=os.environ)
    wanted = replace(wanted, exclude=(*wanted.exclude, *(exclude or ())))
    engine_file, defects = _engine_file(config), defects_for(wanted, tuple(defect or ()))
    plan = Fuzz(
        budget=_seconds(budget),
        phases=_some_of(PHASES, phases, "--phases", "phase"),
        max_examples=max_examples,
        seed=seed,
        workers=workers,
        checks=_some_of(CHECKS, checks, "--checks", "check") if checks else (),
    )
    saved = read_findings(replay) if replay else ()
    watching = Watching(err)
    try:
        if replay:
            replayed = replay_target(
                wanted,
                saved,
                environ=os.environ,
                listener=watching,
                budget=plan.budget,
                defects=defects,
                engine_file=engine_file,
            )
        else:
            checked = check_target(
                wanted,
                plan,
                environ=os.environ,
                listener=watching,
                tell=_phase_teller(watching),
                defects=defects,
                engine_file=engine_file,
            )
    finally:
        watching.close()
    if replay:
        exit_with(tell_replayed(target, replayed, formats, json=json), fail_on)
    if known and baseline and baseline_update:
        known = _accept(baseline, known, checked.result.findings, today)
    found = known.applied(checked.result.findings, today) if known else checked.result.findings
    checked = replace(checked, result=replace(checked.result, findings=found, gate=gate))
    if pytest:
        write_tests(pytest, checked, target)
    outcome = outcome_of(target, checked, known, engine_file, today)
    tell(outcome, formats, json=json)
    exit_with(outcome.verdict, fail_on)


def _baseline(path: Path | None, *, update: bool) -> Baseline | None:
    from harness.contract import Baseline, read_baseline

    if path is None:
        if update:
            raise BadInput("--baseline-update does not say which file.", "Add --baseline FILE.")
        return None
    return Baseline() if update and not path.exists() else read_baseline(path)


def _accept(path: Path, known: Baseline, findings: tuple[Finding, ...], today: date) -> Baseline:
    """Everything that was found is accepted from today on; the verdict is that of a check that knows it."""
    from harness.contract import write_baseline

    updated = known.updated(findings, today)
    write_baseline(path, updated)
    new = len(updated.entries) - len(known.entries)
    note(f"{path}: {len(updated.entries)} findings are accepted, {new} of them new")
    return updated


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
