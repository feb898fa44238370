"""A scenario: everything that one run will do, resolved and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from harness.errors import BadInput
from harness.model.call import Call
from harness.model.data import DataFile
from harness.model.expectation import Expectation
from harness.model.fault import Fault
from harness.model.matrix import MatrixPlan
from harness.model.probe import Probe
from harness.model.profile import ClosedStage, Profile
from harness.model.target import Target
from harness.model.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Load without a locustfile. `source` says where its requests come from; `weights` names operations with their share (none: all
    alike); `calls` are those that the scenario lists, whose `{name}`s may still be without a source."""

    source: Literal["openapi", "pacts", "requests"]
    weights: tuple[tuple[str, float], ...] = ()
    calls: tuple[Call, ...] = ()

    def describe(self) -> str:
        """In a few words."""
        if self.source == "requests":
            return f"{len(self.calls)} listed requests"
        return f"prepared from the {'description' if self.source == 'openapi' else 'pacts'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Muster:
    """Where load processes on other hosts report: `port` 0 takes a free one. They are waited for `patience_s` seconds at most."""

    workers: int
    host: str = "127.0.0.1"
    port: int = 5557
    patience_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Sent by a `locustfile`, or `prepared` without one (then the path is empty).

    `users` caps the pool of an open profile; `processes` is how many load processes share the plan, here, or where there is a
    `muster` on other hosts; `data` feeds users; `timings` asks for the phases of requests,
    `samples` for a row of each.
    """

    locustfile: Path
    profile: Profile
    users: int = 1000
    processes: int = 1
    timings: bool = False
    samples: bool = False
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    user_classes: tuple[str, ...] = ()
    data: DataFile | None = None
    prepared: Prepared | None = None
    muster: Muster | None = None

    def within(self, target: Target) -> Load:
        """The same load. Raises BadInput where it goes above the rate that the target allows."""
        limit, peak = target.limits.rate, self.profile.peak_rate
        if limit is not None and peak > limit:
            raise BadInput(
                f"The profile reaches {peak:g}/s, and target `{target.name}` allows {limit:g}/s.",
                "Lower the rate, or raise `limits.rate` of the target.",
            )
        return self

    def shared_by(self, processes: int) -> Load:
        """The same load by that many processes. Raises BadInput where one of them would have no user."""
        closed = [stage.peak for stage in self.profile.stages if isinstance(stage, ClosedStage)]
        fewest = min(closed, default=self.users)
        if processes > fewest:
            raise BadInput(
                f"{processes} processes cannot share {fewest} users: each needs one.",
                f"Use at most {fewest} processes, or raise `users`.",
            )
        return replace(self, processes=processes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzz:
    """A property-based check of the contract before the load: `budget` seconds at most, by `workers` processes. Without `checks` all are made."""

    budget: float = 10.0
    phases: tuple[str, ...] = ("examples", "coverage", "fuzzing", "stateful")
    max_examples: int | None = None
    seed: int | None = None
    workers: int = 1
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPlan:
    """`oracle` names the operations whose answers under load are held against the description (`all`, names, or none).

    `baseline` is a file of findings that are accepted for now.
    """

    oracle: tuple[str, ...] = ()
    fuzz: Fuzz | None = None
    pact: bool = False
    baseline: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWhen:
    """End the run early once `expectation` (written as what must *not* hold) is met over its window."""

    expectation: Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Paths are absolute; every name in it resolves. `defects` and `settings` are of the bundled service only.

    `duration` is how long a scenario without load lasts, seconds: its faults and probes meet live traffic. `probes` are its own,
    beside the target's.
    """

    name: str
    about: str = ""
    target: Target
    load: Load | None
    faults: tuple[Fault, ...] = ()
    contract: ContractPlan = ContractPlan()
    audit: tuple[str, ...] = ()
    expect: tuple[Expectation, ...] = ()
    stop_when: tuple[StopWhen, ...] = ()
    defects: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    duration: float | None = None
    probes: Mapping[str, Probe] = field(default_factory=dict)
    matrix: MatrixPlan = field(default_factory=MatrixPlan)
    source: Path | None = None

    @property
    def timeline(self) -> Timeline:
        """The plan. Raises BadInput for a fault that cannot be placed on it."""
        return Timeline.lay_out(self.load.profile if self.load else None, self.faults, live_s=self.duration)

    def watched(self, target: Target) -> dict[str, Probe]:
        """Everything that is sampled through a run on `target`: its probes, the scenario's own, and the alerts that are expected."""
        asked = {**target.probes, **self.probes}
        for one in self.expect:
            if one.metric.kind == "alert" and target.alerts is not None:
                asked[one.metric.probe] = target.alerts.probe(one.metric.probe.removeprefix("alert "))
        return asked
