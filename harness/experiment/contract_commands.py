"""What `harness check` and `harness pact verify` do: the contract alone, on any target."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.contract import (
    Description,
    EngineFile,
    FuzzResult,
    Progress,
    Replayed,
    fetch_description,
    find_pacts,
    fuzz,
    replay,
)
from harness.contract.pact_publish import Publication, check_homes
from harness.contract.pact_verify import PactResult
from harness.errors import BadInput
from harness.experiment.contract_stage import verify
from harness.experiment.listener import Listener
from harness.experiment.opening import REFERENCE, Provider, describe, open_target
from harness.experiment.outage import BundledOutage
from harness.experiment.spawning import GuardedSpawn
from harness.experiment.workshop import guarded
from harness.guard import Guard
from harness.model import Finding, Fuzz, Pact, Scenario, Target

TellPhase = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A check, with what it was held against and the target as it was opened."""

    result: FuzzResult
    description: Description
    target: Target


def check_target(
    target: Target,
    plan: Fuzz,
    *,
    environ: Mapping[str, str],
    listener: Listener,
    tell: TellPhase,
    defects: tuple[str, ...] = (),
    engine_file: EngineFile | None = None,
) -> Checked:
    """Send generated requests to a target. Raises EnvironmentFailed where it or its description cannot be had, BadInput."""
    scenario = Scenario(name="check", target=target, load=None, defects=defects)
    with guarded("check", environ) as guard, tempfile.TemporaryDirectory(prefix="harness-check-") as folder:
        listener.phase(f"opening target {target.name}")
        with open_target(scenario, guard=guard, folder=Path(folder), listener=listener, environ=environ) as opened:
            description = opened.description or fetch_description(opened.target)  # raises, saying where it looked
            listener.phase(f"{len(description.operations)} operations from {description.source}")
            result = fuzz(
                opened.target,
                plan,
                log_path=Path(folder) / "fuzz.log",
                description=description,
                spawn=GuardedSpawn(guard),
                on_progress=tell,
                engine_file=engine_file,
                outage=BundledOutage(opened, guard) if target.name == REFERENCE else None,
            )
            return Checked(result=result, description=description, target=opened.target)


def replay_target(
    target: Target,
    findings: tuple[Finding, ...],
    *,
    environ: Mapping[str, str],
    listener: Listener,
    budget: float,
    defects: tuple[str, ...] = (),
    engine_file: EngineFile | None = None,
) -> tuple[Replayed, ...]:
    """Send saved findings again. Raises EnvironmentFailed where the target or its description cannot be had, BadInput."""
    scenario = Scenario(name="replay", target=target, load=None, defects=defects)
    with guarded("replay", environ) as guard, tempfile.TemporaryDirectory(prefix="harness-replay-") as folder:
        listener.phase(f"opening target {target.name}")
        with open_target(scenario, guard=guard, folder=Path(folder), listener=listener, environ=environ) as opened:
            return replay(
                opened.target,
                findings,
                opened.description or fetch_description(opened.target),
                log_path=Path(folder) / "replay.log",
                budget=budget,
                engine_file=engine_file,
                spawn=GuardedSpawn(guard),
                tell=listener.phase,
            )


def verify_target(
    target: Target,
    *,
    environ: Mapping[str, str],
    listener: Listener,
    defects: tuple[str, ...] = (),
    publication: Publication | None = None,
) -> list[PactResult]:
    """Replay the consumers' pacts against a target and what else it provides. Raises BadInput where it names none, or where a result
    that is to be published has nowhere to go."""
    with guarded("pact", environ) as guard, tempfile.TemporaryDirectory(prefix="harness-pact-") as folder:
        listener.phase(f"opening target {target.name}")
        with _providers(target, defects, guard, Path(folder), listener, environ) as providers:
            for one in providers if publication else ():
                assert publication is not None
                assert one.target.pact is not None
                check_homes(find_pacts(one.target.pact), publication)
            spawn = GuardedSpawn(guard)
            return [verify(one, spawn=spawn, log_path=Path(folder) / "pact.log") for one in providers]


@contextmanager
def _providers(
    target: Target,
    defects: tuple[str, ...],
    guard: Guard,
    folder: Path,
    listener: Listener,
    environ: Mapping[str, str],
) -> Iterator[tuple[Provider, ...]]:
    """A service of the user's own need not listen: its pacts may be of messages alone."""
    if target.name == REFERENCE:
        scenario = Scenario(name="pact", target=target, load=None, defects=defects)
        with open_target(scenario, guard=guard, folder=folder, listener=listener, environ=environ) as opened:
            pact = target.pact
            yield tuple(_as_told(one, pact) for one in opened.providers) if pact else opened.providers
        return
    if target.pact is None:
        raise BadInput(
            f"The target `{target.name}` names no pacts.",
            "Add `pact: {provider: NAME, sources: [pacts/]}` to it in harness.yaml, or --provider and --source.",
        )
    yield (Provider(target=target, description=describe(target)),)


def _as_told(provider: Provider, told: Pact) -> Provider:
    """The bundled service knows its own states; where its pacts come from may be said on the command line."""
    about = provider.target.pact
    assert about is not None
    pact = replace(told, provider=about.provider, states=about.states, sources=told.sources or about.sources)
    return replace(provider, target=replace(provider.target, pact=pact))
