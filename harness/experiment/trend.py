"""How the numbers of one scenario on one machine moved over saved runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import exp, isfinite, log

from harness.compare import change_points
from harness.compare.change_points import FEWEST
from harness.compare.samples import LEAST_SECONDS
from harness.errors import BadInput
from harness.experiment.saved import comparable
from harness.experiment.seen import count, see
from harness.model import Verdict
from harness.results import ALL, RunFolder, RunReader, Tally, Trend, TrendChange, TrendRun, TrendSeries

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
ENOUGH_BEYOND = 20  # requests beyond a quantile: a trend only has to draw, so it takes less than a comparison
LEAST = 0.05  # a change of less is not worth a line


def trend(folders: Sequence[RunFolder], least: float = LEAST) -> Trend:
    """Oldest first. Raises BadInput for runs of several scenarios or machines: a change between those is no change of the service."""
    if not folders:
        raise BadInput(
            "There are no runs to look at.", "Run a scenario first, or write another pattern: harness trend '*demo*'"
        )
    readers = [RunReader.open(folder) for folder in folders]
    for doubt in comparable([one.record for one in readers]):
        raise BadInput(f"No trend: {doubt}.", "Name runs of one scenario on one machine: harness trend '*-SCENARIO-*'")
    runs, counted = [], []
    for reader in readers:  # one at a time: the windows of all do not fit into memory
        seen = see(reader)
        runs.append(
            TrendRun(run=seen.name, started=seen.record.started, verdict=seen.summary.verdict, left_out=seen.spoilt)
        )
        if not seen.spoilt:
            counted.append(count(seen, 0.0))
    counting = [one.run for one in runs if not one.left_out]
    series = tuple(_series(counting, counted, least))
    worse = [(one, one.changes[-1]) for one in series if one.changes and one.changes[-1].worse]
    few = len(counting) < 2 * FEWEST
    verdict = Verdict.UNKNOWN if few else Verdict.FAIL if worse else Verdict.PASS
    name = readers[0].record.scenario_name
    return Trend(
        scenario=name,
        verdict=verdict,
        title=_title(name, verdict, len(worse), len(counting)),
        why=tuple(_why(worse, few, len(counting))),
        runs=tuple(runs),
        series=series,
        environment=readers[0].record.host,
    )


def _title(name: str, verdict: Verdict, worse: int, runs: int) -> str:
    match verdict:
        case Verdict.FAIL:
            return f"{worse} numbers of {name} changed for the worse, and stayed so"
        case Verdict.PASS:
            return f"Nothing of {name} is worse at the end of {runs} runs"
        case _:
            return f"{runs} runs of {name} are too few for a trend"


def _why(worse: Iterable[tuple[TrendSeries, TrendChange]], few: bool, runs: int) -> Iterator[str]:
    if few:
        yield f"{runs} runs count, and {2 * FEWEST} are the fewest in which a change can be seen"
    for one, change in sorted(worse, key=lambda pair: -abs(pair[1].change)):
        yield f"{one.metric} of {one.operation}: {change.change:+.1%} from {change.run} on"


def _series(runs: Sequence[str], counted: Sequence[dict[str, Tally]], least: float) -> Iterator[TrendSeries]:
    names = sorted({name for one in counted for name in one}, key=lambda name: (name != ALL, name))
    for name in names:
        tallies = [one.get(name) for one in counted]
        for metric, share in SHARES.items():
            values = [_quantile(tally, share) for tally in tallies]
            yield _told(runs, name, metric, values, least)
        yield _told(runs, name, "throughput", [_rate(one.get(name), one.get(ALL)) for one in counted], least)


def _quantile(tally: Tally | None, share: float) -> float | None:
    """An arrival that was never answered took at least as long as the run."""
    if tally is None or tally.requests * (1 - share) < ENOUGH_BEYOND:
        return None
    value = tally.quantile(share)
    if value is None:
        return None
    return max(LEAST_SECONDS, value if isfinite(value) else max(tally.seconds, 1.0)) * 1000


def _rate(tally: Tally | None, whole: Tally | None) -> float | None:
    """Answers with success per second. None at all counts as half a one: it must not look as if nobody had measured."""
    ok = tally.outcomes.get("ok", 0) if tally is not None else 0
    return max(ok, 0.5) / whole.seconds if whole is not None and whole.seconds else None


def _told(
    runs: Sequence[str], operation: str, metric: str, values: Sequence[float | None], least: float
) -> TrendSeries:
    there = [(index, value) for index, value in enumerate(values) if value]
    worse_up = metric != "throughput"
    changes = []
    for found in change_points([log(value) for _, value in there], log(1 + least)):
        index = there[found.index][0]
        changes.append(
            TrendChange(
                run=runs[index],
                index=index,
                before=round(exp(found.before), 4),
                after=round(exp(found.after), 4),
                change=round(exp(found.after - found.before) - 1, 4),
                worse=(found.after > found.before) == worse_up,
                p=found.p,
            )
        )
    return TrendSeries(
        operation=operation,
        metric=metric,
        unit="ms" if worse_up else "/s",
        judged=len(there) >= 2 * FEWEST,
        values=tuple(None if value is None else round(value, 4) for value in values),
        changes=tuple(changes),
    )
