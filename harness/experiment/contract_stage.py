"""The contract in calm, before the load: generated requests, then the consumers' pacts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.contract import Progress, fuzz
from harness.contract.pact_verify import PactResult, verify_pacts
from harness.errors import EnvironmentFailed, ServiceDied
from harness.experiment.desk import Desk
from harness.experiment.gathered import Gathered
from harness.experiment.listener import Listener
from harness.experiment.opening import OpenTarget, Provider
from harness.experiment.spawning import GuardedSpawn
from harness.model import Scenario


def check_contract(
    scenario: Scenario,
    opened: OpenTarget,
    gathered: Gathered,
    *,
    spawn: GuardedSpawn,
    logs: Path,
    listener: Listener,
    desk: Desk,
) -> None:
    """Fill in what the scenario asks for. A check that could not be made is told as such: `unknown`, never left out."""
    if scenario.contract.fuzz:
        _fuzz(scenario, opened, gathered, spawn, logs, listener, desk)
        desk.checked(gathered)
    if scenario.contract.pact:
        _pact(opened, gathered, spawn, logs, listener, desk)


def _fuzz(
    scenario: Scenario,
    opened: OpenTarget,
    gathered: Gathered,
    spawn: GuardedSpawn,
    logs: Path,
    listener: Listener,
    desk: Desk,
) -> None:
    plan = scenario.contract.fuzz
    assert plan is not None
    listener.phase(f"contract: generated requests for at most {plan.budget:g} s")
    if opened.description is None:
        gathered.fuzz_failed = "the target has no description; name it: `description:` in harness.yaml"
        return
    told: set[str] = set()

    def progress(now: Progress) -> None:
        desk.checking(gathered, gathered.so_far.take(now))
        if now.phase and now.phase not in told:
            told.add(now.phase)
            listener.event(f"phase {now.phase}: {now.cases} cases so far, {now.findings} findings")

    try:
        result = fuzz(
            opened.target,
            plan,
            log_path=logs / "fuzz.log",
            description=opened.description,
            spawn=spawn,
            on_progress=progress,
        )
        gathered.fuzz = replace(result, findings=gathered.baseline.applied(result.findings, gathered.today))
    except ServiceDied as error:
        gathered.fuzz_failed = error.what
    except EnvironmentFailed as error:
        gathered.fuzz_failed = error.what
        if opened.died():
            raise
    else:
        listener.event(f"contract: {gathered.fuzz.check.verdict}, {gathered.fuzz.check.why}")


def _pact(
    opened: OpenTarget, gathered: Gathered, spawn: GuardedSpawn, logs: Path, listener: Listener, desk: Desk
) -> None:
    listener.phase("contract: the consumers' pacts")
    if not opened.providers:
        gathered.pact_failed = f"target `{opened.target.name}` names no pacts; add `pact:` to it in harness.yaml"
    for provider in opened.providers:
        try:
            result = verify(provider, spawn=spawn, log_path=logs / "pact.log")
        except EnvironmentFailed as error:
            gathered.pact_failed = error.what
            listener.event(f"pacts: unknown, {error.what}")
        else:
            result = result.knowing(gathered.baseline, gathered.today)
            gathered.pacts.append(result)
            listener.event(f"{result.check.name}: {result.check.verdict}, {result.check.why}")
        desk.checked(gathered)


def verify(provider: Provider, *, spawn: GuardedSpawn, log_path: Path) -> PactResult:
    """The pacts of one provider, in a child process. Raises what `verify_pacts` raises."""
    return verify_pacts(
        provider.target, log_path=log_path, messages=provider.messages, description=provider.description, spawn=spawn
    )
