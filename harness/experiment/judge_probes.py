"""Expectations on probes and alerts. What was not sampled is never taken for well: a gap makes it unknown, unless it failed already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.experiment.measured import Stretch
from harness.experiment.sampled import Sampled
from harness.model import Check, Expectation, FaultRecord, Sample, Verdict
from harness.model.quantity import show_duration

GAP = 3.0  # times the interval of a probe, from which two neighbouring samples are too far apart to stand for what lies between


def judge_probe(
    expectation: Expectation,
    sampled: Sampled,
    stretches: Sequence[Stretch],
    windows: Sequence[Stretch] | None,
    healing: float | None = None,
) -> Check:
    """The worst sample of the stretches decides; with `windows`, the mean of each, and the worst of those.

    A sample that was under way when the fault of the scope began to be healed (`healing`) saw some of both: where it alone decides, nobody knows.
    """
    check = _decided(expectation, sampled, stretches, windows)
    if healing is None or check.verdict is Verdict.UNKNOWN:
        return check
    other = _decided(expectation, sampled.answered_by(healing), stretches, windows)
    if other.verdict is check.verdict:
        return check
    why = f"{check.why}, but one sample was under way when the fault was healed, and without it: {other.why}"
    return _said(expectation, Verdict.UNKNOWN, why, check.value)


def _decided(
    expectation: Expectation, sampled: Sampled, stretches: Sequence[Stretch], windows: Sequence[Stretch] | None
) -> Check:
    name = expectation.metric.subject
    if name not in sampled.probes:
        return _said(expectation, Verdict.UNKNOWN, f"probe `{name}` was not sampled in this run")
    if not stretches:
        return _said(expectation, Verdict.UNKNOWN, f"the run had no stretch `{expectation.scope or 'that counts'}`")
    if windows is None:
        return _worst_sample(expectation, sampled, stretches)
    if not windows:
        length = show_duration(expectation.over or 0.0)
        return _said(expectation, Verdict.UNKNOWN, f"no stretch was as long as {length}")
    order = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)
    return min((_mean(expectation, sampled, one) for one in windows), key=lambda check: order.index(check.verdict))


def _worst_sample(expectation: Expectation, sampled: Sampled, stretches: Sequence[Stretch]) -> Check:
    name = expectation.metric.subject
    found = [one for stretch in stretches for one in sampled.during(name, stretch)]
    values = [one for one in found if one.value is not None]
    if not values:
        return _said(expectation, Verdict.UNKNOWN, _silence(found, stretches))
    pick = max if expectation.cmp in ("<=", "<") else min
    worst = pick(values, key=lambda one: one.value or 0.0)
    assert worst.value is not None
    told = f"the worst of {len(values)} samples was {worst.value:g}, at {worst.at:.1f} s"
    if not expectation.holds(worst.value):
        return _said(expectation, Verdict.FAIL, told, worst.value)
    for stretch in stretches:
        if why := _gap(sampled, name, stretch):
            return _said(expectation, Verdict.UNKNOWN, f"{told}, but {why}", worst.value)
    return _said(expectation, Verdict.PASS, told, worst.value)


def _mean(expectation: Expectation, sampled: Sampled, window: Stretch) -> Check:
    name = expectation.metric.subject
    found = sampled.during(name, window)
    values = [one.value for one in found if one.value is not None]
    if not values:
        return _said(expectation, Verdict.UNKNOWN, _silence(found, [window]))
    mean = sum(values) / len(values)
    told = f"the mean of {len(values)} samples from {window[0]:.1f} s to {window[1]:.1f} s was {mean:g}"
    if why := _gap(sampled, name, window):
        return _said(expectation, Verdict.UNKNOWN, f"{told}, but {why}", mean)
    return _said(expectation, Verdict.PASS if expectation.holds(mean) else Verdict.FAIL, told, mean)


def judge_alert(expectation: Expectation, sampled: Sampled, record: FaultRecord | None, end: float) -> Check:
    """Whether the alert began to fire within the limit of the fault's start; `end` of the run, seconds since zero."""
    metric = expectation.metric
    if record is None or record.from_s is None:
        return _said(expectation, Verdict.UNKNOWN, f"fault `{metric.subject}` did not take place")
    probe = sampled.probes.get(metric.probe)
    if probe is None:
        return _said(expectation, Verdict.UNKNOWN, "nobody was asked for alerts in this run")
    start = record.from_s
    asked = [one for one in sampled.during(metric.probe, (0.0, start)) if one.value is not None]
    before = [one for one in asked if one.told_at <= start]  # one under way just then may have seen the fault
    if not before or start - before[-1].at > GAP * probe.every:
        return _said(expectation, Verdict.UNKNOWN, "whether it fired before the fault is not known")
    if before[-1].value:
        return _said(expectation, Verdict.UNKNOWN, "it fired before the fault already")
    first = next((one for one in sampled.during(metric.probe, (start, end + probe.every)) if one.value), None)
    until = first.at if first else end
    gap = _gap(sampled, metric.probe, (start, min(until, start + expectation.limit)))
    if first is None:
        return _never(expectation, gap, end - start)
    return _fired(expectation, first, start, gap, probe.every)


def _fired(expectation: Expectation, first: Sample, start: float, gap: str, every: float) -> Check:
    """The alert began between the sample before and this one: a limit inside that is not decided."""
    seconds = first.at - start
    told = f"fired {seconds:.1f} s after the fault began (known to {show_duration(every)})"
    if gap:
        verdict = Verdict.PASS if expectation.holds(seconds) else Verdict.UNKNOWN
        return _said(expectation, verdict, f"{told}; {gap}", seconds)
    early, late = expectation.holds(max(0.0, seconds - every)), expectation.holds(seconds)
    verdict = Verdict.UNKNOWN if early != late else Verdict.PASS if late else Verdict.FAIL
    return _said(expectation, verdict, told + ("" if early == late else ": the limit lies inside that"), seconds)


def _never(expectation: Expectation, gap: str, watched: float) -> Check:
    if gap:
        return _said(expectation, Verdict.UNKNOWN, f"it was not seen to fire, but {gap}")
    if expectation.holds(watched):
        return _said(expectation, Verdict.UNKNOWN, f"it had not fired after {watched:.1f} s, when the run ended")
    return _said(expectation, Verdict.FAIL, f"it did not fire within {show_duration(expectation.limit)}")


def _gap(sampled: Sampled, name: str, stretch: Stretch) -> str:
    """The longest time without a value where that is too long, in words; else nothing."""
    longest = GAP * sampled.probes[name].every
    start, end = stretch
    at = start
    for one in (*(one for one in sampled.during(name, stretch) if one.value is not None), None):
        until = end if one is None else one.at
        if until - at > longest:
            missing = next((s.error for s in sampled.during(name, (at, until)) if s.error), "it was not asked")
            return f"nothing was known from {at:.1f} s to {until:.1f} s: {missing}"
        at = until
    return ""


def _silence(found: Sequence[Sample], stretches: Sequence[Stretch]) -> str:
    if found:
        return f"none of {len(found)} samples had a value: {found[-1].error}"
    seconds = sum(end - start for start, end in stretches)
    return f"no sample was taken there, in {seconds:.1f} s"


def _said(expectation: Expectation, verdict: Verdict, why: str, value: float | None = None) -> Check:
    check = Check(name=expectation.text, verdict=verdict, why=why, value=value)
    return replace(check, limit=expectation.limit, unit=expectation.unit)
