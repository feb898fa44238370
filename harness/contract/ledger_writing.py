"""Adding to a ledger's folder. Every file is written whole (a rename), so that a reader and git see all of it or nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.contract.ledger import FORMAT, KINDS, Deployment, Ledger, Result, Version, file_name, pact_place
from harness.contract.pact_file import PactFile
from harness.errors import BadInput, EnvironmentFailed


def write_pacts(
    folder: Path, pacts: Sequence[PactFile], *, version: str, branch: str, tags: Sequence[str], at: str
) -> list[Version]:
    """A version of each consumer with what it relies on. Raises BadInput where that version said something else before."""
    known = {(one.participant, one.version): one for one in Ledger.read(folder).versions} if folder.is_dir() else {}
    written = []
    for consumer in sorted({pact.consumer for pact in pacts}):
        ours = {pact.provider: pact for pact in pacts if pact.consumer == consumer}
        before = known.get((consumer, version))
        for provider, pact in ours.items():
            if before and before.pacts.get(provider, pact.content) != pact.content:
                raise BadInput(
                    f"{consumer} {version} was published with another pact for {provider}.",
                    "Publish under a version of its own for each change, such as the commit: --version $(git rev-parse HEAD).",
                )
            _write(pact_place(folder, consumer, provider, pact.content), pact.document)
        contents = {provider: pact.content for provider, pact in ours.items()}
        one = Version(
            participant=consumer,
            version=version,
            at=before.at if before else at,
            branch=branch or (before.branch if before else ""),
            tags=tuple(dict.fromkeys((*(before.tags if before else ()), *tags))),
            pacts={**(before.pacts if before else {}), **contents},
        )
        write_version(folder, one)
        written.append(one)
    return written


def write_version(folder: Path, one: Version) -> None:
    """Replaces what is said about that version."""
    _record(folder, "version", (one.participant, one.version), asdict(one))


def write_result(folder: Path, one: Result) -> None:
    """A later verification of the same pact by the same version replaces the earlier."""
    _record(folder, "result", (one.provider, one.consumer, one.content, one.version), asdict(one))


def write_deployment(
    folder: Path, participant: str, version: str, environment: str, *, beside: bool = False
) -> Deployment:
    """The version that stands in an environment from now on: instead of what stood there, or `beside` it."""
    known = Ledger.read(folder)
    if not any(one.participant == participant and one.version == version for one in known.versions) and not any(
        one.provider == participant and one.version == version for one in known.results
    ):
        names = sorted({one.participant for one in known.versions} | {one.provider for one in known.results})
        raise BadInput(
            f"The ledger knows no version {version} of {participant}.",
            f"Publish its pacts, or its results, first. Known here: {', '.join(names) or 'nobody'}.",
        )
    before: Iterable[str] = known.deployed(participant, environment) if beside else ()
    one = Deployment(environment=environment, participant=participant, versions=tuple(sorted({*before, version})))
    _record(folder, "deployment", (environment, participant), asdict(one))
    return one


def _record(folder: Path, kind: str, names: tuple[str, ...], about: Mapping[str, Any]) -> None:
    *outer, last = (file_name(name) for name in names)
    kept = {key: value for key, value in about.items() if value not in ("", (), [], {})}
    _write(folder.joinpath(KINDS[kind], *outer, f"{last}.json"), {"harness": kind, "format": FORMAT, **kept})


def _write(place: Path, document: Mapping[str, Any]) -> None:
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        partial.replace(place)
    except OSError as error:
        raise EnvironmentFailed(f"{place} could not be written: {error.strerror}.", "Check the folder.") from error
