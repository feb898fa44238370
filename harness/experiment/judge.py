"""Expectations held against what was measured: each ends in pass, fail or unknown, with the value and the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil, inf, isinf

from harness.compare import quantile_interval
from harness.errors import BadInput
from harness.experiment.judge_probes import judge_alert, judge_probe
from harness.experiment.measured import Counts, Measured, Stretch
from harness.experiment.sampled import Sampled
from harness.experiment.scopes import Scopes
from harness.model import (
    WIDTH_NS,
    Check,
    Expectation,
    FaultRecord,
    Finding,
    Histogram,
    Level,
    Operations,
    Verdict,
    Window,
)
from harness.model.quantity import show_duration

RESOLUTION_S = WIDTH_NS / 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything an expectation may ask about. `coverage` maps a kind (`operations`, `statuses`) to a share.

    `cut` says that somebody ended the run before its time: what was open then is no failure of the target's.
    """

    measured: Measured
    scopes: Scopes
    operations: Operations
    faults: Sequence[FaultRecord] = ()
    findings: Sequence[Finding] = ()
    coverage: Mapping[str, float] | None = None
    sampled: Sampled = field(default_factory=Sampled)
    cut: bool = False


def judge(expectation: Expectation, facts: Facts) -> Check:
    """Decide one expectation. Never raises for lack of data: that is `unknown`, with the reason."""
    kind = expectation.metric.kind
    if kind in ("recovery", "detection"):
        return _fault_time(expectation, facts)
    if kind == "coverage":
        return _coverage(expectation, facts)
    if kind == "findings":
        return _findings(expectation, facts)
    if kind == "probe":
        stretches = facts.scopes.stretches(expectation.scope)
        windows = None if expectation.over is None else _sliding(stretches, expectation.over)
        return judge_probe(expectation, facts.sampled, stretches, windows, facts.scopes.healing_of(expectation.scope))
    if kind == "alert":
        record = next((f for f in facts.faults if f.name == expectation.metric.subject), None)
        return judge_alert(expectation, facts.sampled, record, facts.scopes.end)
    return _measured(expectation, facts)


def _measured(expectation: Expectation, facts: Facts) -> Check:
    stretches = facts.scopes.stretches(expectation.scope)
    if not stretches:
        return _said(
            expectation, Verdict.UNKNOWN, f"the run had no stretch `{expectation.scope or 'outside its warm-up'}`"
        )
    try:
        names = resolve(expectation, facts)
    except BadInput as error:
        return _said(expectation, Verdict.UNKNOWN, f"{error.what} {error.todo}")
    look: Callable[[list[Stretch]], Check] = lambda some: _over_stretches(expectation, facts, names, some)  # noqa: E731
    if expectation.over is None:
        return look(stretches)
    slid = list(_sliding(facts.scopes.sending(stretches), _whole_windows(expectation.over)))
    if not slid:
        return _said(expectation, Verdict.UNKNOWN, f"no stretch was as long as {show_duration(expectation.over)}")
    order = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)
    checks = [look([window]) for window in slid]
    worst = min(checks, key=lambda c: (order.index(c.verdict), -_badness(expectation, c.value)))
    where = slid[checks.index(worst)]
    return _said(
        expectation,
        worst.verdict,
        f"{worst.why} (worst window: from {where[0]:.2f} s to {where[1]:.2f} s)",
        worst.value,
    )


def resolve(expectation: Expectation, facts: Facts) -> tuple[str, ...] | None:
    """The operations that the metric is about; None means all. Raises BadInput for a name that matches nothing."""
    subject = expectation.metric.subject
    return facts.operations.resolve(subject, facts.measured.operations) if subject else None


