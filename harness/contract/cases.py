"""Requests made from a description before the load starts: the parent's side."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.contract.child import Spawn, plain_spawn, run_child
from harness.contract.description import Description
from harness.contract.fetch import check_limits
from harness.contract.fuzz import select
from harness.contract.links import links_into
from harness.errors import BadInput, EnvironmentFailed
from harness.model.call import Call, Taken, Variant, without_source
from harness.model.nearest import did_you_mean
from harness.model.target import Target

__all__ = ["calls_from_description"]

VARIANTS = 20  # requests an operation is generated, where its description gives no example
DRAWING_S = 60.0
KEY_HEADER = "idempotency-key"


def calls_from_description(
    target: Target,
    description: Description,
    weights: Sequence[tuple[str, float]],
    *,
    seed: int,
    log_path: Path,
    spawn: Spawn = plain_spawn,
) -> tuple[tuple[Call, ...], tuple[str, ...]]:
    """The calls, and notes on operations that could not be made.

    `weights` names operations (any spelling) with their share; empty means every operation that may be sent to `target`, alike.
    The description's own examples go first, then the bare request where nothing is required, then generated valid ones. An operation
    whose path parameter a link gives brings the link's source along, with weight 0 where it was not asked for.

    Raises BadInput for an operation that is not there or may not be sent, EnvironmentFailed where nothing could be made.
    """
    check_limits(target, description.base_url)
    allowed = {one.name: one for one in select(target, description)}
    wanted = _wanted(description, allowed, weights)
    links = {name: taken for name, taken in links_into(description).items() if name in allowed}
    names = _with_sources(wanted, links, allowed)
    rows = _draw(target, description, [allowed[name] for name in names], links, seed, log_path, spawn)
    calls, notes = [], [f"No load for {row['operation']}: {row['why']}" for row in rows if row["kind"] == "trouble"]
    for name in names:
        variants = tuple(_variant(row) for row in rows if row["kind"] == "case" and row["operation"] == name)
        if variants:
            takes = {p: t for p, t in links.get(name, {}).items() if "{" + p + "}" in variants[0].path}
            fresh = tuple(h for h in variants[0].headers if h.lower() == KEY_HEADER)
            calls.append(
                Call(
                    name=name,
                    method=allowed[name].method,
                    variants=variants,
                    weight=wanted.get(name, 0.0),
                    takes=takes,
                    fresh=fresh,
                )
            )
    if orphans := without_source(calls):
        notes += [
            f"No load for {name}: what it needs is not to be had from other operations" for name in sorted(orphans)
        ]
        calls = [call for call in calls if call.name not in orphans]
    if not any(call.weight for call in calls):
        raise EnvironmentFailed(
            f"No request could be made from {description.source}. {' '.join(notes[:3])}",
            f"Give its operations examples, or list `requests:`. The log: {log_path}",
        )
    return tuple(calls), tuple(notes)


def _wanted(
    description: Description, allowed: Mapping[str, Any], weights: Sequence[tuple[str, float]]
) -> dict[str, float]:
    if not weights:
        return dict.fromkeys(allowed, 1.0)
    wanted: dict[str, float] = {}
    for spelling, weight in weights:
        names = description.operations.resolve(spelling)
        sendable = [name for name in names if name in allowed]
        if not sendable:
            raise BadInput(
                f"`{spelling}` may not be sent to `{description.source}`'s target: it is excluded, or writes where only reading is allowed.",
                did_you_mean(spelling, allowed),
            )
        for name in sendable:
            wanted[name] = wanted.get(name, 0.0) + weight / len(sendable)
    return wanted


def _with_sources(
    wanted: Mapping[str, float], links: Mapping[str, Mapping[str, Taken]], allowed: Mapping[str, Any]
) -> list[str]:
    names = list(wanted)
    for name in names:  # grows while it is walked
        for taken in links.get(name, {}).values():
            if taken.call in allowed and taken.call not in names:
                names.append(taken.call)
    return names


def _draw(
    target: Target,
    description: Description,
    operations: Sequence[Any],
    links: Mapping[str, Mapping[str, Taken]],
    seed: int,
    log_path: Path,
    spawn: Spawn,
) -> list[dict[str, Any]]:
    base = description.base_path
    given = ["authorization", *(name.lower() for name in target.headers)]  # the load sends its own
    rows: list[dict[str, Any]] = []
    ended = run_child(
        "harness.contract.cases_process",
        {
            "document": description.document,
            "base_url": description.base_url,
            "base_path": base,
            "seed": seed,
            "variants": VARIANTS,
            "operations": [
                {
                    "name": one.name,
                    "method": one.method,
                    "path": one.template[len(base) :],
                    "taken": list(links.get(one.name, {})),
                    "given": given,
                }
                for one in operations
            ],
        },
        on_row=rows.append,
        timeout_s=DRAWING_S,
        log_path=log_path,
        spawn=spawn,
    )
    if ended.killed:
        raise EnvironmentFailed(
            f"Making requests from {description.source} took over {DRAWING_S:g} s.",
            "Name fewer operations under `operations:`, or list `requests:`.",
        )
    return rows


def _variant(row: Mapping[str, Any]) -> Variant:
    return Variant(path=row["path"], headers=row["headers"], body=base64.b64decode(row["body"]))
