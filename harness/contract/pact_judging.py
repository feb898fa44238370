"""What the verifier said of each interaction, as results and findings. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.contract.description import Description
from harness.contract.pact_blame import Blamer
from harness.contract.pact_file import Interaction, PactFile
from harness.contract.pact_promise import hold_against
from harness.contract.pact_result import CHECK, InteractionResult, PactResult
from harness.model.curl import curl_line, hide
from harness.model.finding import Finding, Level
from harness.model.operation import Operations
from harness.model.target import Target
from harness.model.verdict import Verdict

Told = Mapping[str, Any]  # the verifier's word on one interaction
_Name = tuple[str, tuple[str, ...]]  # description and states


def judge_pacts(
    target: Target,
    pacts: Sequence[PactFile],
    rows: Mapping[int, Mapping[str, Any]],
    description: Description | None,
    no_messages: str = "",
) -> PactResult:
    """`rows` are the verifier's words, by the number of the pact; `no_messages` is why no message was asked for."""
    judging = _Judging(target, description)
    results: list[InteractionResult] = []
    for number, pact in enumerate(pacts):
        row = rows.get(number, {})
        said = _in_order(pact, row.get("results", []), messages=not no_messages)
        for interaction, told in zip(pact.interactions, said, strict=True):
            unasked = no_messages and not interaction.method
            result = _result(pact, interaction, told, {"errors": [no_messages]} if unasked else row, target)
            if result.verdict is Verdict.FAIL and not result.pending:
                result = replace(result, identities=tuple(judging.take(pact, interaction, result, told, row)))
            results.append(result)
    against = hold_against(description, [*_counting(pacts, results)]) if description is not None else ()
    findings = [*judging.findings.values(), *against]
    provider = target.pact.provider if target.pact else ""
    return PactResult(provider=provider, interactions=tuple(results), findings=tuple(findings), pacts=tuple(pacts))


def _in_order(pact: PactFile, results: Sequence[Told], *, messages: bool) -> Iterator[Told | None]:
    """What the verifier told of each interaction. It names them by description and states, without the parameters of those, and goes
    through a pact in its order. Where it told of more or fewer of one name than were asked for, nobody knows which is which: then one
    that failed counts for all, and without one nothing is known of them."""
    told: dict[_Name, deque[Told]] = defaultdict(deque)
    for row in results:
        told[row["description"], tuple(row["providerStates"])].append(row)
    asked = Counter(_name(one) for one in pact.interactions if messages or one.method)
    unclear = {name: _failed(told[name]) for name, count in asked.items() if count != len(told[name])}
    for one in pact.interactions:
        name = _name(one)
        if not (messages or one.method):
            yield None
        else:
            yield unclear[name] if name in unclear else told[name].popleft()


def _name(one: Interaction) -> _Name:
    return one.description, one.states


def _failed(told: Iterable[Told]) -> Told | None:
    return next((row for row in told if row["result"] != "OK"), None)


def _counting(pacts: Sequence[PactFile], results: Iterable[InteractionResult]) -> Iterator[PactFile]:
    """Without what is pending: it cannot fail, whatever the description says of it."""
    told = iter(results)
    for pact in pacts:
        yield replace(pact, interactions=tuple(one for one in pact.interactions if not next(told).pending))


