"""What is asked of a Pact Broker beside pacts: publish them, publish results, may this be deployed, it was deployed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness import __version__
from harness.contract.broker import Broker, Document
from harness.contract.deployable import Answer, Row
from harness.contract.pact_file import PactFile
from harness.errors import BadInput, EnvironmentFailed
from harness.model.verdict import Verdict


def publish_pacts(
    broker: Broker, pacts: Sequence[PactFile], *, version: str, branch: str, tags: Sequence[str], build_url: str = ""
) -> list[str]:
    """Publish consumers' pacts; returns what the broker had to say (pact_broker: doc/views/index/publish-contracts)."""
    url = broker.link(broker.index(), "pb:publish-contracts")
    notices: list[str] = []
    for consumer in sorted({pact.consumer for pact in pacts}):
        contracts = [
            {
                "consumerName": consumer,
                "providerName": pact.provider,
                "specification": "pact",
                "contentType": "application/json",
                "content": base64.b64encode(json.dumps(pact.document).encode()).decode(),
            }
            for pact in pacts
            if pact.consumer == consumer
        ]
        about = {"pacticipantName": consumer, "pacticipantVersionNumber": version, "contracts": contracts}
        optional = {"branch": branch, "tags": list(tags), "buildUrl": build_url}
        told = broker.post(url, {**about, **{key: value for key, value in optional.items() if value}})
        notices += [str(one.get("text", "")) for one in told.get("notices", []) if isinstance(one, dict)]
    return notices


def publish_result(
    broker: Broker,
    pact: PactFile,
    rows: Sequence[Mapping[str, Any]],
    *,
    version: str,
    branch: str,
    tags: Sequence[str],
    build_url: str = "",
) -> None:
    """Say of a pact that came from this broker whether a provider's version keeps it; `rows` are its interactions."""
    if branch or tags:
        provider = broker.get(broker.link(pact.document, "pb:provider"))
        if branch:
            broker.put(broker.link(provider, "pb:branch-version", branch=branch, version=version), {})
        for tag in tags:
            broker.put(broker.link(provider, "pb:version-tag", tag=tag, version=version), {})
    about: Document = {
        "success": all(row["success"] for row in rows),
        "providerApplicationVersion": version,
        "testResults": list(rows),
        "verifiedBy": {"implementation": "harness", "version": __version__},
    }
    if build_url:
        about["buildUrl"] = build_url
    broker.post(broker.link(pact.document, "pb:publish-verification-results"), about)


def ask_to_deploy(broker: Broker, participant: str, version: str, environment: str) -> Answer:
    """The broker's own judgement. `deployable: null` is unknown: results are missing."""
    url = broker.link(
        broker.index(),
        "pb:can-i-deploy-pacticipant-version-to-environment",
        pacticipant=participant,
        version=version,
        environment=environment,
    )
    told = broker.get(url)
    summary = told.get("summary")
    if not isinstance(summary, dict) or "deployable" not in summary:
        raise EnvironmentFailed(
            f"The broker at {broker.url} gave no answer that says `deployable`.", "Look at the broker."
        )
    reason = str(summary.get("reason") or "").strip()
    verdict = _verdict(summary["deployable"])
    rows = tuple(_row(one) for one in told.get("matrix", []) if isinstance(one, dict) and not one.get("ignored"))
    if verdict is Verdict.PASS:
        rows = tuple(row for row in rows if row.verdict is verdict)
    if verdict is not Verdict.PASS and all(row.verdict is not verdict for row in rows):
        rows = (*rows, _alone(participant, version, verdict, reason))  # such as a provider that is not there at all
    return Answer(participant=participant, version=version, environment=environment, rows=rows, said=reason)


def _row(one: Mapping[str, Any]) -> Row:
    consumer, provider, result = (one.get(name) or {} for name in ("consumer", "provider", "verificationResult"))
    verdict = _verdict(result.get("success"))
    said = {Verdict.PASS: "holds", Verdict.FAIL: "fails", Verdict.UNKNOWN: "was never verified"}[verdict]
    names = [str(consumer.get("name", "?")), _number(consumer), str(provider.get("name", "?")), _number(provider)]
    why = f"the pact of {names[0]} {names[1]} with {names[2]} {names[3]} {said}"
    return Row(
        consumer=names[0],
        consumer_version=names[1],
        provider=names[2],
        provider_version=names[3],
        verdict=verdict,
        why=why,
    )


def _verdict(said: object) -> Verdict:
    return Verdict.PASS if said is True else Verdict.FAIL if said is False else Verdict.UNKNOWN


def _number(participant: Mapping[str, Any]) -> str:
    version = participant.get("version")
    return str(version.get("number", "-")) if isinstance(version, dict) else "-"


def _alone(participant: str, version: str, verdict: Verdict, reason: str) -> Row:
    return Row(
        consumer=participant,
        consumer_version=version,
        provider="-",
        provider_version="-",
        verdict=verdict,
        why=reason or "the broker gives no reason",
    )


def record_deployment(broker: Broker, participant: str, version: str, environment: str) -> None:
    """Tell the broker that a version stands in an environment now. Raises BadInput for an environment that it does not know."""
    about = broker.get(broker.link(broker.index(), "pb:pacticipant-version", pacticipant=participant, version=version))
    links = about.get("_links", {}).get("pb:record-deployment", [])
    found = {str(one.get("name")): str(one.get("href")) for one in links if isinstance(one, dict)}
    if environment not in found:
        known = ", ".join(sorted(found)) or "none"
        raise BadInput(f"The broker knows no environment {environment}; it knows {known}.", "Create it in the broker.")
    broker.post(found[environment], {})
