"""A ledger: pacts, results of verification, versions and deployments as plain JSON files in a folder, made to live in git.

One fact is one file, named by what it is about, so that branches rarely touch the same file and merges need no thought:

    pacts/CONSUMER/PROVIDER/CONTENT.json                 a pact, once for all versions that say the same
    versions/PARTICIPANT/VERSION.json                    a version: its branch, and the pacts that it relies on
    results/PROVIDER/CONSUMER/CONTENT/VERSION.json       whether a version of the provider keeps a pact
    environments/ENVIRONMENT/PARTICIPANT.json            which versions stand there now

docs/pact.md shows each; names are quoted as in URLs where they hold a slash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.contract.pact_file import PactFile, parse_pact
from harness.errors import BadDocument, EnvironmentFailed
from harness.model.pact import Pact, Selector

FORMAT = 1
MAIN_BRANCHES = ("main", "master")
KINDS = {"version": "versions", "result": "results", "deployment": "environments"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a participant. `pacts` maps each provider to the content that this version relies on; `at` is UTC, ISO 8601."""

    participant: str
    version: str
    at: str
    branch: str = ""
    tags: tuple[str, ...] = ()
    pacts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Whether a provider's version keeps a pact. `failed` names the interactions that it breaks."""

    provider: str
    consumer: str
    content: str
    version: str
    success: bool
    at: str
    branch: str = ""
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The versions of a participant that stand in an environment."""

    environment: str
    participant: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What was read. It is a value: `harness.contract.ledger_writing` adds to the folder."""

    folder: Path
    versions: tuple[Version, ...] = ()
    results: tuple[Result, ...] = ()
    deployments: tuple[Deployment, ...] = ()

    @staticmethod
    def stands_in(folder: Path) -> bool:
        """Whether a folder is a ledger: it has versions."""
        return (folder / "versions").is_dir()

    @classmethod
    def read(cls, folder: Path) -> Ledger:
        """Raises BadDocument for a broken record, EnvironmentFailed where there is no ledger."""
        if not folder.is_dir():
            raise EnvironmentFailed(
                f"There is no ledger in {folder}.", "`harness pact publish … --ledger FOLDER` makes one."
            )
        return cls(
            folder=folder,
            versions=tuple(_read(folder, "versions", _version)),
            results=tuple(_read(folder, "results", _result)),
            deployments=tuple(_read(folder, "environments", _deployment)),
        )

    def pacts_for(self, about: Pact) -> Iterator[PactFile]:
        """The pacts with a provider that the selectors want; with `pending`, those its branch never kept are pending."""
        chosen: dict[tuple[str, str], Version] = {}
        for selector in about.wanted:
            for one in self._selected(selector, about):
                chosen.setdefault((one.participant, one.version), one)
        for one in chosen.values():
            yield self._pact(one, about, pending=about.pending and not self._kept(one, about))
        if about.wip_since:
            yield from self._in_progress(about, set(chosen))

    def _in_progress(self, about: Pact, chosen: set[tuple[str, str]]) -> Iterator[PactFile]:
        newest: dict[tuple[str, str], Version] = {}
        for one in self._with_pacts(about):
            newest[(one.participant, one.branch)] = one
        for one in newest.values():
            if (
                (one.participant, one.version) not in chosen
                and one.at >= about.wip_since
                and not self._kept(one, about)
            ):
                yield self._pact(one, about, pending=True)

    def _pact(self, one: Version, about: Pact, *, pending: bool) -> PactFile:
        place = pact_place(self.folder, one.participant, about.provider, one.pacts[about.provider])
        try:
            pact = parse_pact(place.read_bytes(), str(place))
        except OSError as error:
            raise EnvironmentFailed(
                f"{one.participant} {one.version} relies on a pact that is not in the ledger: {place}.",
                "Publish it again with `harness pact publish`.",
            ) from error
        return replace(pact, version=one.version, branch=one.branch, pending=pending)

    def _with_pacts(self, about: Pact) -> list[Version]:
        """Oldest first."""
        found = (one for one in self.versions if about.provider in one.pacts)
        return sorted(found, key=lambda one: (one.at, one.version))

    def _selected(self, selector: Selector, about: Pact) -> Iterator[Version]:
        branch = about.branch if selector.matching_branch else selector.branch
        deployed = selector.deployed or selector.released or selector.deployed_or_released or bool(selector.environment)
        newest: dict[str, Version] = {}
        for one in self._with_pacts(about):
            if selector.consumer and one.participant != selector.consumer:
                continue
            if deployed and one.version in self.deployed(one.participant, selector.environment):
                yield one
            elif not deployed and _is_on(one, selector, branch):
                newest[one.participant] = one
        yield from newest.values()

    def deployed(self, participant: str, environment: str = "") -> frozenset[str]:
        """The versions of a participant that stand in an environment, or in any."""
        return frozenset(
            version
            for one in self.deployments
            if one.participant == participant and environment in ("", one.environment)
            for version in one.versions
        )

    def _kept(self, one: Version, about: Pact) -> bool:
        content = one.pacts[about.provider]
        return any(
            r.success and r.content == content and r.provider == about.provider and r.branch == about.branch
            for r in self.results
        )


def _is_on(one: Version, selector: Selector, branch: str) -> bool:
    if selector.main_branch:
        return one.branch in MAIN_BRANCHES
    if selector.matching_branch or selector.branch:
        return bool(branch) and one.branch == branch
    return selector.latest if not selector.tag else selector.tag in one.tags


def pact_place(folder: Path, consumer: str, provider: str, content: str) -> Path:
    """Where a pact stands."""
    return folder / "pacts" / file_name(consumer) / file_name(provider) / f"{content}.json"


def file_name(text: str) -> str:
    """A name that every file system takes, readable where it can be."""
    return quote(text, safe=" @+,=~()") if text not in (".", "..") else text.replace(".", "%2E")


def is_record(file: Path) -> bool:
    """Whether a JSON file is a ledger's record rather than a pact, told by its folder and its first words."""
    try:
        with file.open("rb") as opened:
            return b'"harness":' in opened.read(64)
    except OSError:
        return False


def _read(folder: Path, name: str, make: Any) -> Iterator[Any]:
    for file in sorted((folder / name).rglob("*.json")):
        try:
            row = json.loads(file.read_bytes())
            yield make(row)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadDocument(
                f"This is no record of a ledger: {f'{error} is missing' if isinstance(error, KeyError) else error}.",
                "Take it from git as it was, or write it anew.",
                path=file,
            ) from error


def _version(row: Mapping[str, Any]) -> Version:
    return Version(
        participant=str(row["participant"]),
        version=str(row["version"]),
        at=str(row["at"]),
        branch=str(row.get("branch", "")),
        tags=_words(row.get("tags", [])),
        pacts={str(name): str(content) for name, content in row.get("pacts", {}).items()},
    )


def _result(row: Mapping[str, Any]) -> Result:
    if not isinstance(row["success"], bool):
        raise TypeError("`success` is neither true nor false")
    return Result(
        provider=str(row["provider"]),
        consumer=str(row["consumer"]),
        content=str(row["content"]),
        version=str(row["version"]),
        success=row["success"],
        at=str(row["at"]),
        branch=str(row.get("branch", "")),
        failed=_words(row.get("failed", [])),
    )


def _deployment(row: Mapping[str, Any]) -> Deployment:
    return Deployment(
        environment=str(row["environment"]), participant=str(row["participant"]), versions=_words(row["versions"])
    )


def _words(value: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise TypeError("a list was expected, not a word")
    return tuple(str(one) for one in value)
