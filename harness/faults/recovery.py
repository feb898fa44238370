"""Steady state, detection and recovery from windows of 250 ms. Pure.

Steady state is learnt from the windows before the first fault: the range in which nearly all of them lay. Recovery is the time from
*healed* to the first of N consecutive windows back inside; detection is from *in force* to the first of two outside. Windows hold
requests by intended start, so both are known to one window's width, and less well where requests are rarer than windows, or where
another fault was in force when this one ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, inf

from harness.model import WIDTH_NS, Histogram, Window

__all__ = ["Recovery", "Slice", "Steady", "detection", "learn", "recovery", "slices"]

_WIDTH_S = WIDTH_NS / 1e9
_ENOUGH = 8  # calm windows, 2 s: fewer are no range
_TAIL = 0.99  # of calm windows lie within what they are judged by ...
_WIDER = 1.25  # ... times this, since the calm that was seen is but a sample,
_FLOOR_S = 0.002  # plus this, so that a service of 1 ms is not unsteady at 2
_RARE = 0.005  # a calm window has more errors than allowed this rarely
_LEAST_ERRORS = 0.002  # the share that is taken for calm even where no error was seen
_BUSY = 5.0  # mean requests per window, from which an empty one is a sign


@dataclass(frozen=True, slots=True)
class Slice:
    """All requests whose intended start lies in one window: `p95` of those that were ok, seconds; None without any."""

    start: float
    n: int
    errors: int
    p95: float | None


@dataclass(frozen=True, slots=True)
class Steady:
    """The range of calm: p95 of a window in seconds, share of errors over all calm windows, mean requests a window."""

    p95: float
    errors: float
    per_window: float

    def holds(self, one: Slice) -> bool | None:
        """Whether a window is inside; None where it has no request and need not have any."""
        if one.n == 0:
            return False if self.per_window >= _BUSY else None
        if one.errors > _allowed(one.n, max(self.errors, _LEAST_ERRORS)):
            return False
        return one.p95 is not None and one.p95 <= self.p95


@dataclass(frozen=True, slots=True)
class Recovery:
    """`seconds` is None while unknown, and the least it was where it is `censored`: not over when watching ended.

    Else it is the most it was, known to `uncertainty` s.
    """

    seconds: float | None
    censored: bool
    why: str = ""
    uncertainty: float = _WIDTH_S


def slices(
    windows: Iterable[Window], *, until_s: float, operations: Collection[str] | None = None
) -> tuple[Slice, ...]:
    """One a window from zero to `until_s`, empty ones included; the last only if it is whole. All operations pooled unless named."""
    by_start: dict[int, list[Window]] = defaultdict(list)
    for window in windows:
        if operations is None or window.operation in operations:
            by_start[window.start_ns].append(window)
    whole = int(until_s * 1e9 + 1) // WIDTH_NS
    return tuple(_slice(i * WIDTH_NS, by_start.get(i * WIDTH_NS, [])) for i in range(whole))


def _slice(start_ns: int, rows: Sequence[Window]) -> Slice:
    good = [row for row in rows if not row.outcome.is_error]
    return Slice(
        start=start_ns / 1e9,
        n=sum(row.n for row in rows),
        errors=sum(row.n for row in rows if row.outcome.is_error),
        p95=Histogram.merged(row.latency for row in good).quantile(0.95),
    )


def learn(series: Iterable[Slice], *, from_s: float, until_s: float) -> Steady | None:
    """Steady state from the windows that lie wholly in [from_s, until_s): after warm-up, before the first fault.

    None where there are too few to tell.
    """
    calm = [one for one in series if one.start >= from_s and one.start + _WIDTH_S <= until_s + 1e-9]
    times = sorted(one.p95 for one in calm if one.p95 is not None)
    n = sum(one.n for one in calm)
    if len(times) < _ENOUGH:
        return None
    typical = times[min(len(times), ceil(len(times) * _TAIL)) - 1]
    return Steady(p95=typical * _WIDER + _FLOOR_S, errors=sum(one.errors for one in calm) / n, per_window=n / len(calm))


def recovery(
    fault_end_s: float,
    series: Sequence[Slice],
    steady: Steady | None,
    *,
    others_end_s: float | None = None,
    until_s: float = inf,
    in_a_row: int = 4,
) -> Recovery:
    """How long after `fault_end_s` the first of `in_a_row` windows in the steady range began; 0 where it never left.

    `others_end_s` is when the last of the faults had ended that were in force then: what was unsteady until then may be theirs, so
    the time is known so much less well. `until_s` is the start of the next fault. Censored where that, or the end of the series,
    comes first: then it lasted at least from the last end to the last window that was not steady.
    """
    if steady is None:
        return Recovery(None, False, "no steady state: too few windows before the first fault")
    shared = max(fault_end_s, fault_end_s if others_end_s is None else others_end_s)
    run: list[Slice] = []
    outside, last = fault_end_s, fault_end_s  # the last window that was not steady: its start, its end
    for one in series:
        if one.start + _WIDTH_S <= fault_end_s or one.start + _WIDTH_S > until_s + 1e-9:
            continue
        inside = steady.holds(one)
        if inside is False:
            run, outside, last = [], max(outside, one.start), one.start + _WIDTH_S
        elif inside:
            run.append(one)
        if len(run) >= in_a_row:
            return _known(fault_end_s, shared, outside, back=run[0].start)
    ended = "the next fault began" if until_s < inf else "the run ended"
    return Recovery(max(0.0, last - shared), True, f"{ended} before {in_a_row} windows in a row were steady again")


def _known(end: float, shared: float, outside: float, *, back: float) -> Recovery:
    """From the end of one fault until the service was `back`; others were in force until `shared`."""
    seconds = max(0.0, back - end)
    theirs = min(seconds, shared - end)
    uncertainty = max(_WIDTH_S, round(back - outside, 3)) + round(theirs, 3)
    why = f"others were in force for {theirs:.2f} s of it" if theirs >= _WIDTH_S else ""
    return Recovery(seconds, False, why, uncertainty)


def detection(fault_start_s: float, fault_end_s: float, series: Sequence[Slice], steady: Steady | None) -> float | None:
    """Seconds from `fault_start_s` to the first of two windows outside the steady range; None where the fault did not show.

    Two, for one window in some hundreds is outside by chance; those without a request between them tell nothing.
    """
    if steady is None:
        return None
    first: Slice | None = None
    for one in series:
        if one.start + _WIDTH_S <= fault_start_s or one.start >= fault_end_s:
            continue
        inside = steady.holds(one)
        if inside is None:
            continue
        if not inside and first is not None:
            return max(0.0, first.start - fault_start_s)
        first = None if inside else one
    return None


def _allowed(n: int, share: float) -> int:
    """The most errors of `n` that calm explains: the least k with P(more than k) <= 0.5 % for a binomial of `share`."""
    if share >= 1:
        return n
    term = (1 - share) ** n
    total, k = term, 0
    while 1 - total > _RARE and k < n:
        term *= (n - k) / (k + 1) * share / (1 - share)
        k += 1
        total += term
    return k
