"""The contract in calm, before the load: generated requests, then the consumers' pacts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.contract import Progress, fuzz
from harness.contract.pact_verify import PactResult, verify_pacts
from harness.errors import EnvironmentFailed, ServiceDied
from harness.experiment.desk import Desk
from harness.experiment.gathered import Gathered
from harness.experiment.listener import Listener
from harness.experiment.opening import OpenTarget, Provider
from harness.experiment.spawning import GuardedSpawn
from harness.model import ContractPlan, Fuzz


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractStage:
    """What it works with. `gathered` is filled in as it goes; `logs` is a folder."""

    opened: OpenTarget
    gathered: Gathered
    spawn: GuardedSpawn
    logs: Path
    listener: Listener
    desk: Desk

    def check(self, asked: ContractPlan) -> None:
        """Fill in what is asked for. A check that could not be made is told as such: `unknown`, never left out."""
        if asked.fuzz:
            self._fuzz(asked.fuzz)
            self.desk.checked(self.gathered)
        if asked.pact:
            self._pact()

    def _fuzz(self, plan: Fuzz) -> None:
        gathered, listener, opened = self.gathered, self.listener, self.opened
        listener.phase(f"contract: generated requests for at most {plan.budget:g} s")
        if opened.description is None:
            gathered.fuzz_failed = "the target has no description; name it: `description:` in harness.yaml"
            return
        told: set[str] = set()

        def progress(now: Progress) -> None:
            self.desk.checking(gathered, gathered.so_far.take(now))
            if now.phase and now.phase not in told:
                told.add(now.phase)
                listener.event(f"phase {now.phase}: {now.cases} cases so far, {now.findings} findings")

        try:
            result = fuzz(
                opened.target,
                plan,
                log_path=self.logs / "fuzz.log",
                description=opened.description,
                spawn=self.spawn,
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

    def _pact(self) -> None:
        gathered, listener, opened = self.gathered, self.listener, self.opened
        listener.phase("contract: the consumers' pacts")
        if not opened.providers:
            gathered.pact_failed = f"target `{opened.target.name}` names no pacts; add `pact:` to it in harness.yaml"
        for provider in opened.providers:
            try:
                result = verify(provider, spawn=self.spawn, log_path=self.logs / "pact.log")
            except EnvironmentFailed as error:
                gathered.pact_failed = error.what
                listener.event(f"pacts: unknown, {error.what}")
            else:
                result = result.knowing(gathered.baseline, gathered.today)
                gathered.pacts.append(result)
                listener.event(f"{result.check.name}: {result.check.verdict}, {result.check.why}")
            self.desk.checked(gathered)


def verify(provider: Provider, *, spawn: GuardedSpawn, log_path: Path) -> PactResult:
    """The pacts of one provider, in a child process. Raises what `verify_pacts` raises."""
    return verify_pacts(
        provider.target, log_path=log_path, messages=provider.messages, description=provider.description, spawn=spawn
    )