def _over_stretches(
    expectation: Expectation, facts: Facts, names: tuple[str, ...] | None, stretches: list[Stretch]
) -> Check:
    kind, counted = expectation.metric.kind, facts.scopes.counted(stretches)
    if kind == "rate":
        return _rate(expectation, facts, names, facts.scopes.sending(stretches))
    windows = facts.measured.windows(names, counted)
    counts = Counts.of(windows)
    if not counts.total:
        return _said(expectation, Verdict.UNKNOWN, "nothing was sent there")
    if kind == "quantile":
        slices = partial(facts.measured.slices, names, counted)
        return _quantile(expectation, slices, counts.of_classes(("unanswered",)))
    if kind == "max":
        return _longest(expectation, windows, counts)
    classes = ("dropped",) if kind == "dropped" else expectation.metric.classes
    bad = counts.of_classes(classes)
    whole = counts.total if expectation.unit == "share" else 1
    said = _compared(expectation, bad / whole, f"{bad:,} of {counts.total:,} ({bad / counts.total:.2%})")
    open_still = counts.of_classes(("unanswered",)) if facts.cut and "unanswered" in (classes or ("unanswered",)) else 0
    if open_still and said.verdict is Verdict.FAIL and expectation.holds((bad - open_still) / whole):
        return replace(
            said, verdict=Verdict.UNKNOWN, why=f"{said.why}; {open_still:,} were open when the run was cut short"
        )
    return said


def _rate(expectation: Expectation, facts: Facts, names: tuple[str, ...] | None, stretches: list[Stretch]) -> Check:
    seconds = sum(end - start for start, end in stretches)
    if not seconds:
        return _said(expectation, Verdict.UNKNOWN, f"it had no whole window of {show_duration(RESOLUTION_S)}")
    answered = Counts.of(facts.measured.windows(names, stretches)).answered
    rate = answered / seconds
    return _compared(expectation, rate, f"{answered:,} answered in {seconds:.1f} s: {rate:.1f}/s")


def _longest(expectation: Expectation, windows: Sequence[Window], counts: Counts) -> Check:
    """What was open at the end took at least the time that it waited, and perhaps for ever."""
    longest = max((w.latency.max or 0.0 for w in windows), default=0.0)
    shown = f"the longest of {counts.total:,} took {_time(longest)}"
    still_open = counts.of_classes(("unanswered",))
    if still_open and expectation.holds(longest) != expectation.holds(inf):
        why = f"{shown}, and {still_open:,} were still open when the run ended"
        return _said(expectation, Verdict.UNKNOWN, why, longest)
    return _compared(expectation, longest, shown)


def _quantile(expectation: Expectation, slices: Callable[..., list[Histogram]], still_open: int) -> Check:
    """`slices` as of `Measured`; those `still_open` at the end took at least the time that they waited, and perhaps for ever."""
    share = expectation.metric.share
    interval = quantile_interval(slices(), share)
    if interval is None:
        return _said(expectation, Verdict.UNKNOWN, "nothing was sent there")
    at_worst = (quantile_interval(slices(open_for_ever=True), share) if still_open else None) or interval
    shown = f"{_time(interval.value)} [{_time(interval.low)}, {_time(interval.high)}] from {interval.n:,} requests"
    held = {expectation.holds(one) for one in (interval.low, interval.high, at_worst.high)}
    if held == {True}:
        verdict, why = Verdict.PASS, shown
    elif held == {False}:
        verdict, why = Verdict.FAIL, shown
    elif expectation.holds(interval.low) == expectation.holds(interval.high):
        why = f"{shown}, and {still_open:,} that were still open when the run ended may have taken longer"
        verdict = Verdict.UNKNOWN
    else:
        hint = (
            "; too few requests to bound it: run longer, or ask for a lower quantile" if not interval.is_bounded else ""
        )
        verdict, why = Verdict.UNKNOWN, f"{shown}: the interval straddles the limit{hint}"
    return _said(expectation, verdict, why, interval.value)