class _Judging:
    """Collects findings, each identity once, however many consumers rely on what is broken."""

    def __init__(self, target: Target, description: Description | None) -> None:
        self._target = target
        self._operations = description.operations if description else Operations()
        self._base = description.base_path if description else ""
        self._blamer = Blamer(description) if description else None
        self.findings: dict[str, Finding] = {}

    def take(
        self,
        pact: PactFile,
        interaction: Interaction,
        result: InteractionResult,
        told: Told | None,
        row: Mapping[str, Any],
    ) -> Iterator[str]:
        """The identities of what is wrong: those of the description where it forbids it, too; the pact's own for the rest."""
        path = interaction.path.partition("?")[0]
        operation = self._operations.match(interaction.method, path) or self._operations.match(
            interaction.method, self._base + path
        )
        named = operation.name if operation and interaction.method else _route(interaction)
        mismatch = (told or {}).get("mismatch")
        inner = mismatch.get("mismatches") if isinstance(mismatch, dict) else None
        rest = result.mismatches
        if self._blamer is not None and inner and not _failed_states(interaction, row):
            blame = self._blamer.blame(named, interaction, inner)
            for check, signature, said in blame.faults:
                yield self._add(pact, interaction, named, (check, signature, said))
            if blame.faults:
                rest = tuple(_cleaned(_said(one), self._target) for one in blame.rest)
        if rest:
            signature = f"{pact.consumer}: {interaction.description}"
            yield self._add(pact, interaction, named, (CHECK, signature, "; ".join(rest)))

    def _add(self, pact: PactFile, interaction: Interaction, named: str, fault: tuple[str, str, str]) -> str:
        finding = _finding(self._target, pact, interaction, named, fault)
        known = self.findings.get(finding.identity)
        if known is None:
            self.findings[finding.identity] = finding
        else:
            also = f"; {pact.consumer} relies on it, too" if f"{pact.consumer} relies" not in known.message else ""
            self.findings[finding.identity] = replace(known, count=known.count + 1, message=known.message + also)
        return finding.identity


def _result(
    pact: PactFile, interaction: Interaction, said: Told | None, row: Mapping[str, Any], target: Target
) -> InteractionResult:
    mismatches: tuple[str, ...]
    if said is None:
        verdict, mismatches = Verdict.UNKNOWN, tuple(str(error) for error in row.get("errors", []))[:3]
    elif said["result"] == "OK":
        verdict, mismatches = Verdict.PASS, ()
    else:
        verdict, mismatches = Verdict.FAIL, tuple(_mismatches(said.get("mismatch"), interaction, row))
    return InteractionResult(
        consumer=pact.consumer,
        provider=pact.provider,
        description=interaction.description,
        states=interaction.states,
        verdict=verdict,
        pending=pact.pending or bool(said and said.get("pending")),
        mismatches=tuple(_cleaned(m, target) for m in mismatches),
    )


def _mismatches(mismatch: Any, interaction: Interaction, row: Mapping[str, Any]) -> list[str]:
    """Why a state failed says more than that it failed."""
    failed = _failed_states(interaction, row)
    if failed:
        return failed
    if not isinstance(mismatch, dict):
        return [str(mismatch or "it failed, and the verifier gives no reason")]
    inner = mismatch.get("mismatches")
    if not isinstance(inner, list) or not inner:
        return [str(mismatch.get("message") or mismatch)]
    return [_said(m) for m in inner]


def _failed_states(interaction: Interaction, row: Mapping[str, Any]) -> list[str]:
    return [why for why in row.get("state_failures", []) if any(f"`{state}`" in why for state in interaction.states)]


def _said(mismatch: Mapping[str, Any]) -> str:
    return " ".join(str(mismatch[part]) for part in ("path", "key", "mismatch", "message") if mismatch.get(part))


def _cleaned(text: str, target: Target) -> str:
    return hide(text, target.secrets).replace("\x00", "")


def _route(interaction: Interaction) -> str:
    """Where nothing describes it."""
    path = interaction.path.partition("?")[0]
    return f"{interaction.method} {path}".strip() or interaction.description


def _finding(
    target: Target, pact: PactFile, interaction: Interaction, named: str, fault: tuple[str, str, str]
) -> Finding:
    check, signature, said = fault
    headers = {**interaction.headers, **target.headers}
    curl = curl_line(interaction.method, interaction.path, headers, interaction.body, target.secrets)
    return Finding(
        operation=named,
        check=check,
        signature=signature,
        level=Level.ERROR,  # whatever it is: somebody relies on it, and it is not so
        source="pact",
        message=f"{pact.consumer} relies on `{interaction.description}`: {_cleaned(said, target)}",
        first={"consumer": pact.consumer, "states": list(interaction.states), "pact": pact.source},
        curl=curl if interaction.method else "",
    )
