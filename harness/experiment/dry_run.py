"""What a run would do and when, from the scenario alone: nothing is started, sent or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.model import Fault, Scenario, Timeline
from harness.model.profile import Span

__all__ = ["Moment", "as_document", "moments"]


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """`at` in seconds since zero."""

    at: float
    what: str
    name: str
    text: str


def moments(scenario: Scenario) -> tuple[Moment, ...]:
    """Everything that begins or ends, in order; what has no time (contract, audit) is not here."""
    timeline = _timeline(scenario)
    found = []
    stages = {stage.name: stage for stage in scenario.load.profile.stages} if scenario.load else {}
    for span in timeline.stages:
        warm_up = ", warm-up: not judged" if span.warm_up else ""
        found.append(Moment(span.start, "stage", span.name, f"{stages[span.name].describe()}{warm_up}"))
    found.append(Moment(timeline.duration, "stage", "", "the end" if scenario.load is None else "the load ends"))
    for fault in scenario.faults:
        begin, end = _times(timeline, fault)
        what = f"{fault.disturbance.kind} on {fault.edge}: {fault.disturbance.describe()}"
        found.append(Moment(begin, "fault begins", fault.name, what))
        early = " with the load, before its time" if end < begin + fault.duration else ""
        found.append(Moment(end, "fault ends", fault.name, f"on {fault.edge}{early}"))
    return tuple(sorted(found))


def as_document(scenario: Scenario) -> dict[str, Any]:
    """For `--json`."""
    timeline, target = _timeline(scenario), scenario.target
    return {
        "dry_run": True,
        "scenario": scenario.name,
        "target": target.name,
        "url": target.url,
        "duration_s": timeline.duration,
        "stages": [_span(span) for span in timeline.stages],
        "faults": [_fault(scenario, timeline, fault) for fault in scenario.faults],
        "contract": {
            "oracle": list(scenario.contract.oracle),
            "check": scenario.contract.fuzz is not None,
            "pact": scenario.contract.pact,
        },
        "audit": list(scenario.audit),
        "expect": [one.text for one in scenario.expect],
        "stop_when": [one.expectation.text for one in scenario.stop_when],
        "toxiproxy": target.toxiproxy,
        "limits": {
            "hosts": list(target.limits.hosts),
            "edges": None if target.limits.edges is None else list(target.limits.edges),
            "rate": target.limits.rate,
            "max_fault_s": target.limits.max_fault,
            "writes": target.limits.writes,
        },
    }


def _span(span: Span) -> dict[str, object]:
    return {"name": span.name, "from_s": span.start, "to_s": span.end, "warm_up": span.warm_up}


def _fault(scenario: Scenario, timeline: Timeline, fault: Fault) -> dict[str, object]:
    begin, end = _times(timeline, fault)
    edge = scenario.target.edges.get(fault.edge)
    return {
        "name": fault.name,
        "edge": fault.edge,
        "proxy": edge.proxy if edge else "",
        "kind": fault.disturbance.kind,
        "describe": fault.disturbance.describe(),
        "from_s": begin,
        "to_s": end,
    }


def _times(timeline: Timeline, fault: Fault) -> tuple[float, float]:
    """The run heals what is in force when its load ends."""
    span = timeline.span(fault.name)
    assert span is not None, "a timeline has every fault of its scenario"
    return span.start, max(span.start, min(span.end, timeline.duration))


def _timeline(scenario: Scenario) -> Timeline:
    return Timeline.lay_out(scenario.load.profile if scenario.load else None, scenario.faults)
