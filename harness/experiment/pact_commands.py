"""What `harness pact ...` does beside verifying: publish, record a deployment, ask whether something may be deployed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.contract.broker import Broker
from harness.contract.broker_asking import ask_to_deploy, publish_pacts, record_deployment
from harness.contract.deployable import Answer, can_i_deploy, latest
from harness.contract.ledger import Ledger
from harness.contract.ledger_writing import write_deployment, write_pacts
from harness.contract.pact_sources import read_pacts
from harness.contract.pact_verify import InteractionResult, PactResult
from harness.errors import BadInput
from harness.experiment.opening import REFERENCE
from harness.model import Check, Level, Pact, Selector, Target, Verdict
from harness.report import Outcome


def is_url(place: str) -> bool:
    """A broker rather than a folder."""
    return place.startswith(("http://", "https://"))


def publish(
    sources: list[Path], place: str, *, version: str, branch: str, tags: tuple[str, ...], build_url: str, at: str
) -> list[str]:
    """Publish consumers' pacts to a broker or into a ledger. Raises BadInput, BadDocument, EnvironmentFailed."""
    pacts = read_pacts(sources)
    if is_url(place):
        with Broker.at(place) as broker:
            said = publish_pacts(broker, pacts, version=version, branch=branch, tags=tags, build_url=build_url)
        return said or [f"{pact.consumer} {version} relies on {pact.provider}: published" for pact in pacts]
    written = write_pacts(Path(place), pacts, version=version, branch=branch, tags=tags, at=at)
    return [
        f"{one.participant} {one.version} relies on {', '.join(sorted(one.pacts))}: recorded in {place}"
        for one in written
    ]


def may_deploy(place: str, participant: str, *, version: str, branch: str, environment: str) -> Answer:
    """The judgement of a broker, or ours over a ledger. Without a version the newest is meant, of a branch if one is named."""
    if is_url(place):
        if not version:
            raise BadInput("A broker is asked about a version.", "Add --version.")
        with Broker.at(place) as broker:
            return ask_to_deploy(broker, participant, version, environment)
    ledger = Ledger.read(Path(place))
    return can_i_deploy(ledger, participant, version or latest(ledger, participant, branch), environment)


def deployed(place: str, participant: str, version: str, environment: str, *, beside: bool) -> str:
    """Record that a version stands in an environment from now on. Raises BadInput for `beside` at a broker: it would need a name for each
    application instance, and somebody who takes each away again."""
    if is_url(place) and beside:
        raise BadInput(
            "--beside is for ledgers. A broker tells versions that stand beside each other by the names of their application instances.",
            f"Record it with Pact's own command: pact-broker record-deployment --pacticipant {participant} --version {version} "
            f"--environment {environment} --application-instance NAME; later its record-undeployment ends it.",
        )
    if is_url(place):
        with Broker.at(place) as broker:
            record_deployment(broker, participant, version, environment)
        return f"{participant} {version} stands in {environment}"
    now = write_deployment(Path(place), participant, version, environment, beside=beside)
    return f"{participant} {', '.join(now.versions)} stands in {environment}"


def with_pacts(target: Target, given: Mapping[str, object], *, selectors: tuple[Selector, ...]) -> Target:
    """The target with what the command line says about its pacts. Raises BadInput where nobody says who provides, or from where."""
    told = {key: value for key, value in given.items() if value}
    if selectors:
        told["selectors"] = selectors
    if not told:
        return target
    about = target.pact
    if about is None:
        provider, sources = told.get("provider"), told.get("sources")
        if target.name != REFERENCE and not (provider and sources):
            raise BadInput(
                f"The target `{target.name}` names no pacts.",
                "Add --provider NAME and --source FOLDER, or `pact: {provider: …, sources: [folder]}` in harness.yaml.",
            )
        about = Pact(provider=str(provider or ""))
    return replace(target, pact=replace(about, **told))  # type: ignore[arg-type]  # the command line's own words


def pact_outcome(target: str, found: Sequence[PactResult], gate: Level) -> Outcome:
    """What a verification has to say, with every interaction for JSON."""
    findings = tuple(one for result in found for one in result.findings)
    return Outcome(
        command="pact verify",
        subject=target,
        checks=tuple(_gated(result, gate) for result in found),
        findings=findings,
        gate=gate,
        facts=tuple(f"{result.check.name}: {result.check.why}" for result in found if len(found) > 1),
        more={"interactions": [_interaction(one) for result in found for one in result.interactions]},
    )


def _gated(result: PactResult, gate: Level) -> Check:
    """The result's own check; with a stricter gate, what is not documented fails, too."""
    check = result.check
    bad = [one for one in result.findings if one.gates(gate)]
    if check.verdict is not Verdict.PASS or not bad:
        return check
    return replace(
        check, verdict=Verdict.FAIL, why=f"{check.why}; {len(bad)} findings of level {gate}: {bad[0].message}"
    )


def _interaction(one: InteractionResult) -> dict[str, object]:
    return {
        "consumer": one.consumer,
        "provider": one.provider,
        "interaction": one.description,
        "states": list(one.states),
        "pending": one.pending,
        "accepted": one.accepted,
        "verdict": str(one.verdict),
        "mismatches": list(one.mismatches),
    }
