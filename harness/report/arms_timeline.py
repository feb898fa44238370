"""The pictures over time of a comparison: both arms' latency, requests and errors, what happened in their runs, and what was sampled beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from harness.report import arms
from harness.report.scene import ARMS_NARROW, ARMS_WIDE, Scene
from harness.report.timeline import MOST_PROBES, Picture
from harness.report.words import number, seconds
from harness.results import ArmRuns, Comparison, OverTime, ProbeSummary, RunMark

MOST_MARKS = 40
"""So many are drawn and listed; the page says how many more there are."""


def arms_timeline(found: Comparison) -> tuple[Picture, ...]:
    """Top to bottom; all share the axis of time."""
    both = found.overall
    base = both.base.over_time if both and both.base else None
    candidate = both.candidate.over_time if both and both.candidate else None
    if base is None or candidate is None or not base.p95 or not candidate.p95:
        why = "There is nothing to draw over time: an arm has no run that counts."
        return (Picture(title="p95 of all operations", empty=why),)
    end_s = max(len(one.p95) * one.step_s for one in (base, candidate))
    drawn_marks = tuple(mark for _, mark in marks_of(found)[:MOST_MARKS])
    scene = Scene(end_s=end_s, stages=found.stages, faults=found.faults, marks=drawn_marks)
    return (
        *_latency(base, candidate, scene, _rows(found, end_s)),
        *_counts(base, candidate, scene),
        *_probes(found, scene),
    )


def marks_of(found: Comparison) -> list[tuple[str, RunMark]]:
    """The notes of both arms, each with its arm, in order of time."""
    told = [(arm, mark) for arm, runs in _runs(found).items() for mark in runs.marks]
    return sorted(told, key=lambda one: one[1].at_s)


def saw_findings(found: Comparison) -> bool:
    """Whether any finding has its moment on the axis."""
    return any(one.at_s for runs in _runs(found).values() for one in runs.first_seen)


def _runs(found: Comparison) -> Mapping[str, ArmRuns]:
    """None for a comparison of before they were kept."""
    named = (("base", found.base.runs), ("candidate", found.candidate.runs))
    return {arm: runs for arm, runs in named if runs is not None}


def _rows(found: Comparison, end_s: float) -> list[Scene]:
    """What happened in the runs of the base, and in those of the candidate."""
    return [
        Scene(
            end_s=end_s,
            findings=[(one.level, at) for one in runs.first_seen for at in one.at_s],
            marks=runs.marks[:MOST_MARKS],
        )
        for runs in _runs(found).values()
    ]


def _latency(base: OverTime, candidate: OverTime, scene: Scene, rows: Sequence[Scene]) -> Iterator[Picture]:
    for name in ("p95", "p50"):
        lines = {"base": _over(base, name), "candidate": _over(candidate, name)}
        happened = rows if name == "p95" else ()
        drawn = tuple(arms.over_time(lines, scene, size, name, happened) for size in (ARMS_WIDE, ARMS_NARROW))
        caption = "all runs of an arm together, logarithmic"
        yield Picture(title=f"{name} of all operations", caption=caption, drawn=drawn)


def _counts(base: OverTime, candidate: OverTime, scene: Scene) -> Iterator[Picture]:
    both_arms = {"base": base, "candidate": candidate}
    for title, level, unit in (("Requests per second", _per_second, "/s"), ("Requests that failed", _failing, " %")):
        levels = {name: level(one) for name, one in both_arms.items()}
        drawn = tuple(arms.level_over_time(levels, scene, size, title, unit) for size in (ARMS_WIDE, ARMS_NARROW))
        yield Picture(title=title, caption="of a run, on the average of an arm's", drawn=drawn)


def probe_names(found: Comparison) -> list[str]:
    """Of both arms, in the order in which they first came; the first are drawn."""
    return list(dict.fromkeys(one.name for runs in _runs(found).values() for one in runs.probes))


def _probes(found: Comparison, scene: Scene) -> Iterator[Picture]:
    for name in probe_names(found)[:MOST_PROBES]:
        sides = {
            arm: one
            for arm, runs in _runs(found).items()
            if (one := next((p for p in runs.probes if p.name == name), None))
        }
        any_ = next(iter(sides.values()))
        if all(one.mean is None for one in sides.values()):
            error = next((one.error for one in sides.values() if one.error), "")
            why = f"None of {sum(one.samples for one in sides.values())} samples had a value{': ' + error if error else '.'}"
            yield Picture(title=name, empty=why)
            continue
        yield Picture(
            title=name,
            caption=f"{any_.kind + ' probe, ' if any_.kind else ''}every {seconds(any_.every_s)}, the mean of an arm's runs; "
            + "; ".join(f"{arm} {_told(one)}" for arm, one in sides.items()),
            drawn=tuple(
                arms.probe_over_time({arm: one.points for arm, one in sides.items()}, scene, size, name)
                for size in (ARMS_WIDE, ARMS_NARROW)
            ),
        )


def _told(one: ProbeSummary) -> str:
    failed = f", {one.failed} of {one.samples} samples failed" if one.failed else ""
    if one.mean is None:
        return f"had no value{failed}"
    return f"{number(one.low)} to {number(one.high)}, mean {number(one.mean)}{failed}"


def _per_second(one: OverTime) -> list[tuple[float, float]]:
    return [(place * one.step_s, n / one.step_s) for place, n in enumerate(one.requests)]


def _failing(one: OverTime) -> list[tuple[float, float]]:
    pairs = zip(one.requests, one.errors, strict=False)
    return [(place * one.step_s, 100 * bad / n if n else 0.0) for place, (n, bad) in enumerate(pairs)]


def _over(one: OverTime, quantile: str) -> list[tuple[float, float]]:
    values = getattr(one, quantile)
    return [(place * one.step_s, inf if value is None else float(value)) for place, value in enumerate(values)]
