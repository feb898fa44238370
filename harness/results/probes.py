"""From samples and marks to their parts of a Summary: as many points as a picture can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

from harness.model.probe import Probe, Sample
from harness.results.marks import Mark
from harness.results.summary import MarkSummary, ProbePoint, ProbeSummary

MOST_POINTS = 300


def probes_of(samples: Iterable[Sample], probes: Mapping[str, Probe] | None = None) -> tuple[ProbeSummary, ...]:
    """One per probe, those without any sample included, by first appearance."""
    known = probes or {}
    by: dict[str, list[Sample]] = {name: [] for name in known}
    for sample in samples:
        by.setdefault(sample.probe, []).append(sample)
    return tuple(_probe_of(name, some, known.get(name)) for name, some in by.items())


def _probe_of(name: str, samples: Sequence[Sample], probe: Probe | None) -> ProbeSummary:
    values = [one.value for one in samples if one.value is not None and isfinite(one.value)]
    failed = [one for one in samples if one.value is None]
    return ProbeSummary(
        name=name,
        kind=probe.kind if probe else "",
        ask=probe.ask if probe else "",
        every_s=probe.every if probe else 1.0,
        samples=len(samples),
        failed=len(failed),
        error=failed[-1].error if failed else "",
        low=min(values, default=None),
        high=max(values, default=None),
        mean=sum(values) / len(values) if values else None,
        last=values[-1] if values else None,
        points=points_of(samples),
    )


def points_of(samples: Sequence[Sample], most: int = MOST_POINTS) -> tuple[ProbePoint, ...]:
    """The samples in order of time; where there are more than `most`, those of equal stretches together."""
    if len(samples) <= most:
        return tuple(_point(one.at, [one]) for one in samples)
    start, end = samples[0].at, samples[-1].at
    width = max((end - start) / most * (1 + 1e-9), 1e-9)
    by: dict[int, list[Sample]] = {}
    for one in samples:
        by.setdefault(min(most - 1, int((one.at - start) / width)), []).append(one)
    return tuple(_point(start + number * width, by[number]) for number in sorted(by))


def _point(at: float, samples: Sequence[Sample]) -> ProbePoint:
    values = [one.value for one in samples if one.value is not None and isfinite(one.value)]
    if not values:
        return ProbePoint(t_s=round(at, 3))
    return ProbePoint(t_s=round(at, 3), value=sum(values) / len(values), low=min(values), high=max(values))


def marks_of(marks: Iterable[Mark]) -> tuple[MarkSummary, ...]:
    """Notes for the timeline."""
    return tuple(MarkSummary(at_s=round(mark.t_ns / 1e9, 3), text=mark.text, by=mark.by) for mark in marks)
