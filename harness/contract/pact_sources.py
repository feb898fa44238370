"""Where pacts come from: files, folders, ledgers, URLs of documents, and brokers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.contract.broker import Broker, embedded
from harness.contract.ledger import Ledger, is_record
from harness.contract.pact_file import PactFile, parse_pact
from harness.errors import EnvironmentFailed
from harness.model.pact import Pact, Selector

TIMEOUT_S = 10.0


def find_pacts(about: Pact, *, timeout_s: float = TIMEOUT_S) -> tuple[PactFile, ...]:
    """The pacts with `about.provider`; the same pact from two places is one.

    Raises BadDocument for a broken one, EnvironmentFailed where a source can't be read, or where none is for this provider: a
    verification of nothing must not pass.
    """
    every: list[PactFile] = []
    for source in about.sources:
        if source.startswith(("http://", "https://")):
            every += _from_url(source, about, timeout_s)
        else:
            every += _from_path(Path(source), about)
    ours = _distinct(pact for pact in every if pact.provider == about.provider)
    if not ours:
        others = ", ".join(sorted({pact.provider for pact in every}))
        looked = ", ".join(about.sources) or "no source at all"
        raise EnvironmentFailed(
            f"No pact with the provider `{about.provider}` was found in {looked}."
            + (f" The pacts there are with: {others}." if others else " There is no pact there that is asked for."),
            "Name the folder with the consumers' pact files, and the provider as they spell it."
            f" (From brokers and ledgers are taken: {'; '.join(map(str, about.wanted))}.)",
        )
    return ours


def _distinct(pacts: Any) -> tuple[PactFile, ...]:
    """One of each content; where it is wanted for good somewhere, it is not pending."""
    found: dict[str, PactFile] = {}
    for pact in pacts:
        known = found.get(pact.content)
        if known is None or (known.pending and not pact.pending):
            found[pact.content] = pact
    return tuple(found.values())


def read_pacts(sources: Sequence[Path]) -> tuple[PactFile, ...]:
    """Every pact in files and plain folders, whoever provides. Raises as `find_pacts`."""
    pacts = [pact for source in sources for pact in _plain(source)]
    if not pacts:
        raise EnvironmentFailed(
            f"No pact was found in {', '.join(map(str, sources))}.", "Name pact files, or a folder with some."
        )
    return tuple(pacts)


def _from_path(path: Path, about: Pact) -> list[PactFile]:
    if Ledger.stands_in(path):
        return list(Ledger.read(path).pacts_for(about))
    return _plain(path)


def _plain(path: Path) -> list[PactFile]:
    if path.is_dir():
        return [pact for file in sorted(path.rglob("*.json")) if not is_record(file) for pact in _plain(file)]
    try:
        return [parse_pact(path.read_bytes(), str(path))]
    except OSError as error:
        raise EnvironmentFailed(f"The pact {path} could not be read: {error.strerror}.", "Mend the path.") from error


def _from_url(url: str, about: Pact, timeout_s: float) -> list[PactFile]:
    """A pact, or a broker's first page, told apart by what it says."""
    with Broker.at(url, timeout_s=timeout_s) as broker:
        document = broker.index()
        if "consumer" in document and "provider" in document:
            return [parse_pact(json.dumps(document), url)]
        return [_fetched(broker, row) for row in _for_verification(broker, about)]


def _for_verification(broker: Broker, about: Pact) -> Sequence[Mapping[str, Any]]:
    url = broker.link(broker.index(), "pb:provider-pacts-for-verification", provider=about.provider)
    return embedded(broker.post(url, asked_of_broker(about)), "pacts")


def asked_of_broker(about: Pact) -> dict[str, Any]:
    """The query for a provider's pacts (pact_broker: doc/views/index/provider-pacts-for-verification)."""
    asked: dict[str, Any] = {
        "consumerVersionSelectors": [one.to_broker() for one in about.wanted if usable(one, about)],
        "includePendingStatus": about.pending,
    }
    if about.branch:
        asked["providerVersionBranch"] = about.branch
    if about.tags:
        asked["providerVersionTags"] = list(about.tags)
    if about.wip_since:
        asked["includeWipPactsSince"] = about.wip_since
    return asked


def usable(selector: Selector, about: Pact) -> bool:
    """`matchingBranch` means something only where the provider's branch is known."""
    return bool(about.branch) or not selector.matching_branch


def _fetched(broker: Broker, row: Mapping[str, Any]) -> PactFile:
    url = broker.link(row, "self")
    pact = parse_pact(json.dumps(broker.get(url)), url)
    properties = row.get("verificationProperties")
    return replace(pact, pending=isinstance(properties, dict) and properties.get("pending") is True)
