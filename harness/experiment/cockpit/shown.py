"""What a scenario, a load process and a summary are on the board. Pure, but for the windows of a folder."""

from __future__ import annotations

from harness.experiment.cockpit.figures import AGGREGATED, final_figures
from harness.load import Health
from harness.model import Histogram, Scenario
from harness.results import RunFolder, RunReader, Stage, Summary
from harness.ui.state import Figures, WorkerState

__all__ = ["final_of", "stages_of", "worker_of"]


def stages_of(scenario: Scenario) -> tuple[Stage, ...]:
    """The stages of the load, for the charts."""
    profile = scenario.load.profile if scenario.load else None
    if profile is None:
        return ()
    return tuple(
        Stage(name=span.name, from_s=span.start, to_s=span.end, plan=stage.describe(), warm_up=span.warm_up)
        for stage, span in zip(profile.stages, profile.spans, strict=True)
    )


def worker_of(number: int, health: Health, where: str) -> WorkerState:
    """One load process, by the last it said of its health."""
    return WorkerState(
        number=number + 1,
        state="running",
        where=where,
        users=health.users,
        open=health.open,
        queued=health.queued,
        dropped=health.dropped,
        cpu=round(health.cpu, 4),
        late_share=round(health.late / health.due, 5) if health.due else 0.0,
    )


def final_of(summary: Summary, folder: RunFolder) -> Figures:
    """What a summary says; what it leaves out comes from the windows of its folder."""
    series = RunReader.open(folder).windows()
    whole = [(0, round(summary.duration_s * 1e9))]
    for stage in summary.stages:
        if stage.warm_up:
            cut = (round(stage.from_s * 1e9), round(stage.to_s * 1e9))
            whole = [part for a, b in whole for part in ((a, min(b, cut[0])), (max(a, cut[1]), b)) if part[1] > part[0]]
    mine = series.during(whole)
    parts = {one.name: mine.only(one.name) for one in summary.operations}
    merged: dict[str, tuple[Histogram, int, int]] = {
        name: (part.histogram(), int(part.bytes.sum()), part.total) for name, part in parts.items()
    }
    merged[AGGREGATED] = (mine.histogram(), int(mine.bytes.sum()), mine.total)
    return final_figures(summary.run, summary.overall, summary.operations, merged, summary.errors)
