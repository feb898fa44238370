"""A matrix over whole runs, with runs that are told how to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput, EnvironmentFailed, Interrupted, ServiceDied
from harness.experiment.cells import STANDARD, Cell, calm_of, cells_of, expected_seconds, run_of, unfit
from harness.experiment.listener import Silent
from harness.experiment.matrix import Crossed, cross
from harness.experiment.run import Ended
from harness.faults import kinds, parse
from harness.faults.toxics import TOXICS
from harness.model import Edge, Expectation, Fault, Limits, Load, OpenStage, Profile, Scenario, Target, Verdict
from harness.model.matrix import MatrixPlan
from harness.results import (
    AuditSummary,
    ExpectationSummary,
    FaultSummary,
    Figures,
    OperationSummary,
    Quantiles,
    RunFolder,
    Status,
    Summary,
    ValiditySummary,
    load_matrix,
)

STRENGTHS = (parse("latency", "300ms"), parse("down", {}))


def scenario(**more: Any) -> Scenario:
    values: dict[str, Any] = {
        "name": "s",
        "target": Target(
            name="t",
            url="http://127.0.0.1",
            edges={name: Edge(name=name, proxy=name) for name in ("db", "pay", "cache")},
        ),
        "load": Load(
            locustfile=Path("x.py"),
            profile=Profile(
                (
                    OpenStage(name="warm", rate=90, duration=9, warm_up=True),
                    OpenStage(name="low", rate=20, duration=9),
                    OpenStage(name="high", rate=40, duration=9),
                )
            ),
        ),
        "audit": ("no-lost-orders",),
        "expect": (Expectation.parse("errors <= 1% during steady"), Expectation.parse("p95 <= 1s during high")),
        "matrix": MatrixPlan(strengths=STRENGTHS, calm=3, fault=2, after=4),
    }
    return Scenario(**{**values, **more})


class Runs:
    """Each run takes ten seconds. `says` tells how a cell ends: a verdict, `audit`, `unseen`, `blind`, `late` or an error to raise."""

    def __init__(self, says: dict[tuple[str, str], Any] | None = None, calm: Verdict = Verdict.PASS) -> None:
        self.says, self.calm = says or {}, calm
        self.now = 0.0
        self.ran: list[str] = []

    def __call__(self, one: Scenario, **_: Any) -> Ended:
        self.now += 10
        self.ran.append(one.name)
        if not one.faults:
            return self._ended(one, self.calm, errors=0, p95=10)
        (fault,) = one.faults
        said = self.says.get((fault.disturbance.kind, fault.edge), Verdict.PASS)
        if isinstance(said, BaseException):
            raise said
        return self._ended(one, said, errors=30, p95=250, fault=fault)

    def _ended(self, one: Scenario, said: Any, *, errors: int, p95: float, fault: Fault | None = None) -> Ended:
        broke = said in (Verdict.FAIL, "late")
        figures = Figures(seconds=1, requests=100, rate=1, errors=errors, latency_ms=Quantiles(p95=p95))
        seen = None if said == "blind" else said != "unseen"
        said = Verdict.PASS if said == "blind" else said
        verdict = Verdict.FAIL if broke or said == "audit" else said if isinstance(said, Verdict) else Verdict.UNKNOWN
        summary = Summary(
            run=f"run-{len(self.ran)}",
            scenario=one.name,
            target="t",
            verdict=verdict,
            why=("because",),
            overall=OperationSummary(name="all", **figures.model_dump(), hurt=figures if fault else None),
            expectations=(
                ExpectationSummary(text="errors <= 5%", verdict=Verdict.FAIL if broke else Verdict.PASS, why="30%"),
            ),
            audit=(
                AuditSummary(
                    check="no-lost-orders", verdict=Verdict.FAIL if said == "audit" else Verdict.PASS, why="one"
                ),
            ),
            faults=(
                FaultSummary(
                    name="fault", edge=fault.edge, kind="down", in_force=seen, evidence="saw nothing", recovery_s=1.5
                ),
            )
            if fault
            else (),
            validity=(
                ValiditySummary(
                    check="late arrivals", verdict=Verdict.UNKNOWN if said == "late" else Verdict.PASS, why="9% late"
                ),
            ),
        )
        return Ended(RunFolder(Path("nowhere")), summary)

    def cross(self, place: Path, one: Scenario | None = None, resume: RunFolder | None = None) -> Crossed:
        plan = one or scenario()
        return cross(
            plan,
            cells_of(plan),
            clock=lambda: self.now,
            reports=place,
            environ={},
            listener=Silent(),
            resume=resume,
            run=self,
        )


def test_every_fault_is_on_every_edge_with_calm_between(tmp_path: Path) -> None:
    """Six cells, a calm run before each two; no edge is hurt twice in a row; all is saved, with a report."""
    runs = Runs()
    done = runs.cross(tmp_path)
    assert runs.ran == [
        *("s-calm", "s-latency-db", "s-latency-pay", "s-calm", "s-latency-cache", "s-down-db"),
        *("s-calm", "s-down-pay", "s-down-cache"),
    ]
    assert done.document.title == "t: 6 of 6 cells held"
    assert (done.document.verdict, done.document.status) == (Verdict.PASS, Status.COMPLETE)
    assert load_matrix(done.folder) == done.document
    cell = done.document.cell("down: connections refused", "pay")
    assert cell is not None
    assert (cell.errors, cell.p95_ms, cell.recovery_s, cell.calm) == (0.3, 250.0, 1.5, "run-7")
    assert done.document.slower(cell) == 25.0
    assert {file.name for file in done.folder.path.iterdir()} == {"matrix.json", "report.html", "report.md"}


def test_what_broke_and_what_could_not_be_told(tmp_path: Path) -> None:
    """A failed expectation and a failed audit break a cell; a fault that nobody felt or a late generator says nothing."""
    says: dict[tuple[str, str], Any] = {
        ("latency", "db"): Verdict.FAIL,
        ("latency", "pay"): "audit",
        ("latency", "cache"): "unseen",
        ("down", "db"): "late",
        ("down", "pay"): ServiceDied("orders ended with 1:\n  log"),
    }
    done = Runs(says).cross(tmp_path)
    assert done.document.title == "t: 1 of 6 cells held; 3 broke, 2 could not be told"
    assert done.document.verdict is Verdict.FAIL
    by = {(one.kind, one.edge): one for one in done.document.cells}
    assert by["latency", "db"].broke == ("errors <= 5%: 30%",)
    assert by["latency", "pay"].invariants == ("no-lost-orders",)
    assert "did not take effect: saw nothing" in by["latency", "cache"].why
    assert "the generator could not be trusted: 9% late" in by["down", "db"].why
    assert by["down", "pay"].broke == ("orders ended with 1:",)
    text = done.folder.file("report.md").read_text()
    assert "Invariants broke under latency: +300 ms on pay (no-lost-orders)" in text


def test_a_target_that_is_sick_in_calm_says_nothing_under_faults(tmp_path: Path) -> None:
    """Whatever its cells say."""
    done = Runs({("down", "db"): Verdict.FAIL}, calm=Verdict.FAIL).cross(tmp_path)
    assert {one.verdict for one in done.document.cells} == {Verdict.UNKNOWN}
    assert "without a fault it did not hold either" in done.document.cells[0].why


@pytest.mark.parametrize(
    ("error", "status"), [(Interrupted("Ctrl-C"), "interrupted"), (EnvironmentFailed("no disk"), "incomplete")]
)
def test_an_interrupted_matrix_goes_on_where_it_was(tmp_path: Path, error: Exception, status: str) -> None:
    """Cells that have a verdict are not run again; those left are, with calm runs of their own."""
    first = Runs({("latency", "cache"): error})
    with pytest.raises(type(error)):
        first.cross(tmp_path)
    (folder,) = (RunFolder(path) for path in (tmp_path / "matrices").iterdir())
    saved = json.loads(folder.file("matrix.json").read_text())
    assert (saved["status"], saved["title"]) == (status, "t: 2 of 6 cells held; 4 not run")
    again = Runs()
    done = again.cross(tmp_path, resume=folder)
    assert again.ran == ["s-calm", "s-latency-cache", "s-down-db", "s-calm", "s-down-pay", "s-down-cache"]
    assert (done.folder, done.document.title) == (folder, "t: 6 of 6 cells held")
    assert done.document.duration_s == 110.0  # 50 s until it was interrupted, 60 s since


def test_another_matrix_is_not_resumed(tmp_path: Path) -> None:
    """Other cells, or other seconds: their cells could not stand side by side."""
    done = Runs().cross(tmp_path)
    for plan in (
        MatrixPlan(strengths=STRENGTHS[:1], calm=3, fault=2, after=4),
        MatrixPlan(strengths=STRENGTHS, fault=9),
    ):
        with pytest.raises(BadInput, match="is another matrix"):
            Runs().cross(tmp_path, scenario(matrix=plan), resume=done.folder)


def test_a_cell_is_a_short_run_of_its_scenario() -> None:
    """At the highest rate; its fault after the calm; what is expected of named stages is left out, and so is a stop condition."""
    one = run_of(scenario(), Cell("db", STRENGTHS[1]))
    assert one.load is not None
    assert one.load.profile.peak_rate == 40
    assert one.timeline.duration == 10
    (span,) = one.timeline.faults
    assert (span.start, span.end) == (4.0, 6.0)
    assert [each.text for each in one.expect] == [
        "errors <= 1% during steady",
        "errors <= 5% during fault",
        "recovery from fault <= 2s",
    ]
    assert [each.text for each in calm_of(scenario()).expect] == ["errors <= 1% during steady"]
    assert calm_of(scenario()).faults == ()


def test_without_strengths_every_kind_is_tried() -> None:
    """One of each kind that has no name of its own, on all edges that may be hurt and can bear it; the rest is told with its reason."""
    assert {kind for kind, _ in STANDARD} == set(kinds()) - _NOT_STANDARD
    plan = scenario(matrix=MatrixPlan())
    chosen = cells_of(plan)
    assert len(chosen.cells) + len(chosen.left_out) == 3 * len(STANDARD)
    assert {cell.disturbance.kind for cell in chosen.cells} == set(TOXICS) - _NOT_STANDARD  # on edges that speak TCP
    limited = Target(name="t", url="http://127.0.0.1", edges=plan.target.edges, limits=Limits(edges=("pay",)))
    assert {one.edge for one in cells_of(scenario(target=limited)).cells} == {"pay"}


_NOT_STANDARD = {"toxic", "command"}  # by name, so nobody knows which


@pytest.mark.parametrize(
    ("kind", "edge", "owned", "envoy", "told"),
    [
        ("down", Edge(name="e", proxy="e"), False, True, ""),
        ("down", Edge(name="e"), False, True, "no Toxiproxy"),
        ("kill", Edge(name="e", proxy="e"), False, True, "not ours"),
        ("kill", Edge(name="e", proxy="e"), True, True, ""),
        ("pause", Edge(name="e", container="c"), False, True, ""),
        ("http_status", Edge(name="e", proxy="e", protocol="redis"), True, True, "speaks redis"),
        ("http_status", Edge(name="e", proxy="e", protocol="http"), False, True, ""),
        ("http_status", Edge(name="e", proxy="e", protocol="http"), False, False, "http-faults"),
        ("grpc_status", Edge(name="e", proxy="e", protocol="http"), False, True, "not gRPC"),
        ("grpc_status", Edge(name="e", proxy="e", protocol="grpc"), False, True, ""),
    ],
)
def test_an_edge_bears_what_it_can(kind: str, edge: Edge, owned: bool, envoy: bool, told: str) -> None:
    """Toxics need a Toxiproxy, process faults something of ours or a container, HTTP faults an edge that speaks it and Envoy."""
    why = unfit(kind, edge, owned=owned, envoy=envoy)
    assert told in why
    assert bool(why) == bool(told)


def test_nothing_that_can_be_run_is_bad_input() -> None:
    """With the reason of the first."""
    with pytest.raises(BadInput, match="not ours"):
        cells_of(scenario(matrix=MatrixPlan(strengths=(parse("kill", {}),))))


def test_a_cell_without_a_probe_says_so(tmp_path: Path) -> None:
    """It held, as far as anybody saw: the title counts it, and the cell says why nobody knows."""
    matrix = Runs({("down", "db"): "blind"}).cross(tmp_path).document
    assert matrix.title == "t: 6 of 6 cells held, 1 of them unverified"
    (blind,) = [one for one in matrix.cells if one.in_force is None]
    assert blind.why == "saw nothing"


@pytest.mark.parametrize(
    ("edges", "chosen", "told"),
    [(["dbb"], [], "no edge `dbb`"), ([], ["dow"], "no fault of kind `dow`")],
)
def test_a_mistyped_choice_is_told(edges: list[str], chosen: list[str], told: str) -> None:
    """With the nearest."""
    with pytest.raises(BadInput, match=told):
        cells_of(scenario(), edges, chosen)


def test_a_choice_narrows_the_matrix_and_its_time() -> None:
    """One edge and one kind are one cell and its calm run."""
    assert len(cells_of(scenario(), ["db"], ["down"]).cells) == 1
    assert expected_seconds(scenario(), 1) == 2 * 15.0
    assert expected_seconds(scenario(), 5, each=10) == 80.0


def test_what_cannot_be_a_matrix_is_refused() -> None:
    """Without load nobody would feel a fault, without an edge there is none."""
    with pytest.raises(BadInput, match="no load"):
        cells_of(scenario(load=None))
    with pytest.raises(BadInput, match="no edge"):
        cells_of(scenario(target=Target(name="t", url="http://127.0.0.1")))
