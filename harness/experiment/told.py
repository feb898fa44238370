"""What a Summary is made from."""

from __future__ import annotations

from dataclasses import dataclass

from harness.experiment.gathered import Gathered
from harness.experiment.opening import OpenTarget
from harness.experiment.scopes import Scopes
from harness.model import Operations, Scenario, Timeline
from harness.results import RunReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`reader` has the windows as they were saved."""

    scenario: Scenario
    opened: OpenTarget | None
    gathered: Gathered
    reader: RunReader
    run_id: str
    environment: dict[str, str]

    @property
    def timeline(self) -> Timeline:
        """The plan."""
        return self.scenario.timeline

    @property
    def operations(self) -> Operations:
        """What the description names."""
        return self.opened.operations if self.opened else Operations()

    @property
    def scopes(self) -> Scopes:
        """The timeline as it went."""
        return Scopes(self.timeline, self.gathered.faults, self.gathered.load_ended, ended=True)
