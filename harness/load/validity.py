"""Whether the generator itself can be trusted. Pure: what it said of itself in, checks out. None of them can fail a service:
each passes or is unknown."""

from __future__ import annotations

from collections.abc import Sequence

from harness.load.clock import Clock
from harness.load.messages import Finished, Health
from harness.model.verdict import Check, Verdict

__all__ = ["CPU_LIMIT", "LATE_LIMIT", "clock_checks", "load_checks", "standing_checks"]

LATE_LIMIT = 0.01
CPU_LIMIT = 0.9
CLOCK_LIMIT_NS = 20_000_000
_CPU_STRETCH_S = (
    3.0  # shorter bursts (an import, growing the pool) only matter if they delay arrivals, and then those say so
)


def load_checks(health: Sequence[Sequence[Health]], finished: Sequence[Finished | None]) -> tuple[Check, ...]:
    """The checks of one run; one entry per load process in both. A process without a `Finished` was lost."""
    checks = [_lost(finished), _whole(finished), _cpu(health)]
    last = [series[-1] for series in health if series]
    checks.append(_resources(last))
    due = sum(one.due for one in last)
    if due:  # the closed model schedules nothing
        checks += [_late(last), _dropped(finished, last, due)]
    return (*checks, *_unstarted(finished), *_unheard(finished))


def standing_checks(health: Sequence[Sequence[Health]], lost: int, clocks: Sequence[Clock]) -> tuple[Check, ...]:
    """The same of a load that goes on: each holds until now, none is final. `lost` of its load processes are gone."""
    last = [series[-1] for series in health if series]
    due = sum(one.due for one in last)
    why = f"{lost} of {len(health)} load processes were lost" if lost else f"all {len(health)} load processes are there"
    gone = Check(
        name="load processes",
        verdict=Verdict.UNKNOWN if lost else Verdict.PASS,
        why=why if len(health) > 1 or lost else "the load process is there",
        value=float(lost),
        limit=0.0,
        unit="count",
    )
    scheduled = [_late(last), _dropped((), last, due)] if due else []  # the closed model schedules nothing
    return (gone, _cpu(health), _resources(last), *scheduled, *clock_checks(clocks, at_end=False))


def clock_checks(clocks: Sequence[Clock], *, at_end: bool = True) -> tuple[Check, ...]:
    """How well times of other hosts are known; nothing where all load processes ran here. `at_end` all are asked again."""
    if not clocks:
        return ()
    worst = max(clocks, key=lambda clock: clock.error_ns)
    unasked = [clock.host for clock in clocks if clock.drift_ns is None and at_end]
    known = worst.error_ns <= CLOCK_LIMIT_NS
    why = (
        f"times of {len(clocks)} workers are right to within {worst.error_ns / 1e6:.2f} ms (the worst: {worst.host}; clocks stand "
        f"{min(c.offset_ns for c in clocks) / 1e6:.1f} to {max(c.offset_ns for c in clocks) / 1e6:.1f} ms from ours, and were corrected)"
    )
    if unasked:
        why += f"; {', '.join(unasked)} could not be asked again at the end"
    return (
        Check(
            name="clocks of workers",
            verdict=Verdict.PASS if known and not unasked else Verdict.UNKNOWN,
            why=why,
            value=worst.error_ns / 1e6,
            limit=CLOCK_LIMIT_NS / 1e6,
            unit="ms",
        ),
    )


def _lost(finished: Sequence[Finished | None]) -> Check:
    lost = sum(1 for one in finished if one is None)
    return Check(
        name="load processes",
        verdict=Verdict.UNKNOWN if lost or not finished else Verdict.PASS,
        why=f"{lost} of {len(finished)} load processes were lost" if lost else "all load processes ended in order",
        value=float(lost),
        limit=0.0,
        unit="count",
    )


def _whole(finished: Sequence[Finished | None]) -> Check:
    """A locustfile that ends the test, or a stop, leaves a part of the profile undone: what holds for the rest says nothing of it."""
    early = next((one for one in finished if one is not None and one.early), None)
    if not any(finished):
        return Check(name="whole profile", verdict=Verdict.UNKNOWN, why="no load process said how far it came")
    if early is None:
        return Check(name="whole profile", verdict=Verdict.PASS, why="the load ran to the end of its profile")
    why = f"the load ended at {early.ended_ns / 1e9:.1f} s, before the end of its profile: {early.early}"
    return Check(name="whole profile", verdict=Verdict.UNKNOWN, why=why)


