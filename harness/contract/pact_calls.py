"""Requests for load out of the consumers' pacts: what they are known to send, in the states that they count on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.contract.child import Spawn, plain_spawn, run_child
from harness.contract.fetch import check_limits
from harness.contract.pact_file import Interaction, PactFile
from harness.contract.pact_sources import find_pacts
from harness.errors import BadInput, EnvironmentFailed
from harness.model.call import Call, Variant
from harness.model.operation import Operations
from harness.model.target import Target

__all__ = ["calls_from_pacts"]

STATES_S = 60.0
KEY_HEADER = "idempotency-key"
_EXPRESSION = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One interaction over HTTP as its consumer wrote it; `raw` is its part of the document."""

    pact: PactFile
    interaction: Interaction
    raw: Mapping[str, Any]


def calls_from_pacts(
    target: Target,
    operations: Operations,
    *,
    log_path: Path,
    spawn: Spawn = plain_spawn,
    search: Sequence[str] = (),
) -> tuple[tuple[Call, ...], tuple[str, ...]]:
    """A call per interaction that the provider should answer below 400, and notes on those that can't be sent.

    The provider's states are set up once, before the load; values that a state gives stand in the path (Pact's `ProviderState`
    generator). Raises BadInput where the target names no pacts, EnvironmentFailed where none can be sent, BadDocument for a broken one.
    """
    if target.pact is None:
        raise BadInput(
            f"Load `from: pacts`, and the target `{target.name}` names none.",
            "Add `pact: {provider: …, sources: [folder]}` to it in harness.yaml.",
        )
    check_limits(target, target.url)
    asked = _over_http(find_pacts(target.pact))
    reads_only = not target.on_loopback and not target.limits.writes
    sendable = [one for one in asked if not reads_only or one.interaction.method in ("GET", "HEAD")]
    values, failed = _states(target, sendable, log_path, spawn, search)
    calls, notes = [], []
    for number, one in enumerate(sendable):
        if number in failed:
            notes.append(f"No load for `{one.interaction.description}` of {one.pact.consumer}: {failed[number]}")
        else:
            calls.append(_call(one, values.get(number, {}), target, operations))
    if len(sendable) < len(asked):
        notes.append(
            f"{len(asked) - len(sendable)} interactions write, and only GET and HEAD may be sent to {target.name}"
        )
    if not calls:
        raise EnvironmentFailed(
            f"No pact with `{target.pact.provider}` gives a request to send. {' '.join(notes[:3])}",
            "See `harness pact verify`, or list `requests:`.",
        )
    return tuple(calls), tuple(notes)


def _over_http(pacts: Sequence[PactFile]) -> list[_Asked]:
    """Those that are to succeed: a pact's 404 is a promise about one request, not something that customers do all day."""
    found = []
    for pact in pacts:
        raws = [*pact.document.get("interactions", []), *pact.document.get("messages", [])]
        for interaction, raw in zip(pact.interactions, raws, strict=True):
            answer = raw.get("response")
            status = answer.get("status", 200) if isinstance(answer, dict) else 0
            if interaction.method and isinstance(status, int) and 0 < status < 400:
                found.append(_Asked(pact, interaction, raw))
    return found


def _states(
    target: Target, asked: Sequence[_Asked], log_path: Path, spawn: Spawn, search: Sequence[str]
) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    """Values by interaction, and why a state could not be set up."""
    given = target.pact.states if target.pact else ""
    wanted: list[dict[str, Any]] = [
        {"number": n, "state": str(state.get("name", "")), "params": dict(state.get("params") or {})}
        for n, one in enumerate(asked)
        for state in _states_of(one.raw)
    ]
    if not wanted:
        return {}, {}
    if not given:
        return {}, {
            row["number"]: f"it needs the state `{row['state']}`, and the target says no `states`" for row in wanted
        }
    values: dict[int, dict[str, Any]] = {}
    failed: dict[int, str] = {}

    def take(row: dict[str, Any]) -> None:
        if row["kind"] == "state" and row["why"]:
            failed[row["number"]] = row["why"]
        elif row["kind"] == "state":
            values.setdefault(row["number"], {}).update(row["values"])
        elif row["kind"] == "bad-input":
            raise BadInput(row["what"], row["todo"])

    ended = run_child(
        "harness.contract.states_process",
        {
            "states": given,
            "search": list(search),
            "base_url": target.url,
            "headers": dict(target.headers),
            "wanted": wanted,
        },
        on_row=take,
        timeout_s=STATES_S,
        log_path=log_path,
        spawn=spawn,
        environ={"NO_PROXY": "*"} if target.on_loopback else None,
    )
    if ended.killed:
        raise EnvironmentFailed(f"Setting up the provider states took over {STATES_S:g} s.", f"The log: {log_path}")
    return values, failed


def _states_of(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    states = raw.get("providerStates")
    if isinstance(states, list):
        return [state for state in states if isinstance(state, dict)]
    return [{"name": raw["providerState"]}] if raw.get("providerState") else []


def _call(one: _Asked, values: Mapping[str, Any], target: Target, operations: Operations) -> Call:
    interaction = one.interaction
    path = _generated(one.raw["request"], interaction.path, values)
    own = {name.lower() for name in target.headers} | {"authorization"}  # the consumer's token is an example
    headers = {name: value for name, value in interaction.headers.items() if name.lower() not in own}
    operation = operations.match(interaction.method, path)
    return Call(
        name=operation.name if operation else f"{interaction.method} {path.partition('?')[0]}",
        method=interaction.method,
        variants=(Variant(path=path, headers=headers, body=interaction.body.encode()),),
        fresh=tuple(name for name in headers if name.lower() == KEY_HEADER),
    )


def _generated(request: Mapping[str, Any], path: str, values: Mapping[str, Any]) -> str:
    """The path with what the provider's state gave (Pact specification 4, generators, `ProviderState`)."""
    generators = request.get("generators")
    about = generators.get("path") if isinstance(generators, dict) else None
    if not isinstance(about, dict) or about.get("type") != "ProviderState":
        return path
    expression = str(about.get("expression", ""))
    if any(name not in values for name in _EXPRESSION.findall(expression)):
        return path
    filled = _EXPRESSION.sub(lambda found: quote(str(values[found[1]]), safe=""), expression)
    query = path.partition("?")[2]
    return f"{filled}?{query}" if query else filled
