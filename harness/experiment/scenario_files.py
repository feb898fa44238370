"""Scenario files and flags become Scenarios: here the documents meet the rooms that know faults, audits and defects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.audit import CHECKERS, OF_ANY_SERVICE
from harness.config import read_scenario, read_target
from harness.errors import BadInput
from harness.experiment.opening import BUILTIN, DEFECTS, REFERENCE, bundled
from harness.faults import kinds, parse
from harness.model import ClosedStage, Load, OpenStage, Prepared, Profile, Scenario, Target
from harness.model.nearest import did_you_mean


def load_scenario(spelling: str, environ: Mapping[str, str]) -> Scenario:
    """A path, or the name of a scenario that comes with the product. Raises BadDocument, BadInput."""
    return read_scenario(
        find_scenario(spelling),
        environ=environ,
        builtin=BUILTIN,
        parse_fault=parse,
        fault_kinds=kinds(),
        audits=CHECKERS,
        defects=DEFECTS,
        audits_of_any=OF_ANY_SERVICE,
    )


def find_scenario(spelling: str) -> Path:
    """Paths first, then names of bundled ones."""
    path = Path(spelling)
    if path.exists() or path.suffix in (".yaml", ".yml"):
        return path
    folder = bundled("scenarios")
    names = [one.stem for one in sorted(folder.glob("*.yaml"))]
    if spelling not in names:
        raise BadInput(
            f"There is no scenario `{spelling}`, neither as a file nor bundled.", did_you_mean(spelling, names)
        )
    return folder / f"{spelling}.yaml"


def find_target(spelling: str, environ: Mapping[str, str]) -> Target:
    """A target of harness.yaml, `reference`, or a URL."""
    return read_target(spelling, environ=environ, start=Path.cwd(), builtin=BUILTIN)


def shared_by(scenario: Scenario, processes: int) -> Scenario:
    """The scenario with that many load processes. Raises BadInput where there is no load, or fewer users than processes."""
    if scenario.load is None:
        raise BadInput(f"Scenario `{scenario.name}` has no load to share.", "Leave --processes out.")
    return replace(scenario, load=scenario.load.shared_by(processes))


def defects_for(target: Target, defects: tuple[str, ...]) -> tuple[str, ...]:
    """The defects asked for on the command line. Raises BadInput for unknown ones or a foreign target."""
    for name in defects:
        if name not in DEFECTS:
            raise BadInput(f"The bundled service has no defect `{name}`.", did_you_mean(name, DEFECTS))
    if defects and target.name != REFERENCE:
        raise BadInput("Defects exist only in the bundled service.", "Leave --defect out, or use `target: reference`.")
    return tuple(dict.fromkeys(defects))


def scenario_from_flags(
    *,
    locustfile: Path | None,
    prepared: Prepared | None = None,
    target: Target,
    rate: float | None,
    users: int | None,
    spawn_rate: float | None,
    seconds: float,
    tags: tuple[str, ...] = (),
    exclude_tags: tuple[str, ...] = (),
) -> Scenario:
    """A scenario without a file: one stage of load, by a locustfile or prepared. Raises BadInput where neither or both of rate and users are given,
    or where the target allows less."""
    if locustfile is not None and not locustfile.is_file():
        raise BadInput(f"The locustfile `{locustfile}` is not there.", "Check the path after -f.")
    if (rate is None) == (users is None):
        raise BadInput(
            "Say either --rate or --users.",
            "Use --rate 200/s for arrivals that don't wait, or -u 50 for users that do.",
        )
    stage: OpenStage | ClosedStage
    if rate is not None:
        stage = OpenStage(name="load", rate=rate, duration=seconds)
    else:
        assert users is not None
        stage = ClosedStage(name="load", users=users, duration=seconds, spawn_rate=spawn_rate)
    return Scenario(
        name=locustfile.stem if locustfile else f"from-{prepared.source}" if prepared else "load",
        target=target,
        load=Load(
            locustfile=locustfile.resolve() if locustfile else Path(),
            prepared=prepared,
            profile=Profile((stage,)),
            tags=tags,
            exclude_tags=exclude_tags,
        ).within(target),
    )
