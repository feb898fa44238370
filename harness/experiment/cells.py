"""The cells of a matrix, and the run that each is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.errors import BadInput
from harness.experiment.opening import REFERENCE
from harness.faults import parse, sort_of
from harness.model import Anchor, ContractPlan, Disturbance, Edge, Expectation, Fault, OpenStage, Profile, Scenario
from harness.model.matrix import FAULT, MatrixPlan
from harness.model.nearest import did_you_mean
from harness.model.timeline import STEADY

WARM_UP_S = 1.0
AROUND_S = 5.0  # of a run beside its load: processes start and end, the audit reads, the report is written
PER_CALM = 2  # cells that share the calm run before them
STANDARD: tuple[tuple[str, object], ...] = (
    ("latency", {"delay": "100ms"}),
    ("latency", {"delay": "1s"}),
    ("bandwidth", {"rate": "10KB/s"}),
    ("timeout", {}),
    ("reset", {}),
    ("down", {}),
    ("slicer", {"size": "64B", "delay": "5ms"}),
    ("slow_close", {"delay": "1s"}),
    ("limit_data", {"bytes": "1KB"}),
    ("kill", {}),
    ("pause", {}),
    ("slow_start", {"speed": "20%"}),
    ("http_status", {"code": 503}),
    ("http_status", {"code": 504, "delay": "1s"}),
    ("grpc_status", {"code": "UNAVAILABLE"}),
    ("truncated_body", {"keep": "10B"}),
    ("malformed_json", {}),
    ("content_type", {}),
    ("dropped_header", {"name": "content-type"}),
    ("throttled_body", {"rate": "1KB/s"}),
)
"""The set strengths, where a scenario names none: one of every kind, and two kinds of lateness twice."""
USUAL_EXPECT = ("errors <= 5% during fault", "recovery from fault <= 2s")


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault on one edge."""

    edge: str
    disturbance: Disturbance

    @property
    def fault(self) -> str:
        """The row that it stands in: `latency +500 ms`."""
        return f"{self.disturbance.kind}: {self.disturbance.describe()}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The cells to run, and those that no run could make, each with the reason."""

    cells: tuple[Cell, ...]
    left_out: tuple[tuple[Cell, str], ...] = ()


def cells_of(scenario: Scenario, edges: Sequence[str] = (), kinds: Sequence[str] = (), *, envoy: bool = True) -> Chosen:
    """Every strength on every edge that can bear it, edge after edge within a strength, so that no edge is hurt twice in a row.

    `envoy` says whether HTTP faults can be made here; where they cannot, those of the standard set are left out.
    Raises BadInput where the scenario has no load, the target no edge, a name is unknown, or nothing can be made.
    """
    owned = scenario.target.name == REFERENCE
    may = envoy or bool(
        scenario.matrix.strengths
    )  # what somebody asked for by name is refused by the run, not left out
    cells, left_out = [], []
    for cell in _wanted(scenario, edges, kinds):
        why = unfit(cell.disturbance.kind, scenario.target.edges[cell.edge], owned=owned, envoy=may)
        left_out.append((cell, why)) if why else cells.append(cell)
    if not cells:
        cell, why = left_out[0]
        raise BadInput(f"No cell can be run: {cell.fault} on {cell.edge}: {why}.", "See docs/faults.md.")
    return Chosen(tuple(cells), tuple(left_out))


def unfit(kind: str, edge: Edge, *, owned: bool, envoy: bool) -> str:
    """Why an edge cannot bear a kind of fault; empty where it can. `owned` says that the run starts what stands behind it."""
    sort = sort_of(kind)
    if sort == "process":
        return "" if owned or edge.container else "what stands behind the edge is not ours, and no `container` is named"
    if sort == "command":
        return ""
    if not edge.proxy:
        return "no Toxiproxy stands on the edge"
    if sort == "toxic":
        return ""
    if edge.protocol not in ("http", "grpc"):
        return f"the edge speaks {edge.protocol}, not HTTP"
    if kind == "grpc_status" and edge.protocol != "grpc":
        return "the edge speaks http, not gRPC"
    return "" if envoy else "HTTP faults need the extra `http-faults`"


