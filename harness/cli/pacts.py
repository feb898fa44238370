"""`harness pact ...`: consumer-driven contracts."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.baselines import BaselineFile, BaselineUpdate, accept, baseline_of, today
from harness.cli.check_options import Defects, TargetName
from harness.cli.options import FailOn, FailOnOption, Json, exit_with
from harness.cli.outcomes import Formats, check_formats, tell
from harness.cli.pact_options import (
    Branch,
    BuildUrl,
    Environment,
    Gate,
    Messages,
    Pending,
    Place,
    ProviderName,
    ProviderVersion,
    Publish,
    Results,
    Selectors,
    Sources,
    States,
    Tags,
    Version,
    WipSince,
)
from harness.cli.terminal import err, note, out, say_json
from harness.cli.watching import Watching
from harness.errors import BadInput, EnvironmentFailed
from harness.model import Level, Selector, Verdict

if TYPE_CHECKING:
    from harness.contract import PactResult
    from harness.contract.pact_publish import Publication

pact = typer.Typer(help="Consumer-driven contracts.", no_args_is_help=True)
app.add_typer(pact, name="pact")


@pact.command("verify")
def verify(
    target: TargetName = "reference",
    source: Sources = None,
    provider: ProviderName = "",
    states: States = "",
    messages: Messages = "",
    selector: Selectors = None,
    pending: Pending = False,
    wip_since: WipSince = "",
    publish: Publish = False,
    results: Results = None,
    provider_version: ProviderVersion = "",
    branch: Branch = "",
    tag: Tags = None,
    build_url: BuildUrl = "",
    defect: Defects = None,
    gate: Gate = Level.ERROR,
    baseline: BaselineFile = None,
    baseline_update: BaselineUpdate = False,
    formats: Formats = None,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Replay what consumers rely on against the real provider, and hold it against the provider's description."""
    from harness.experiment.contract_commands import verify_target
    from harness.experiment.pact_commands import pact_outcome, with_pacts
    from harness.experiment.scenario_files import defects_for, find_target

    check_formats(formats)
    known, day = baseline_of(baseline, update=baseline_update), today()
    about = _publication(publish, provider_version, branch, tuple(tag or ()), build_url, results)
    given: dict[str, object] = {"provider": provider, "sources": tuple(source or ()), "states": states}
    given |= {"messages": messages, "pending": pending, "wip_since": _date(wip_since), "branch": branch}
    selectors = tuple(Selector.parse(text) for text in selector or ())
    wanted = with_pacts(find_target(target, os.environ), {**given, "tags": tuple(tag or ())}, selectors=selectors)
    defects = defects_for(wanted, tuple(defect or ()))
    with closing(Watching(err)) as watching:
        found = verify_target(wanted, environ=os.environ, listener=watching, defects=defects, publication=about)
    if known is not None:
        if baseline and baseline_update:
            known = accept(baseline, known, [one for result in found for one in result.findings], day)
        found = [result.knowing(known, day) for result in found]
    outcome = pact_outcome(target, found, gate)
    if not json and not any("=" not in one for one in formats or ()):
        _show(found)
    tell(outcome, formats, json=json)
    if about is not None:
        _publish_results(found, about, outcome.verdict)
    exit_with(outcome.verdict, fail_on)


def _publication(
    publish: bool, version: str, branch: str, tags: tuple[str, ...], build_url: str, ledger: Path | None
) -> Publication | None:
    from harness.contract.pact_publish import Publication

    if not publish:
        if ledger is not None:
            raise BadInput("--results says where results are published, and nothing is.", "Add --publish.")
        return None
    if not version:
        raise BadInput(
            "Results are published for a version of the provider, and none is named.",
            "Add --provider-version, such as --provider-version $(git rev-parse HEAD).",
        )
    return Publication(version=version, at=_now(), branch=branch, tags=tags, build_url=build_url, ledger=ledger)


def _publish_results(found: list[PactResult], about: Publication, verdict: Verdict) -> None:
    """A failed publication must not hide a failed verification: the worse exit code stays."""
    from harness.contract.pact_publish import publish_results

    for result in found:
        try:
            for line in publish_results(result, about):
                note(line)
        except EnvironmentFailed as error:
            if verdict is not Verdict.FAIL:
                raise
            note(f"The results were not published: {error}")


def _show(found: list[PactResult]) -> None:
    """A line an interaction; what fails follows as findings."""
    for result in found:
        for one in result.interactions:
            pending = " (pending)" if one.pending else " (accepted)" if one.accepted else ""
            out.print(f"{one.verdict:<8} {one.consumer} → {one.provider}: {one.description}{pending}", markup=False)
            for mismatch in one.mismatches if one.pending or one.verdict is Verdict.UNKNOWN else ():
                out.print(f"           {mismatch}", markup=False)


@pact.command("publish")
def publish(
    pacts: Annotated[list[Path], typer.Argument(metavar="PACT|FOLDER...", help="Pact files, or folders of them.")],
    place: Place,
    version: Version,
    branch: Branch = "",
    tag: Tags = None,
    build_url: BuildUrl = "",
    json: Json = False,
) -> None:
    """Say what a version of a consumer relies on: to a broker, or into a folder that lives in git."""
    from harness.experiment import pact_commands

    said = pact_commands.publish(
        pacts, place, version=version, branch=branch, tags=tuple(tag or ()), build_url=build_url, at=_now()
    )
    if json:
        say_json({"published": said})
    else:
        for line in said:
            out.print(line, markup=False)


@pact.command("deployed")
def deployed(
    participant: Annotated[str, typer.Argument(metavar="NAME", help="A consumer or provider, as the pacts spell it.")],
    version: Annotated[str, typer.Argument(metavar="VERSION")],
    environment: Environment,
    place: Place,
    beside: Annotated[
        bool, typer.Option("--beside", help="It stands there beside the versions before it (in a ledger).")
    ] = False,
    json: Json = False,
) -> None:
    """Record that a version stands in an environment from now on."""
    from harness.experiment import pact_commands

    said = pact_commands.deployed(place, participant, version, environment, beside=beside)
    if json:
        say_json({"recorded": said})
    else:
        out.print(said, markup=False)


@pact.command("can-i-deploy")
def can_i_deploy(
    participant: Annotated[str, typer.Argument(metavar="NAME", help="A consumer or provider, as the pacts spell it.")],
    environment: Environment,
    place: Place,
    version: Annotated[str, typer.Option("--version", help="Without it the newest in the ledger.")] = "",
    branch: Annotated[str, typer.Option("--branch", help="The newest of this branch.")] = "",
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """May this version go where those stand? Exit code 0 yes, 1 no, 2 nobody verified it."""
    from harness.experiment.pact_commands import may_deploy

    answer = may_deploy(place, participant, version=version, branch=branch, environment=environment)
    check = answer.check
    if json:
        rows = [
            {
                "consumer": row.consumer,
                "consumer_version": row.consumer_version,
                "provider": row.provider,
                "provider_version": row.provider_version,
                "verdict": str(row.verdict),
                "why": row.why,
            }
            for row in answer.rows
        ]
        say_json({"verdict": str(check.verdict), "check": check.name, "why": check.why, "rows": rows})
    else:
        for row in answer.rows:
            out.print(f"{row.verdict:<8} {row.why}", markup=False)
        out.print(f"{str(check.verdict).upper()}  {check.name}: {check.why}", markup=False)
    exit_with(check.verdict, fail_on)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _date(text: str) -> str:
    if text:
        try:
            datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as error:
            raise BadInput(f"--wip-since {text} is no date.", "Write it as 2026-01-31.") from error
    return text
