"""Consumers' pacts against the real provider: the parent's side."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.contract.child import Spawn, plain_spawn, run_child
from harness.contract.description import Description
from harness.contract.fetch import check_limits
from harness.contract.pact_file import PactFile
from harness.contract.pact_judging import judge_pacts
from harness.contract.pact_result import InteractionResult, PactResult
from harness.contract.pact_sources import find_pacts
from harness.errors import BadInput, EnvironmentFailed
from harness.model.target import Target

__all__ = ["InteractionResult", "PactResult", "verify_pacts"]
NO_MESSAGES = "nothing makes the provider's messages; name a function: --messages package.module:function, or `messages` under `pact` of the target"


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
    message as pact-python takes it; without it, messages are not known to be kept. With a description, the pacts are held against it too.
    `target.headers` replace what the consumer wrote (its token is an example). Raises EnvironmentFailed where there is no pact or no
    provider, BadDocument for a broken pact, ServiceDied where the child dies.
    """
    if target.pact is None:
        raise BadInput(
            f"The target `{target.name}` names no pacts.", "Add `pact: {provider: …, sources: [folder]}` to it."
        )
    pacts, messages = find_pacts(target.pact), messages or target.pact.messages
    requests = any(pact.sends_requests for pact in pacts)
    if not requests and not messages:
        return judge_pacts(target, pacts, {}, description, no_messages=NO_MESSAGES)
    if requests:
        check_limits(target, target.url)
        _check_reachable(target)
    told = _Told()
    ended = run_child(
        "harness.contract.pact_process",
        _spec(target, pacts, messages, request_timeout_s),
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
    return judge_pacts(target, pacts, told.rows, description, no_messages="" if messages else NO_MESSAGES)


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
        # Without a handler the verifier would ask the target for messages by requests of its own.
        "pacts": [pact.document if messages else pact.requests_only for pact in pacts],
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
