"""What happened when in the runs of one arm, on one axis of time: findings, marks and what was sampled beside the clients. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import fsum, isfinite

from harness.results import FindingSummary, FirstSeen, ProbePoint, ProbeSummary, RunMark, Summary

MOST_FINDINGS, MOST_MARKS, MOST_PROBES = 200, 100, 40
"""What is kept of each; of findings the worst, of marks and probes the first."""
POINTS = 120
"""Of a probe, as many as of a course over time."""
_LEVELS = ("error", "warning", "note")
_WIDTHS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)


def first_seen(summaries: Sequence[Summary]) -> tuple[FirstSeen, ...]:
    """Worst first; what no run saw at a moment of its load (a generated request before it, say) is left out."""
    found: dict[str, list[FindingSummary]] = {}
    for one in (one for summary in summaries for one in summary.findings if one.at_s is not None):
        found.setdefault(one.identity, []).append(one)
    told = [
        FirstSeen(identity=identity, level=some[0].level, at_s=tuple(sorted(one.at_s or 0.0 for one in some)))
        for identity, some in found.items()
    ]
    return tuple(sorted(told, key=lambda one: _LEVELS.index(one.level))[:MOST_FINDINGS])


def marks(summaries: Sequence[Summary]) -> tuple[RunMark, ...]:
    """Those of all runs, each with its run's name."""
    told = (RunMark(run=one.run, at_s=mark.at_s, text=mark.text, by=mark.by) for one in summaries for mark in one.marks)
    return tuple(sorted(told, key=lambda mark: mark.at_s)[:MOST_MARKS])


def probes(summaries: Sequence[Summary]) -> tuple[ProbeSummary, ...]:
    """One per probe, by first appearance."""
    found: dict[str, list[ProbeSummary]] = {}
    for one in (one for summary in summaries for one in summary.probes):
        found.setdefault(one.name, []).append(one)
    return tuple(_probe(some) for some in list(found.values())[:MOST_PROBES])


def _probe(some: Sequence[ProbeSummary]) -> ProbeSummary:
    """Runs with more samples weigh more in the mean."""
    known = [(one.mean, one.samples - one.failed) for one in some if one.mean is not None]
    weight = sum(n for _, n in known)
    return some[0].model_copy(
        update={
            "samples": sum(one.samples for one in some),
            "failed": sum(one.failed for one in some),
            "error": next((one.error for one in reversed(some) if one.error), ""),
            "low": min((one.low for one in some if one.low is not None), default=None),
            "high": max((one.high for one in some if one.high is not None), default=None),
            "mean": fsum(mean * n for mean, n in known) / weight if weight else None,
            "last": None,
            "points": tuple(_points([one.points for one in some], some[0].every_s)),
        }
    )


def _points(runs: Sequence[Sequence[ProbePoint]], every_s: float) -> Iterator[ProbePoint]:
    """A point per stretch that has a sample in any run: the mean of what its runs say, so that a run with more points weighs no more."""
    end = max((one.t_s for points in runs for one in points), default=0.0)
    wanted = max(every_s, (end + every_s) / POINTS)
    width = next((width for width in _WIDTHS if width >= wanted), wanted)
    by_run = [_by_stretch(points, width) for points in runs]
    for number in sorted({number for stretches in by_run for number in stretches}):
        here = [stretches[number] for stretches in by_run if number in stretches]
        means = [mean for some in here if (mean := _mean(one.value for one in some)) is not None]
        low = [one.low if one.low is not None else one.value for some in here for one in some]
        high = [one.high if one.high is not None else one.value for some in here for one in some]
        yield ProbePoint(
            t_s=round(number * width, 3),
            value=_mean(means),
            low=min(_known(low), default=None),
            high=max(_known(high), default=None),
        )


def _by_stretch(points: Iterable[ProbePoint], width: float) -> dict[int, list[ProbePoint]]:
    found: dict[int, list[ProbePoint]] = {}
    for one in points:
        found.setdefault(int(one.t_s // width), []).append(one)
    return found


def _mean(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return fsum(known) / len(known) if known else None


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None and isfinite(value)]
