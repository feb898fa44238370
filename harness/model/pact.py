"""Where a provider's pacts are, and which versions of them are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.errors import BadInput
from harness.model.nearest import did_you_mean

_FLAGS = {
    "mainBranch": "main_branch",
    "matchingBranch": "matching_branch",
    "latest": "latest",
    "deployed": "deployed",
    "released": "released",
    "deployedOrReleased": "deployed_or_released",
}
_WORDS = {"consumer": "consumer", "branch": "branch", "tag": "tag", "environment": "environment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Versions of consumers whose pacts are to be verified, as the Pact Broker's `consumerVersionSelectors` have it."""

    consumer: str = ""
    branch: str = ""
    tag: str = ""
    environment: str = ""
    main_branch: bool = False
    matching_branch: bool = False
    latest: bool = False
    deployed: bool = False
    released: bool = False
    deployed_or_released: bool = False

    @classmethod
    def parse(cls, text: str) -> Selector:
        """`mainBranch`, `branch=main`, `environment=production,consumer=storefront`. Raises BadInput with the nearest spelling."""
        given: dict[str, Any] = {}
        for part in (part.strip() for part in text.split(",")):
            key, equals, value = part.partition("=")
            if key in _FLAGS and not equals:
                given[_FLAGS[key]] = True
            elif key in _WORDS and value:
                given[_WORDS[key]] = value
            else:
                known = [*_FLAGS, *(f"{word}=…" for word in _WORDS)]
                raise BadInput(f"`{part}` selects no version of a consumer.", did_you_mean(key, known))
        if set(given) == {"consumer"}:
            given["latest"] = True
        return cls(**given)

    def to_broker(self) -> dict[str, Any]:
        """As the Broker's API spells it."""
        ours = {**_FLAGS, **_WORDS}
        return {theirs: value for theirs, name in ours.items() if (value := getattr(self, name))}

    def __str__(self) -> str:
        """As `parse` reads it."""
        return ",".join(k if v is True else f"{k}={v}" for k, v in self.to_broker().items())


DEFAULT_SELECTORS = (Selector(main_branch=True), Selector(deployed_or_released=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pact:
    """`sources` are pact files, folders of them, ledgers, URLs of pacts, or URLs of brokers.

    `states` is a URL, or `package.module:function`; `messages` names the function that makes the provider's messages. From brokers and
    ledgers come the versions that `selectors` name (none: main branch, deployed or released); with `pending`, what this provider's
    `branch` never verified yet cannot fail; `wip_since` (a date) adds unverified pacts of other branches, which are always pending.
    """

    provider: str
    sources: tuple[str, ...] = ()
    states: str = ""
    messages: str = ""
    selectors: tuple[Selector, ...] = ()
    pending: bool = False
    wip_since: str = ""
    branch: str = ""
    tags: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[Selector, ...]:
        """The selectors, or what a provider verifies by default."""
        return self.selectors or DEFAULT_SELECTORS