def _fault_time(expectation: Expectation, facts: Facts) -> Check:
    record = next((f for f in facts.faults if f.name == expectation.metric.subject), None)
    if record is None or record.from_s is None:
        return _said(expectation, Verdict.UNKNOWN, f"fault `{expectation.metric.subject}` did not take place")
    if record.recovery_s is None:
        return _said(expectation, Verdict.UNKNOWN, "the steady state before the fault could not be learnt")
    if expectation.metric.kind == "detection":
        if record.detection_s is None:
            return _said(expectation, Verdict.UNKNOWN, "no two windows in a row left the steady state under it")
        return _within(expectation, record.detection_s, RESOLUTION_S)
    if record.recovery_censored:
        least = max(0.0, record.recovery_s - record.recovery_uncertainty_s)  # known to a window, as any time is
        fails = not expectation.holds(least)
        why = f"not back after {record.recovery_s:.2f} s, when watching it ended"
        return _said(expectation, Verdict.FAIL if fails else Verdict.UNKNOWN, why, record.recovery_s)
    return _within(expectation, record.recovery_s, record.recovery_uncertainty_s)


def _within(expectation: Expectation, seconds: float, uncertainty: float) -> Check:
    """Times from windows are known to one window, or less well: a limit inside that is not decided."""
    shown = f"{seconds:.2f} s ± {uncertainty:.2f}"
    low, high = expectation.holds(max(0.0, seconds - uncertainty)), expectation.holds(seconds)
    if low == high:
        return _said(expectation, Verdict.PASS if low else Verdict.FAIL, shown, seconds)
    return _said(expectation, Verdict.UNKNOWN, f"{shown}: the limit lies inside the uncertainty", seconds)


def _coverage(expectation: Expectation, facts: Facts) -> Check:
    kinds = facts.coverage or {}
    if expectation.metric.subject not in kinds:
        known = ", ".join(sorted(kinds)) or "nothing"
        return _said(
            expectation,
            Verdict.UNKNOWN,
            f"coverage of {expectation.metric.subject} was not measured; measured: {known}",
        )
    value = kinds[expectation.metric.subject]
    return _compared(expectation, value, f"{value:.1%}")


def _findings(expectation: Expectation, facts: Facts) -> Check:
    wanted = [f for f in facts.findings if f.level is not Level.NOTE and not f.accepted]
    if expectation.metric.subject:
        try:
            names = facts.operations.resolve(expectation.metric.subject, facts.measured.operations)
        except BadInput as error:
            return _said(expectation, Verdict.UNKNOWN, error.what)
        wanted = [f for f in wanted if f.operation in names]
    different = len({f.identity for f in wanted})  # what fuzzing and the oracle both saw is one
    return _compared(expectation, float(different), f"{different} findings, notes and what a baseline accepts left out")


def _whole_windows(seconds: float) -> float:
    """As many whole windows as it takes to look at so many seconds."""
    return ceil(seconds / RESOLUTION_S - 1e-9) * RESOLUTION_S


def _sliding(stretches: Sequence[Stretch], length: float) -> list[Stretch]:
    steps = []
    for start, end in stretches:
        n = int((end - start - length) / RESOLUTION_S + 1e-9)
        steps += (
            [(start + i * RESOLUTION_S, start + i * RESOLUTION_S + length) for i in range(n + 1)]
            if end - start >= length
            else []
        )
    return steps


def _badness(expectation: Expectation, value: float | None) -> float:
    if value is None:
        return -inf
    return value if expectation.cmp in ("<=", "<") else -value


def _compared(expectation: Expectation, value: float, why: str) -> Check:
    return _said(expectation, Verdict.PASS if expectation.holds(value) else Verdict.FAIL, why, value)


def _said(expectation: Expectation, verdict: Verdict, why: str, value: float | None = None) -> Check:
    return Check(
        name=expectation.text, verdict=verdict, why=why, value=value, limit=expectation.limit, unit=expectation.unit
    )


def _time(seconds: float) -> str:
    if isinf(seconds):
        return "∞"
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
