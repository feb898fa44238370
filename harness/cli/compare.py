"""`harness compare` and `harness calibrate`: is the candidate worse than the base, and what could this machine see at all?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from json import loads as parse_json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, FailOn, FailOnOption, Json, Reports, exit_with
from harness.cli.terminal import err, note, out, say_json
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Scenario, Verdict
from harness.model.quantity import parse_duration, parse_share

if TYPE_CHECKING:
    from harness.experiment.arms import Side
    from harness.experiment.compare import Plan
    from harness.experiment.compared import Compared
    from harness.experiment.weigh import Weighing

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow"}
LARGEST_MARGIN = 5.0

Pairs = Annotated[int, typer.Option("--pairs", min=5, help="Pairs of runs before the first verdict.")]
Budget = Annotated[str, typer.Option("--budget", help="No pair is begun that would not be done within, such as 30m.")]
Margin = Annotated[str, typer.Option("--margin", help="The smallest change of latency that matters.")]
Quantiles = Annotated[
    list[str] | None, typer.Option("--quantile", help="Judge only these, such as p50 or p99.9; several times.")
]
Operations = Annotated[
    list[str] | None, typer.Option("--operation", help="Judge only these operations; several times.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Of the order of the arms, the arrivals and the data.")]


@app.command()
def compare(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO | BASE CANDIDATE", help="A scenario with --base and --candidate, or saved runs."
        ),
    ],
    base: Annotated[
        str, typer.Option("--base", help="A URL, a target's name, or reference:DEFECT,SETTING=VALUE.")
    ] = "",
    candidate: Annotated[str, typer.Option("--candidate", help="What is held against it; spelled the same way.")] = "",
    pairs: Pairs = 6,
    max_pairs: Annotated[int, typer.Option("--max-pairs", min=5, help="Pairs at most.")] = 12,
    budget: Budget = "",
    margin: Margin = "5%",
    quantile: Quantiles = None,
    operation: Operations = None,
    seed: Seed = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Try although the calibration says that the margin is out of reach.")
    ] = False,
    reports: Reports = DEFAULT_REPORTS,
    fail_on: FailOnOption = FailOn.UNKNOWN,
    json: Json = False,
) -> None:
    """Is the candidate worse than the base? Two versions run in pairs until it is decided, or saved runs (names, `last`, patterns with `*`)."""
    weighing = _weighing(margin, quantile, operation)
    if base or candidate:
        if len(what) != 1 or not base or not candidate:
            raise BadInput(
                "Two versions are compared by one scenario, with --base and --candidate.",
                "Write: harness compare SCENARIO --base A --candidate B",
            )
        plan = _plan(pairs, max_pairs, budget, weighing, seed)
        found = _live(what[0], (base, candidate), plan, reports, anyway=anyway)
    else:
        found = _saved(what, weighing, reports)
    if json:
        say_json(parse_json(found.folder.file("comparison.json").read_text()))
    else:
        _tell(found)
    exit_with(found.document.verdict, fail_on)


@app.command()
def calibrate(
    scenario: Annotated[str, typer.Argument(metavar="[SCENARIO]", help="A file, or a bundled scenario.")] = "demo",
    target: Annotated[
        str, typer.Option("--target", help="Another target than the scenario's; as --base of compare.")
    ] = "",
    pairs: Pairs = 6,
    budget: Budget = "",
    quantile: Quantiles = None,
    seed: Seed = None,
    reports: Reports = DEFAULT_REPORTS,
    json: Json = False,
) -> None:
    """The same version against itself, in pairs: the smallest change that this machine can show with this scenario. Kept for `compare`."""
    from harness.experiment.arms import own_side, side
    from harness.experiment.calibrate import keep, learnt
    from harness.experiment.scenario_files import load_scenario

    one = load_scenario(scenario, os.environ)
    arm = side(target, os.environ) if target else own_side(one)
    plan = _plan(pairs, pairs, budget, _weighing("5%", quantile, None), seed)
    found = _watched(one, arm, arm, plan, reports)
    calibration = learnt(found.document)
    path = keep(calibration, os.environ)
    if json:
        say_json(parse_json(calibration.model_dump_json()))
        return
    out.print(
        f"{calibration.scenario} on this machine, from {calibration.pairs} pairs: the smallest change that is shown"
    )
    out.print(f"{'':<44}{'6 pairs':>10}{'12 pairs':>10}", markup=False)
    for spread in sorted(calibration.spreads, key=lambda one: one.effect(6, 0.05)):
        figures = f"{spread.effect(6, 0.05):>10.1%}{spread.effect(12, 0.05):>10.1%}"
        out.print(f"  {spread.metric + ' of ' + spread.operation:<42}{figures}", markup=False)
    if found.document.verdict is not Verdict.UNKNOWN:
        out.print(f"Against itself it was judged: {found.document.judgement}.", markup=False)
    out.print(f"kept: {path}\nreport: {found.report}", markup=False)


def _live(scenario: str, spellings: tuple[str, str], plan: Plan, reports: Path, *, anyway: bool) -> Compared:
    from harness.experiment.arms import side
    from harness.experiment.calibrate import known, refuse_unreachable
    from harness.experiment.scenario_files import load_scenario

    one = load_scenario(scenario, os.environ)
    base, candidate = (side(spelling, os.environ) for spelling in spellings)
    if not anyway:
        refuse_unreachable(plan, one, known(one.name, os.environ))
    note(f"{one.name}: {base.spelling} against {candidate.spelling}, {plan.pairs} to {plan.max_pairs} pairs")
    return _watched(one, base, candidate, plan, reports)


def _watched(one: Scenario, base: Side, candidate: Side, plan: Plan, reports: Path) -> Compared:
    """Compare, with what is going on told on stderr."""
    from harness.experiment.compare import compare_sides

    watching = Watching(err)
    try:
        return compare_sides(
            one,
            base,
            candidate,
            plan,
            clock=time.monotonic,
            reports=reports,
            environ=os.environ,
            listener=watching,
        )
    finally:
        watching.close()


def _saved(what: list[str], weighing: Weighing, reports: Path) -> Compared:
    from harness.experiment.saved import compare_saved, find_runs

    if len(what) != 2:
        raise BadInput(
            f"Saved runs are compared two by two, and {len(what)} {'was' if len(what) == 1 else 'were'} named.",
            "Write: harness compare BASE CANDIDATE, or harness compare SCENARIO --base A --candidate B. Quote patterns with *.",
        )
    base, candidate = (find_runs(reports / "runs", one) for one in what)
    left, right = (runs[0].name if len(runs) == 1 else said for runs, said in zip((base, candidate), what, strict=True))
    return compare_saved(base, candidate, (left, right), weighing, reports=reports)


def _plan(pairs: int, max_pairs: int, budget: str, weighing: Weighing, seed: int | None) -> Plan:
    from harness.experiment.compare import Plan

    plan = Plan(
        pairs=pairs,
        max_pairs=max(pairs, max_pairs) if max_pairs == 12 else max_pairs,
        budget_s=_read(parse_duration, "--budget", budget) if budget else None,
        weighing=weighing,
        seed=seed or 0,
    )
    _ = plan.looks  # what cannot be meant is told before anything starts
    return plan


def _weighing(margin: str, quantiles: list[str] | None, operations: list[str] | None) -> Weighing:
    from harness.experiment.weigh import Weighing

    share = _read(parse_share, "--margin", margin)
    if share > LARGEST_MARGIN:
        raise BadInput(f"--margin {margin} is beyond all reason.", "Write a share such as 5%.")
    shares = tuple(sorted({_quantile(one) for one in quantiles or ()}))
    plain = Weighing(margin=share, operations=tuple(operations or ()))
    return Weighing(margin=share, operations=plain.operations, shares=shares or plain.shares)


def _quantile(text: str) -> float:
    try:
        share = round(float(text.removeprefix("p")) / 100, 6)
    except ValueError:
        share = 0.0
    if not text.startswith("p") or not 0 < share < 1:
        raise BadInput(f"--quantile {text} is none.", "Write p50, p95, p99 or p99.9.")
    return share


def _tell(found: Compared) -> None:
    document = found.document
    out.print()
    out.print(str(document.judgement).upper(), style=f"bold {COLOURS[document.verdict]}", end="  ")
    out.print(document.title, markup=False)
    for why in document.why:
        out.print(f"  {why}", markup=False)
    if document.not_tested:
        more = len(document.not_tested) - 1
        told = f"  not tested: {document.not_tested[0]}" + (f" And {more} more, in the report." if more else "")
        out.print(told, markup=False)
    out.print(f"report: {found.report}", markup=False)


def _read(parse: Callable[[str], float], flag: str, text: str) -> float:
    try:
        value = parse(text)
    except ValueError as error:
        raise BadInput(f"{flag}: {error}.") from error
    if value <= 0:
        raise BadInput(f"{flag} {text} must be above zero.")
    return value
