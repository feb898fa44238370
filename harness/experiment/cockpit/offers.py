"""What the start form offers: the scenarios of a folder, those that do not parse with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import BadInput, HarnessError
from harness.experiment.scenario_files import find_scenario, load_scenario
from harness.model import ClosedStage, Scenario
from harness.model.nearest import did_you_mean
from harness.model.quantity import show_duration

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Offered:
    """A scenario by the name people pick; `read` reads it anew, so that a file changed since is taken as it is now."""

    key: str
    place: str
    read: Callable[[], Scenario]


@dataclass(slots=True)
class Shelf:
    """`files` are scenario files or folders of them, looked at anew each time; `fixed` come from flags."""

    files: tuple[Path, ...]
    environ: Mapping[str, str]
    fixed: tuple[Scenario, ...] = ()
    _kept: dict[Path, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, spellings: Iterable[str], environ: Mapping[str, str], fixed: tuple[Scenario, ...] = ()) -> Shelf:
        """Folders, files, and names of bundled scenarios. Raises BadInput for what is none of them."""
        files = []
        for spelling in spellings:
            path = Path(spelling)
            files.append(path if path.is_dir() else find_scenario(spelling))
            if not files[-1].exists():
                raise BadInput(f"There is no scenario `{spelling}`.", "Name a file, or a folder of scenarios.")
        return cls(tuple(files), environ, fixed)

    def offered(self) -> dict[str, Offered]:
        """By key: the name of a file without its ending, the whole path where two would share it."""
        found: dict[str, Offered] = {one.name: Offered(one.name, "flags", lambda one=one: one) for one in self.fixed}  # type: ignore[misc]
        for path in self._paths():
            key = path.stem if path.stem not in found else str(path)
            found[key] = Offered(key, str(path), lambda path=path: load_scenario(str(path), self.environ))  # type: ignore[misc]
        return found

    def read(self, key: str) -> Scenario:
        """The scenario of that key. Raises BadInput for none, and what is wrong with its file."""
        offered = self.offered()
        if key not in offered:
            raise BadInput(f"There is no scenario `{key}` here.", did_you_mean(key, offered))
        return offered[key].read()

    def describe(self) -> list[dict[str, Any]]:
        """For the start form, in order; a file is read only when it has changed."""
        return [self._described(one) for one in self.offered().values()]

    def _described(self, one: Offered) -> dict[str, Any]:
        path = Path(one.place)
        changed = path.stat().st_mtime if path.is_file() else 0.0
        kept = self._kept.get(path)
        if kept and kept[0] == changed and changed and "error" not in kept[1]:
            return kept[1]
        try:
            about = _about(one, one.read())
        except HarnessError as error:
            about = {"key": one.key, "name": one.key, "error": str(error)}
        self._kept[path] = (changed, about)
        return about

    def _paths(self) -> Iterable[Path]:
        for one in self.files:
            if one.is_dir():
                yield from sorted(
                    path for path in one.iterdir() if path.suffix in SUFFIXES and path.name != "harness.yaml"
                )
            else:
                yield one


def _about(one: Offered, scenario: Scenario) -> dict[str, Any]:
    load = scenario.load
    stages = load.profile.stages if load else ()
    fuzz = scenario.contract.fuzz
    closed = bool(stages) and all(isinstance(stage, ClosedStage) for stage in stages)
    return {
        "key": one.key,
        "name": scenario.name,
        "about": scenario.about,
        "target": scenario.target.name,
        "expect": [each.text for each in scenario.expect],
        "load": [f"{stage.name}: {stage.describe()}" for stage in stages],
        "seconds": scenario.timeline.duration,
        "lasts": show_duration(round(scenario.timeline.duration + (fuzz.budget if fuzz else 0.0), 1)),
        "closed": closed,
        "peak": load.profile.peak_rate if load and not closed else max((s.peak for s in stages), default=0),
        "faults": [
            f"{fault.name}: {fault.disturbance.kind} on {fault.edge}, {fault.disturbance.describe()}"
            for fault in scenario.faults
        ],
        "audit": list(scenario.audit),
        "processes": load.processes if load else 1,
        "spawn_rate": next((s.spawn_rate for s in stages if isinstance(s, ClosedStage) and s.spawn_rate), None),
        "locustfile": bool(load and load.prepared is None),
    }
