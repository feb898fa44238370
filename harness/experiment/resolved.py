"""A scenario as resolved, for `run.json`: plain data, and no credential in it."""

from __future__ import annotations

from dataclasses import asdict, fields

from harness.model import ClosedStage, Scenario
from harness.model.quantity import show_duration
from harness.model.shapes import Shape
from harness.model.trace import Trace


def resolved(scenario: Scenario) -> dict[str, object]:
    """JSON-able; a fault and an expectation as people wrote them."""
    return {
        "name": scenario.name,
        "about": scenario.about,
        "source": scenario.source.name if scenario.source else "",
        "target": scenario.target.name,
        "load": _load(scenario),
        "for": None if scenario.duration is None else show_duration(scenario.duration),
        "probes": {name: one.describe() for name, one in scenario.watched(scenario.target).items()},
        "faults": [
            {
                "name": fault.name,
                "edge": fault.edge,
                "kind": fault.disturbance.kind,
                "describe": fault.disturbance.describe(),
                "at": str(fault.at),
                "for": show_duration(fault.duration),
            }
            for fault in scenario.faults
        ],
        "contract": {
            "oracle": list(scenario.contract.oracle),
            "check": asdict(scenario.contract.fuzz) if scenario.contract.fuzz else None,
            "pact": scenario.contract.pact,
            **({"baseline": scenario.contract.baseline.name} if scenario.contract.baseline else {}),
        },
        "audit": list(scenario.audit),
        "expect": [one.text for one in scenario.expect],
        "stop_when": [one.expectation.text for one in scenario.stop_when],
        "defects": list(scenario.defects),
        "settings": dict(scenario.settings),
        "seed": scenario.seed,
    }


def _load(scenario: Scenario) -> dict[str, object] | None:
    if scenario.load is None:
        return None
    stages = []
    for stage in scenario.load.profile.stages:
        model = "closed" if isinstance(stage, ClosedStage) else "open"
        values = {one.name: getattr(stage, one.name) for one in fields(stage)}
        if not isinstance(stage, ClosedStage):
            values["rate"] = _level(stage.rate)
        else:
            values["users"] = _level(stage.users)
        stages.append({"model": model, **values, "plan": stage.describe()})
    return {
        "locustfile": scenario.load.locustfile.name,
        "prepared": scenario.load.prepared.describe() if scenario.load.prepared else "",
        "users": scenario.load.users,
        "processes": scenario.load.processes,
        **({"timings": True} if scenario.load.timings else {}),  # runs of before are the same without it
        "profile": stages,
        "data": {"file": scenario.load.data.path.name, "at_end": scenario.load.data.at_end}
        if scenario.load.data
        else None,
    }


def _level(level: float | Shape | Trace) -> object:
    """A trace may be long: its arrivals are counted only."""
    if isinstance(level, int | float):
        return level
    if isinstance(level, Trace):
        return {"trace": level.source, "arrivals": len(level.times), "speed": level.speed}
    return {"shape": type(level).__name__.lower(), **asdict(level)}