def _unstarted(finished: Sequence[Finished | None]) -> tuple[Check, ...]:
    """Locust does not replace a user of the closed model that ends in its `on_start`: the load was less than the plan. Nothing where all came."""
    missing = sum(one.unstarted for one in finished if one is not None)
    if not missing:
        return ()
    said = next((one.why_unstarted for one in finished if one is not None and one.why_unstarted), "")
    why = f"{missing} users did not get past their on_start, so the load was less than planned; the first: {said}"
    return (Check(name="users", verdict=Verdict.UNKNOWN, why=why, value=float(missing), limit=0.0, unit="count"),)


def _unheard(finished: Sequence[Finished | None]) -> tuple[Check, ...]:
    """A listener that raised has not done what it was there for: it may have been the locustfile's own check. Nothing where all did."""
    why = next((one.unheard for one in finished if one is not None and one.unheard), "")
    if not why:
        return ()
    why += "; what it does, or checks, was not done (its traceback is in load.log)"
    return (Check(name="the locustfile's listeners", verdict=Verdict.UNKNOWN, why=why),)


def _cpu(health: Sequence[Sequence[Health]]) -> Check:
    busiest = max((busiest_stretch(series) for series in health), default=0.0)
    measured = any(series for series in health)
    if not measured:
        why = "the generator never said how busy it was"
    else:
        why = f"the busiest {_CPU_STRETCH_S:g} s of a load process took {busiest:.0%} of a core"
    return Check(
        name="generator CPU",
        verdict=Verdict.PASS if measured and busiest <= CPU_LIMIT else Verdict.UNKNOWN,
        why=why,
        value=busiest,
        limit=CPU_LIMIT,
        unit="share",
    )


def busiest_stretch(series: Sequence[Health]) -> float:
    """The highest share of a core over any 3 s (or over all, where the run was shorter)."""
    best, used, length = 0.0, 0.0, 0.0
    first = 0
    for one in series:
        used += one.cpu * one.interval_s
        length += one.interval_s
        while length - series[first].interval_s >= _CPU_STRETCH_S:
            used -= series[first].cpu * series[first].interval_s
            length -= series[first].interval_s
            first += 1
        if length >= _CPU_STRETCH_S:
            best = max(best, used / length)
    return best if best or not length else used / length


def _resources(last: Sequence[Health]) -> Check:
    """What the target never saw, because the generator's host had nothing to send it with."""
    wanting = {
        "file descriptors (ulimit -n)": sum(one.no_descriptors for one in last),
        "ports (net.ipv4.ip_local_port_range; keep connections open)": sum(one.no_ports for one in last),
        "memory": sum(one.no_memory for one in last),
    }
    failed = sum(wanting.values())
    said = "; ".join(f"{n} requests failed for want of {what}" for what, n in wanting.items() if n)
    return Check(
        name="generator resources",
        verdict=Verdict.UNKNOWN if failed or not last else Verdict.PASS,
        why=said
        or ("no request failed for want of ports, descriptors or memory" if last else "the generator never said"),
        value=float(failed),
        limit=0.0,
        unit="count",
    )


def _late(last: Sequence[Health]) -> Check:
    due, late = sum(one.due for one in last), sum(one.late for one in last)
    share = late / due if due else 0.0
    worst = max((one.max_late_ns for one in last), default=0) / 1e6
    held = bool(due) and share <= LATE_LIMIT
    todo = (
        ""
        if held or not due
        else "; other work on this machine kept the load waiting: see late arrivals in docs/report.md"
    )
    return Check(
        name="late arrivals",
        verdict=Verdict.PASS if held else Verdict.UNKNOWN,
        why=f"{late} of {due} arrivals were scheduled over 1 ms late, the worst by {worst:.1f} ms{todo}",
        value=share,
        limit=LATE_LIMIT,
        unit="share",
    )


def _dropped(finished: Sequence[Finished | None], last: Sequence[Health], due: int) -> Check:
    dropped = sum(one.dropped for one in finished if one) or sum(one.dropped for one in last)
    why = f"{dropped} of {due} arrivals found no user at the cap"
    return Check(
        name="dropped arrivals",
        verdict=Verdict.UNKNOWN if dropped else Verdict.PASS,
        why=why + ("; raise `users`, or the service holds them all" if dropped else ""),
        value=dropped / due,
        limit=0.0,
        unit="share",
    )
