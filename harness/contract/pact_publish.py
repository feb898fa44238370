"""Results of a verification go back to where each pact came from: its broker, its ledger, or a ledger that is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.contract.broker import Broker
from harness.contract.broker_asking import publish_result
from harness.contract.ledger import Ledger, Result, Version
from harness.contract.ledger_writing import write_result, write_version
from harness.contract.pact_file import PactFile
from harness.contract.pact_verify import InteractionResult, PactResult
from harness.errors import BadInput
from harness.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Whose results these are: the provider's version. `ledger` takes those of pacts from plain files; `at` is UTC, ISO 8601."""

    version: str
    at: str
    branch: str = ""
    tags: tuple[str, ...] = ()
    build_url: str = ""
    ledger: Path | None = None


def check_homes(pacts: Sequence[PactFile], about: Publication) -> None:
    """Before anything is verified: each result needs somewhere to go. Raises BadInput."""
    for pact in pacts:
        if _broker_of(pact) is None and _home(pact, about) is None:
            raise BadInput(
                f"The result of {pact.source} has nowhere to go: the pact is from a plain file.",
                "Name a folder for results: --results FOLDER (docs/pact.md, “Without a broker”).",
            )


def publish_results(result: PactResult, about: Publication) -> list[str]:
    """Say where each result went. What could not be verified is not published: it says nothing about the provider.

    Raises EnvironmentFailed where a broker refuses or a folder can't be written.
    """
    said: list[str] = []
    for number, pact in enumerate(result.pacts):
        rows = result.of(number)
        if not rows or any(row.verdict is Verdict.UNKNOWN for row in rows):
            said.append(f"{pact.consumer}: not published, because it could not be verified as a whole")
            continue
        word = "holds" if all(row.verdict is Verdict.PASS for row in rows) else "fails"
        said.append(f"{pact.consumer}: {word}, published to {_publish(pact, rows, about)}")
    return said


def _publish(pact: PactFile, rows: Sequence[InteractionResult], about: Publication) -> str:
    origin, folder = _broker_of(pact), _home(pact, about)
    if origin is not None:
        with Broker.at(origin) as broker:
            publish_result(
                broker,
                pact,
                _for_broker(pact, rows),
                version=about.version,
                branch=about.branch,
                tags=about.tags,
                build_url=about.build_url,
            )
        return origin
    assert folder is not None  # as `check_homes` saw to
    _write(folder, pact, rows, about)
    return str(folder)


def _write(folder: Path, pact: PactFile, rows: Sequence[InteractionResult], about: Publication) -> None:
    failed = tuple(row.description for row in rows if row.verdict is not Verdict.PASS)
    write_result(
        folder,
        Result(
            provider=pact.provider,
            consumer=pact.consumer,
            content=pact.content,
            version=about.version,
            success=not failed,
            at=about.at,
            branch=about.branch,
            failed=failed,
        ),
    )
    known = Ledger.read(folder).versions
    mine = next((v for v in known if (v.participant, v.version) == (pact.provider, about.version)), None)
    write_version(
        folder,
        Version(
            participant=pact.provider,
            version=about.version,
            at=mine.at if mine else about.at,
            branch=about.branch or (mine.branch if mine else ""),
            tags=tuple(dict.fromkeys((*(mine.tags if mine else ()), *about.tags))),
            pacts=mine.pacts if mine else {},
        ),
    )


def _for_broker(pact: PactFile, rows: Sequence[InteractionResult]) -> list[dict[str, Any]]:
    """As pact's own verifier reports an interaction (pact-reference: pact_verifier/src/pact_broker.rs, build_payload)."""
    told = []
    for interaction, row in zip(pact.interactions, rows, strict=True):
        one: dict[str, Any] = {
            "interactionDescription": interaction.description,
            "success": row.verdict is Verdict.PASS,
        }
        if interaction.key:
            one["interactionId"] = interaction.key
        if row.mismatches:
            one["mismatches"] = [{"attribute": "interaction", "description": text} for text in row.mismatches]
        told.append(one)
    return told


def _broker_of(pact: PactFile) -> str | None:
    links = pact.document.get("_links")
    if not pact.source.startswith(("http://", "https://")) or not isinstance(links, dict):
        return None
    return pact.source if "pb:publish-verification-results" in links else None


def _home(pact: PactFile, about: Publication) -> Path | None:
    """The named ledger, else the one that the pact is in: LEDGER/pacts/CONSUMER/PROVIDER/CONTENT.json."""
    if about.ledger is not None:
        return about.ledger
    above = Path(pact.source).parents
    return above[3] if len(above) > 3 and Ledger.stands_in(above[3]) else None
