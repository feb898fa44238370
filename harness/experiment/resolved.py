"""A scenario as resolved, for `run.json`: plain data, and no credential in it."""

from __future__ import annotations

from dataclasses import asdict

from harness.model import ClosedStage, Scenario
from harness.model.quantity import show_duration


def resolved(scenario: Scenario) -> dict[str, object]:
    """JSON-able; a fault and an expectation as people wrote them."""
    return {
        "name": scenario.name,
        "about": scenario.about,
        "source": scenario.source.name if scenario.source else "",
        "target": scenario.target.name,
        "load": _load(scenario),
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
        },
        "audit": list(scenario.audit),
        "expect": [one.text for one in scenario.expect],
        "stop_when": [one.expectation.text for one in scenario.stop_when],
        "defects": list(scenario.defects),
        "seed": scenario.seed,
    }


def _load(scenario: Scenario) -> dict[str, object] | None:
    if scenario.load is None:
        return None
    stages = []
    for stage in scenario.load.profile.stages:
        model = "closed" if isinstance(stage, ClosedStage) else "open"
        stages.append({"model": model, **asdict(stage)})
    return {
        "locustfile": scenario.load.locustfile.name,
        "users": scenario.load.users,
        "processes": scenario.load.processes,
        "profile": stages,
    }
