"""Consumers' pacts against the real provider: the parent's side."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.contract.child import Spawn, plain_spawn, run_child
from harness.contract.description import Description
from harness.contract.fetch import check_limits
from harness.contract.pact_file import Interaction, PactFile
from harness.contract.pact_promise import CONTRADICTED, hold_against
from harness.contract.pact_sources import find_pacts
from harness.errors import BadInput, EnvironmentFailed
from harness.model.curl import curl_line, hide
from harness.model.finding import Finding, Level
from harness.model.operation import Operations
from harness.model.target import Target
from harness.model.verdict import Check, Verdict, worst

CHECK = "pact"


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionResult:
    """`mismatches` say what the provider did otherwise; empty for a pass. Unknown: the verifier said nothing about it."""

    consumer: str
    provider: str
    description: str
    states: tuple[str, ...]
    verdict: Verdict
    pending: bool = False
    mismatches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PactResult:
    """Every interaction of every pact found, in their order. A pending one that fails is no finding.

    `findings` are what fails, then what consumers rely on without the description's word. `pacts` are what was verified.
    """

    provider: str
    interactions: tuple[InteractionResult, ...]
    findings: tuple[Finding, ...]
    pacts: tuple[PactFile, ...] = ()

    def of(self, number: int) -> tuple[InteractionResult, ...]:
        """The interactions of the pact with that number."""
        start = sum(len(pact.interactions) for pact in self.pacts[:number])
        return self.interactions[start : start + len(self.pacts[number].interactions)]

    @property
    def check(self) -> Check:
        """The worst of all interactions that are not pending, and of what contradicts the description; none at all is unknown."""
        counted = [i for i in self.interactions if not i.pending]
        pending = len(self.interactions) - len(counted)
        verdict = worst(i.verdict for i in counted)
        passed = sum(i.verdict is Verdict.PASS for i in counted)
        why = f"{passed} of {len(counted)} interactions hold"
        if pending:
            broken = sum(i.pending and i.verdict is not Verdict.PASS for i in self.interactions)
            why += f"; of {pending} pending ones, which cannot fail yet, {broken} do not"
            verdict = verdict if counted else Verdict.PASS
        against = next((f for f in self.findings if f.check == CONTRADICTED), None)
        if verdict is Verdict.PASS and against is not None:
            verdict, why = Verdict.FAIL, f"{why}; {against.message}"
        bad = next((i for i in counted if i.verdict is verdict and verdict is not Verdict.PASS), None)
        if bad is not None:
            why += (
                f"; {bad.consumer}: {bad.description}: {'; '.join(bad.mismatches) or 'the verifier said nothing of it'}"
            )
        return Check(name=f"pacts with {self.provider}", verdict=verdict, why=why, value=passed, unit="count")


def verify_pacts(
    target: Target,
    *,
    log_path: Path,
    messages: str = "",
    description: Description | None = None,
    spawn: Spawn = plain_spawn,
    timeout_s: float = 60.0,
    request_timeout_s: float = 5.0,
) -> PactResult:
    """Replay the pacts of `target.pact` against `target.url`, in a child process.

    `target.pact.states` is a URL, or `package.module:function` called as `f(state, action, parameters, base_url=…, headers=…)`, whose
    result the pact's generators may use. `messages` (or `target.pact.messages`) names the function `f(name, metadata)` that makes a
    message as pact-python takes it. With a description, the pacts are held against it too.
    `target.headers` replace what the consumer wrote (its token is an example). Raises EnvironmentFailed where there is no pact or no
    provider, BadDocument for a broken pact, ServiceDied where the child dies.
    """
    if target.pact is None:
        raise BadInput(
            f"The target `{target.name}` names no pacts.", "Add `pact: {provider: …, sources: [folder]}` to it."
        )
    pacts = find_pacts(target.pact)
    if any(pact.sends_requests for pact in pacts):
        check_limits(target, target.url)
        _check_reachable(target)
    told = _Told()
    ended = run_child(
        "harness.contract.pact_process",
        _spec(target, pacts, messages or target.pact.messages, request_timeout_s),
        on_row=told.take,
        timeout_s=timeout_s,
        log_path=log_path,
        spawn=spawn,
        environ={"PACT_DO_NOT_TRACK": "true", **({"NO_PROXY": "*"} if target.on_loopback else {})},
    )
    if told.bad_input:
        raise BadInput(told.bad_input["what"], told.bad_input["todo"])
    if ended.killed and not told.rows:
        raise EnvironmentFailed(f"No pact was verified within {timeout_s:g} s.", f"The verifier's log: {log_path}")
    if ended.killed:
        told.give_up(len(pacts), f"the verifier was ended: it was not done within {timeout_s:g} s")
    return _judge(target, pacts, told.rows, description)


def _spec(target: Target, pacts: Sequence[PactFile], messages: str, request_timeout_s: float) -> dict[str, Any]:
    states = target.pact.states if target.pact else ""
    by_url = states.startswith(("http://", "https://"))
    return {
        "provider": target.pact.provider if target.pact else "",
        "base_url": target.url,
        "headers": dict(target.headers),
        "verify_tls": target.verify_tls,
        "states": "" if by_url else states,
        "state_url": states if by_url else "",
        "messages": messages,
        "search": [os.getcwd()],  # noqa: PTH109  the user's modules are found from where the user stands
        "request_timeout": request_timeout_s,
        "pacts": [pact.document for pact in pacts],
    }


def _check_reachable(target: Target) -> None:
    parts = urlsplit(target.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((target.host, port), timeout=5.0).close()
    except OSError as error:
        raise EnvironmentFailed(
            f"The provider `{target.name}` does not answer at {target.url}: {error}.", "Is it up, and is `url` right?"
        ) from error


class _Told:
    """What the child said: rows per pact."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, Any]] = {}
        self.bad_input: dict[str, str] = {}

    def take(self, row: dict[str, Any]) -> None:
        if row["kind"] == "pact":
            self.rows[row["number"]] = row
        elif row["kind"] == "bad-input":
            self.bad_input = row

    def give_up(self, pacts: int, why: str) -> None:
        """Nothing will come for the rest."""
        for number in range(pacts):
            self.rows.setdefault(number, {"errors": [why]})


