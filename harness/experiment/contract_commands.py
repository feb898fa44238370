"""What `harness check` and `harness pact verify` do: the contract alone, on any target."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.contract import FuzzResult, Progress, fetch_description, fuzz
from harness.contract.pact_verify import PactResult
from harness.errors import BadInput
from harness.experiment.contract_stage import verify
from harness.experiment.listener import Listener
from harness.experiment.opening import open_target
from harness.experiment.spawning import GuardedSpawn
from harness.experiment.workshop import guarded
from harness.model import Fuzz, Scenario, Target

TellPhase = Callable[[Progress], None]


def check_target(
    target: Target,
    plan: Fuzz,
    *,
    environ: Mapping[str, str],
    listener: Listener,
    tell: TellPhase,
    defects: tuple[str, ...] = (),
) -> FuzzResult:
    """Send generated requests to a target. Raises EnvironmentFailed where it or its description cannot be had, BadInput."""
    scenario = Scenario(name="check", target=target, load=None, defects=defects)
    with guarded("check", environ) as guard, tempfile.TemporaryDirectory(prefix="harness-check-") as folder:
        listener.phase(f"opening target {target.name}")
        with open_target(scenario, guard=guard, folder=Path(folder), listener=listener, environ=environ) as opened:
            description = opened.description or fetch_description(opened.target)  # raises, saying where it looked
            listener.phase(f"{len(description.operations)} operations from {description.source}")
            return fuzz(
                opened.target,
                plan,
                log_path=Path(folder) / "fuzz.log",
                description=description,
                spawn=GuardedSpawn(guard),
                on_progress=tell,
            )


def verify_target(
    target: Target, *, environ: Mapping[str, str], listener: Listener, defects: tuple[str, ...] = ()
) -> list[PactResult]:
    """Replay the consumers' pacts against a target and what else it provides. Raises BadInput where it names none."""
    scenario = Scenario(name="pact", target=target, load=None, defects=defects)
    with guarded("pact", environ) as guard, tempfile.TemporaryDirectory(prefix="harness-pact-") as folder:
        listener.phase(f"opening target {target.name}")
        with open_target(scenario, guard=guard, folder=Path(folder), listener=listener, environ=environ) as opened:
            if not opened.providers:
                raise BadInput(
                    f"The target `{target.name}` names no pacts.",
                    "Add `pact: {provider: NAME, sources: [pacts/]}` to it in harness.yaml.",
                )
            spawn = GuardedSpawn(guard)
            return [verify(one, opened, spawn=spawn, log_path=Path(folder) / "pact.log") for one in opened.providers]
