"""May this version go where those stand? Pure: a ledger in, rows and a verdict out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.contract.ledger import Ledger, Result, Version
from harness.errors import BadInput
from harness.model.nearest import did_you_mean
from harness.model.verdict import Check, Verdict, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One pair of versions that would meet. Unknown: nobody verified that pact by that version of the provider."""

    consumer: str
    consumer_version: str
    provider: str
    provider_version: str
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`rows` are all pairs that had to be looked at; none where nobody there is concerned, which is a yes."""

    participant: str
    version: str
    environment: str
    rows: tuple[Row, ...]
    said: str = ""  # a broker's own reason

    @property
    def check(self) -> Check:
        """The worst pair."""
        name = f"{self.participant} {self.version} to {self.environment}"
        if not self.rows:
            why = self.said or f"nobody in {self.environment} relies on it, and it relies on nobody"
            return Check(name=name, verdict=Verdict.PASS, why=why)
        verdict = worst(row.verdict for row in self.rows)
        if verdict is Verdict.PASS:
            return Check(name=name, verdict=verdict, why=self.said or f"all {len(self.rows)} pacts hold")
        first = next(row for row in self.rows if row.verdict is verdict)
        bad = sum(row.verdict is verdict for row in self.rows)
        more = f" (and {bad - 1} more)" if bad > 1 else ""
        return Check(name=name, verdict=verdict, why=f"{self.said + ': ' if self.said else ''}{first.why}{more}")


def can_i_deploy(ledger: Ledger, participant: str, version: str, environment: str) -> Answer:
    """As a consumer, each pact of this version must hold with what stands there; as a provider, it must keep the pacts of all who
    stand there. Raises BadInput for a version or an environment that the ledger does not know."""
    about = _known(ledger, participant, version)
    _check_environment(ledger, environment)
    rows = (*_as_consumer(ledger, about, environment), *_as_provider(ledger, about, environment))
    return Answer(participant=participant, version=version, environment=environment, rows=rows)


def latest(ledger: Ledger, participant: str, branch: str = "") -> str:
    """The newest version of a participant, or of one of its branches. Raises BadInput where there is none."""
    found = [one for one in ledger.versions if one.participant == participant and branch in ("", one.branch)]
    if not found:
        where = f" on branch {branch}" if branch else ""
        names = {one.participant for one in ledger.versions}
        raise BadInput(f"The ledger knows no version of {participant}{where}.", did_you_mean(participant, names))
    return max(found, key=lambda one: (one.at, one.version)).version


def _known(ledger: Ledger, participant: str, version: str) -> Version:
    for one in ledger.versions:
        if (one.participant, one.version) == (participant, version):
            return one
    if any((one.provider, one.version) == (participant, version) for one in ledger.results):
        return Version(participant=participant, version=version, at="")
    ours = {one.version for one in ledger.versions if one.participant == participant}
    ours |= {one.version for one in ledger.results if one.provider == participant}
    names = {one.participant for one in ledger.versions} | {one.provider for one in ledger.results}
    raise BadInput(
        f"The ledger in {ledger.folder} knows no version {version} of {participant}.",
        did_you_mean(version, ours) if ours else did_you_mean(participant, names),
    )


def _check_environment(ledger: Ledger, environment: str) -> None:
    names = {one.environment for one in ledger.deployments}
    if environment not in names:
        raise BadInput(
            f"The ledger in {ledger.folder} knows no environment {environment}.",
            f"{did_you_mean(environment, names)} `harness pact deployed NAME VERSION --environment {environment}` begins one.",
        )


def _as_consumer(ledger: Ledger, about: Version, environment: str) -> Iterator[Row]:
    for provider, content in sorted(about.pacts.items()):
        there = sorted(ledger.deployed(provider, environment))
        for version in there:
            yield _row(ledger, about.participant, about.version, provider, version, content)
        if not there:
            why = f"it relies on {provider}, which does not stand in {environment}"
            yield _pair(about.participant, about.version, provider, "-", Verdict.FAIL, why)


def _as_provider(ledger: Ledger, about: Version, environment: str) -> Iterator[Row]:
    for one in ledger.versions:
        content = one.pacts.get(about.participant)
        if content and one.version in ledger.deployed(one.participant, environment):
            yield _row(ledger, one.participant, one.version, about.participant, about.version, content)


def _row(
    ledger: Ledger, consumer: str, consumer_version: str, provider: str, provider_version: str, content: str
) -> Row:
    said = _result(ledger, provider, content, provider_version)
    pair = f"the pact of {consumer} {consumer_version} with {provider} {provider_version}"
    if said is None:
        verdict, why = Verdict.UNKNOWN, f"{pair} was never verified; verify it with `harness pact verify --publish`"
    elif said.success:
        verdict, why = Verdict.PASS, f"{pair} holds"
    else:
        verdict, why = Verdict.FAIL, f"{pair} fails: {'; '.join(said.failed[:3]) or 'the result names no interaction'}"
    return _pair(consumer, consumer_version, provider, provider_version, verdict, why)


def _pair(
    consumer: str, consumer_version: str, provider: str, provider_version: str, verdict: Verdict, why: str
) -> Row:
    return Row(
        consumer=consumer,
        consumer_version=consumer_version,
        provider=provider,
        provider_version=provider_version,
        verdict=verdict,
        why=why,
    )


def _result(ledger: Ledger, provider: str, content: str, version: str) -> Result | None:
    """What was said last of a pact's content: results are of contents, so an unchanged pact needs no new verification."""
    found = [r for r in ledger.results if (r.provider, r.content, r.version) == (provider, content, version)]
    return max(found, key=lambda r: r.at, default=None)