def _judge(
    target: Target, pacts: Sequence[PactFile], rows: Mapping[int, Mapping[str, Any]], description: Description | None
) -> PactResult:
    operations = description.operations if description else Operations()
    results: list[InteractionResult] = []
    findings: list[Finding] = []
    for number, pact in enumerate(pacts):
        row = rows.get(number, {})
        said = {(r["description"], tuple(r["providerStates"])): r for r in row.get("results", [])}
        for interaction in pact.interactions:
            result = _result(pact, interaction, said.get((interaction.description, interaction.states)), row, target)
            results.append(result)
            if result.verdict is Verdict.FAIL and not result.pending:
                findings.append(_finding(target, pact, interaction, result, operations))
    if description is not None:
        findings += hold_against(description, pacts)
    provider = target.pact.provider if target.pact else ""
    return PactResult(provider=provider, interactions=tuple(results), findings=tuple(findings), pacts=tuple(pacts))


def _result(
    pact: PactFile, interaction: Interaction, said: Mapping[str, Any] | None, row: Mapping[str, Any], target: Target
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
        mismatches=tuple(hide(m, target.secrets).replace("\x00", "") for m in mismatches),
    )


def _mismatches(mismatch: Any, interaction: Interaction, row: Mapping[str, Any]) -> list[str]:
    """Why a state failed says more than that it failed."""
    failed = [why for why in row.get("state_failures", []) if any(f"`{state}`" in why for state in interaction.states)]
    if failed:
        return failed
    if not isinstance(mismatch, dict):
        return [str(mismatch or "it failed, and the verifier gives no reason")]
    inner = mismatch.get("mismatches")
    if not isinstance(inner, list) or not inner:
        return [str(mismatch.get("message") or mismatch)]
    return [" ".join(str(m[part]) for part in ("path", "key", "mismatch", "message") if m.get(part)) for m in inner]


def _finding(
    target: Target, pact: PactFile, interaction: Interaction, result: InteractionResult, operations: Operations
) -> Finding:
    operation = operations.match(interaction.method, interaction.path) if interaction.method else None
    named = (
        operation.name if operation else f"{interaction.method} {interaction.path}".strip() or interaction.description
    )
    headers = {**interaction.headers, **target.headers}
    curl = curl_line(interaction.method, interaction.path, headers, interaction.body, target.secrets)
    return Finding(
        operation=named,
        check=CHECK,
        signature=f"{pact.consumer}: {interaction.description}",
        level=Level.ERROR,
        source="pact",
        message=f"{pact.consumer} relies on `{interaction.description}`: {'; '.join(result.mismatches)}",
        first={"consumer": pact.consumer, "states": list(interaction.states), "pact": pact.source},
        curl=curl if interaction.method else "",
    )
