"""The two sides of a comparison, as somebody typed them: a URL, a name, or the bundled service with a defect or other settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.errors import BadInput
from harness.experiment.opening import REFERENCE, SETTINGS
from harness.experiment.scenario_files import defects_for, find_target
from harness.model import Scenario, Target
from harness.model.nearest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One arm. `defects` and `settings` are of the bundled service."""

    spelling: str
    target: Target
    defects: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def of(self, scenario: Scenario) -> Scenario:
        """The scenario against this side. Raises BadInput where its target lacks what the scenario needs."""
        for fault in scenario.faults:
            if fault.edge not in self.target.edges:
                raise BadInput(
                    f"`{self.spelling}` has no edge `{fault.edge}`, which fault `{fault.name}` of the scenario needs.",
                    "Describe it under `edges` of a target in harness.yaml, or compare with a scenario without faults.",
                )
        load = scenario.load.within(self.target) if scenario.load else None
        return replace(scenario, target=self.target, defects=self.defects, settings=self.settings, load=load)


def side(spelling: str, environ: Mapping[str, str]) -> Side:
    """`http://...`, a name of harness.yaml, `reference`, or `reference:slow-list,processes=2`. Raises BadInput."""
    name, _, rest = spelling.partition(":")
    if name != REFERENCE or not rest:
        return Side(spelling=spelling, target=find_target(spelling, environ))
    target = find_target(REFERENCE, environ)
    words = [word.strip() for word in rest.split(",") if word.strip()]
    settings = dict(_setting(word) for word in words if "=" in word)
    defects = defects_for(target, tuple(word for word in words if "=" not in word))
    return Side(spelling=spelling, target=target, defects=defects, settings=settings)


def own_side(scenario: Scenario) -> Side:
    """The scenario's own target, with its defects and settings."""
    words = (*scenario.defects, *(f"{name}={value}" for name, value in scenario.settings.items()))
    spelling = f"{scenario.target.name}:{','.join(words)}" if words else scenario.target.name
    return Side(spelling=spelling, target=scenario.target, defects=scenario.defects, settings=scenario.settings)


def _setting(word: str) -> tuple[str, str]:
    name, _, value = (part.strip() for part in word.partition("="))
    if name not in SETTINGS:
        raise BadInput(f"The bundled service has no setting `{name}`.", did_you_mean(name, SETTINGS))
    if not value.isdecimal() or int(value) == 0:
        raise BadInput(f"`{word}` is no number above 0.", f"Write {name}=2, say.")
    return name, value
