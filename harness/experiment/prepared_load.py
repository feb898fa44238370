"""The requests of a load without a locustfile, made before it starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.contract import calls_from_description, calls_from_pacts, links_into
from harness.errors import BadInput
from harness.experiment.gathered import Gathered
from harness.experiment.listener import Listener
from harness.experiment.opening import OpenTarget
from harness.experiment.spawning import GuardedSpawn
from harness.guard import Guard
from harness.model import Call, Load, Prepared
from harness.model.call import without_source


def prepare_calls(
    load: Load, opened: OpenTarget, gathered: Gathered, seed: int, guard: Guard, logs: Path, listener: Listener
) -> tuple[Call, ...]:
    """The calls that a load without a locustfile makes; none for one with. What could not be made is noted in `gathered`.

    Raises BadInput where the target has no description or pacts, or a `{name}` has no source; EnvironmentFailed where nothing can be made.
    """
    if load.prepared is None:
        return ()
    listener.phase(f"load: {load.prepared.describe()}")
    if load.prepared.source == "requests":
        return _with_links(load.prepared.calls, opened)
    log, spawn = logs / "prepared.log", GuardedSpawn(guard)
    if load.prepared.source == "openapi":
        calls, notes = _from_description(load.prepared, opened, seed, log, spawn)
    else:
        provider = opened.providers[0].target if opened.providers else opened.target
        calls, notes = calls_from_pacts(provider, opened.operations, log_path=log, spawn=spawn)
    for note in notes:
        gathered.notes.append(note)
        listener.event(note)
    requests = sum(len(call.variants) for call in calls)
    listener.event(f"{requests} requests of {len(calls)} operations are prepared")
    return calls


def _from_description(
    prepared: Prepared, opened: OpenTarget, seed: int, log: Path, spawn: GuardedSpawn
) -> tuple[tuple[Call, ...], tuple[str, ...]]:
    if opened.description is None:
        raise BadInput(
            f"Load `from: openapi`, and the target `{opened.target.name}` has no description.",
            "Name it: `description:` in harness.yaml; or list `requests:`.",
        )
    return calls_from_description(
        opened.target, opened.description, prepared.weights, seed=seed, log_path=log, spawn=spawn
    )


def _with_links(calls: tuple[Call, ...], opened: OpenTarget) -> tuple[Call, ...]:
    """Listed requests with the values that links of the description give where the scenario says nothing."""
    links = links_into(opened.description) if opened.description else {}
    named = {_operation(call, opened): call.name for call in calls}
    linked = []
    for call in calls:
        takes = dict(call.takes)
        for parameter, taken in links.get(_operation(call, opened), {}).items():
            if "{" + parameter + "}" in call.variants[0].path and taken.call in named:
                takes.setdefault(parameter, replace(taken, call=named[taken.call]))
        open_ones = [part.partition("}")[0] for part in call.variants[0].path.split("{")[1:]]
        if missing := [parameter for parameter in open_ones if parameter not in takes]:
            raise BadInput(
                f"Nothing says where `{{{missing[0]}}}` of the request `{call.name}` comes from.",
                "Write `take: {" + missing[0] + ": CALL#/pointer}`, or the value itself into the path.",
            )
        linked.append(replace(call, takes=takes))
    if orphans := without_source(linked):
        raise BadInput(
            f"The request `{min(orphans)}` takes a value from a request that needs it in turn: neither can go first.",
            "Write the value itself into one of their paths.",
        )
    return tuple(linked)


def _operation(call: Call, opened: OpenTarget) -> str:
    """The name of the described operation that a listed request is, or its own."""
    found = opened.operations.match(call.method, call.variants[0].path)
    return found.name if found else call.name
