"""From what each run showed to differences per pair, one row a metric: which are enough to be judged, and which way is worse. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf, isfinite, log
from typing import Literal

ENOUGH_BEYOND = 100  # requests of each run that must lie beyond a quantile
LEAST_SECONDS = 5e-7  # half the resolution: a quantile of 0 µs is shorter than that
RARE_SHARES = (0.999,)  # quantiles that have twice the margin
RATE_MARGIN = 0.01
ERROR_MARGIN = 0.001  # of all requests, absolute
FEWEST_REQUESTS = 100  # of each run, for rates of errors and throughput
LOPSIDED = 2  # times the requests of its partner, from which a run that has enough beside one that has not is no chance

How = Literal["ratio", "difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One operation in one run. `quantiles` by share, seconds, infinite where the arrival was never answered. `seconds` is the stretch.

    `scheduled`: a plan said how many requests there are (the open model); else the answers themselves decide that.
    """

    requests: int
    ok: int
    errors: int
    seconds: float
    quantiles: Mapping[float, float] = field(default_factory=dict)
    scheduled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One metric over the pairs that count. `log_ratios` are oriented: positive is worse; for errors they are ratios of odds.

    `differences` are of shares, for errors only. `base` and `candidate` are what each run showed. `short` says why it cannot be judged;
    `absent` that one arm never showed the operation at all, which is no mere lack of samples. `of_due`: throughput is a share of what was
    due, not a number per second. `note` is what a reader has to know of what is judged.
    """

    operation: str
    metric: str
    kin: str
    how: How = "ratio"
    worse: Literal["up", "down"] = "up"
    margin: float
    log_ratios: tuple[float, ...] = ()
    differences: tuple[float, ...] = ()
    base: tuple[float, ...] = ()
    candidate: tuple[float, ...] = ()
    requests: int = 0
    short: str = ""
    absent: bool = False
    of_due: bool = False
    note: str = ""


Pair = tuple[Mapping[str, Observed], Mapping[str, Observed]]
"""Base and candidate, each by operation."""


def name_of(share: float) -> str:
    """0.95 is p95, 0.999 is p99.9."""
    return f"p{share * 100:.10g}"


def margin_of(metric: str, margin: float) -> float:
    """Of a quantile: twice `margin` where it is rare, for its own scatter is as much wider."""
    return margin * 2 if metric in map(name_of, RARE_SHARES) else margin


def samples_of(pairs: Sequence[Pair], shares: Sequence[float], margin: float) -> tuple[Sample, ...]:
    """Every metric of every operation that any run saw, by name. `margin` is a share, and for quantiles; the others have their own."""
    names = sorted({name for base, candidate in pairs for name in (*base, *candidate)})
    return tuple(sample for name in names for sample in _of_operation(name, pairs, shares, margin))


def _of_operation(name: str, pairs: Sequence[Pair], shares: Sequence[float], margin: float) -> list[Sample]:
    both = [(base.get(name), candidate.get(name)) for base, candidate in pairs]
    lacking = sum(1 for a, _ in both if a is None), sum(1 for _, b in both if b is None)
    whole = [(a or _nothing(b), b or _nothing(a)) for a, b in both]
    lopsided = any(_is_lopsided(a, b) for a, b in whole)
    seen = f"not seen in {lacking[0]} base and {lacking[1]} candidate runs of {len(both)}" if any(lacking) else ""
    fewest = min((one.requests for pair in whole for one in pair), default=0)
    quantiles = [
        _unseen(name, share, margin, seen, absent=len(both) in lacking)
        if seen
        else _quantile(name, whole, share, margin, fewest)
        for share in shares
    ]
    if seen and (len(both) in lacking or not lopsided):
        return quantiles
    return [
        *quantiles,
        _throughput(name, whole, fewest, lopsided=lopsided),
        _errors(name, whole, fewest, lopsided=lopsided),
    ]


def _unseen(name: str, share: float, margin: float, why: str, *, absent: bool) -> Sample:
    metric = name_of(share)
    return Sample(operation=name, metric=metric, kin=metric, margin=margin, short=why, absent=absent)


def _nothing(other: Observed | None) -> Observed:
    """A run in which nobody asked for the operation, beside its partner in which somebody did."""
    if other is None:
        return Observed(requests=0, ok=0, errors=0, seconds=0.0)
    return Observed(requests=0, ok=0, errors=0, seconds=other.seconds, scheduled=other.scheduled)


def _is_lopsided(a: Observed, b: Observed) -> bool:
    """One has enough requests and the other has not, by far: a change in itself, which must not pass for a lack of samples."""
    few, many = sorted((a.requests, b.requests))
    return few < FEWEST_REQUESTS <= many and many >= LOPSIDED * few


def _quantile(
    name: str, pairs: Sequence[tuple[Observed, Observed]], share: float, margin: float, fewest: int
) -> Sample:
    metric = name_of(share)
    needed = round(ENOUGH_BEYOND / (1 - share))
    base, candidate = (tuple(_time(one[arm], share) for one in pairs) for arm in (0, 1))
    return Sample(
        operation=name,
        metric=metric,
        kin=metric,
        margin=margin_of(metric, margin),
        log_ratios=tuple(log(b / a) for a, b in zip(base, candidate, strict=True)),
        base=base,
        candidate=candidate,
        requests=fewest,
        short="" if fewest >= needed else f"{fewest:,} requests in a run, and {metric} needs {needed:,}",
    )


def _time(one: Observed, share: float) -> float:
    """An arrival that was never answered took at least as long as the run: that much is known."""
    value = one.quantiles.get(share, inf)
    return max(LEAST_SECONDS, value if isfinite(value) else max(one.seconds, 1.0))


def _throughput(name: str, pairs: Sequence[tuple[Observed, Observed]], fewest: int, *, lopsided: bool) -> Sample:
    """Where arrivals are planned, a rate says how many were drawn, and how often a client had to ask again: judged is which share was served.

    Of an operation that one arm hardly asked for any more, the rate itself: no plan had said so.
    """
    of_due = not lopsided and all(one.scheduled for pair in pairs for one in pair)
    base, candidate = (tuple(_served(one[arm], of_due=of_due) for one in pairs) for arm in (0, 1))
    return Sample(
        operation=name,
        metric="throughput",
        of_due=of_due,
        kin="throughput",
        worse="down",
        margin=RATE_MARGIN,
        log_ratios=tuple(log(a / b) for a, b in zip(base, candidate, strict=True)),
        base=base,
        candidate=candidate,
        requests=fewest,
        short="" if lopsided else _too_few(fewest),
        note=_hardly(pairs) if lopsided else "",
    )


def _served(one: Observed, *, of_due: bool) -> float:
    return max(one.ok, 0.5) / max(one.requests if of_due else one.seconds, 1e-9)


def _errors(name: str, pairs: Sequence[tuple[Observed, Observed]], fewest: int, *, lopsided: bool) -> Sample:
    base, candidate = (tuple(one[arm].errors / max(1, one[arm].requests) for one in pairs) for arm in (0, 1))
    return Sample(
        operation=name,
        metric="errors",
        kin="errors",
        how="difference",
        margin=ERROR_MARGIN,
        log_ratios=tuple(_logit(b) - _logit(a) for a, b in pairs),
        differences=tuple(b - a for a, b in zip(base, candidate, strict=True)),
        base=base,
        candidate=candidate,
        requests=sum(min(a.requests, b.requests) for a, b in pairs),
        short="" if lopsided else _too_few(fewest),
        note=_hardly(pairs) if lopsided else "",
    )


def _hardly(pairs: Sequence[tuple[Observed, Observed]]) -> str:
    base, candidate = (min(pair[arm].requests for pair in pairs) for arm in (0, 1))
    return f"as few as {base:,} requests in a run of the base, and {candidate:,} in one of the candidate"


def _too_few(fewest: int) -> str:
    return "" if fewest >= FEWEST_REQUESTS else f"{fewest:,} requests in a run, and {FEWEST_REQUESTS} are needed"


def _logit(one: Observed) -> float:
    """Logarithm of the odds of an error, with half a request added to either side (Haldane 1956; Anscombe 1956)."""
    return log((one.errors + 0.5) / (one.requests - one.errors + 0.5))


def typical(values: Sequence[float]) -> float | None:
    """The geometric mean; the arithmetic one where some are 0; None of nothing."""
    if not values:
        return None
    if min(values) <= 0:
        return sum(values) / len(values)
    return exp(sum(log(one) for one in values) / len(values))