def _wanted(scenario: Scenario, edges: Sequence[str], kinds: Sequence[str]) -> tuple[Cell, ...]:
    if scenario.load is None:
        raise BadInput(f"Scenario `{scenario.name}` has no load: nobody would feel a fault.", "Add `load:`.")
    plan = scenario.matrix
    allowed = scenario.target.limits.edges
    known = [name for name in scenario.target.edges if allowed is None or name in allowed]
    for name in edges:
        if name not in known:
            raise BadInput(f"Target `{scenario.target.name}` has no edge `{name}`.", did_you_mean(name, known))
    wanted = tuple(edges) or plan.edges or tuple(known)
    if not wanted:
        raise BadInput(f"Target `{scenario.target.name}` has no edge to put a fault on.", "Name some: `edges:`.")
    strengths = plan.strengths or tuple(parse(kind, given) for kind, given in STANDARD)
    there = dict.fromkeys(one.kind for one in strengths)
    for kind in kinds:
        if kind not in there:
            raise BadInput(f"The matrix has no fault of kind `{kind}`.", did_you_mean(kind, there))
    chosen = [one for one in strengths if not kinds or one.kind in kinds]
    return tuple(Cell(edge, one) for one in chosen for edge in wanted)


def run_of(scenario: Scenario, cell: Cell) -> Scenario:
    """The scenario that a cell is."""
    plan = scenario.matrix
    own = tuple(one for one in scenario.expect if one.scope == STEADY and not one.metric.is_about_fault)
    fault = Fault(
        name=FAULT,
        edge=cell.edge,
        disturbance=cell.disturbance,
        at=Anchor(WARM_UP_S + plan.calm),
        duration=plan.fault,
    )
    about = f"{cell.fault} on {cell.edge}: a cell of the matrix of {scenario.name}."
    return _short(
        scenario, f"{scenario.name}-{cell.disturbance.kind}-{cell.edge}", about, (*own, *expected(plan)), fault
    )


def calm_of(scenario: Scenario) -> Scenario:
    """The run without a fault that cells are held against."""
    own = tuple(one for one in scenario.expect if one.scope in ("", STEADY) and not one.metric.is_about_fault)
    return _short(scenario, f"{scenario.name}-calm", f"Calm beside the cells of the matrix of {scenario.name}.", own)


def expected(plan: MatrixPlan) -> tuple[Expectation, ...]:
    """What each cell must keep."""
    return plan.expect or tuple(Expectation.parse(text) for text in USUAL_EXPECT)


def seconds_of(scenario: Scenario) -> float:
    """How long the load of one run lasts."""
    plan = scenario.matrix
    return WARM_UP_S + plan.calm + plan.fault + plan.after


def expected_seconds(scenario: Scenario, cells: int, each: float | None = None) -> float:
    """How long `cells` and their calm runs will take; `each` is what a run took so far, where that is known."""
    runs = cells + -(-cells // PER_CALM)
    return runs * (each if each is not None else seconds_of(scenario) + AROUND_S)


def _short(scenario: Scenario, name: str, about: str, expect: tuple[Expectation, ...], *faults: Fault) -> Scenario:
    load = scenario.load
    assert load is not None
    rate = _rate(scenario)
    stages = (
        OpenStage(name="warm-up", rate=rate, duration=WARM_UP_S, warm_up=True),
        OpenStage(name="cell", rate=rate, duration=seconds_of(scenario) - WARM_UP_S),
    )
    return replace(
        scenario,
        name=name,
        about=about,
        load=replace(load, profile=Profile(stages)),
        faults=faults,
        contract=ContractPlan(oracle=scenario.contract.oracle),
        expect=expect,
        stop_when=(),
    )


def _rate(scenario: Scenario) -> float:
    """The highest rate outside the warm-up."""
    profile = scenario.load.profile if scenario.load else None
    stages = [one for one in (profile.stages if profile else ()) if isinstance(one, OpenStage) and not one.warm_up]
    if not stages or profile is None or profile.peak_rate <= 0:
        raise BadInput(
            f"Scenario `{scenario.name}` has no rate, and a matrix needs one.",
            "Use a profile of stages with `rate`: arrivals that wait for answers would hide what a fault does.",
        )
    return max(_peak(one) for one in stages)


def _peak(stage: OpenStage) -> float:
    return Profile((stage,)).peak_rate
