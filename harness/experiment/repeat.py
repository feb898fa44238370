"""A run that could not be trusted is repeated once, within a budget of time. The first folder stays, and the second names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from harness.experiment.listener import Listener
from harness.experiment.run import Ended, run_scenario
from harness.model import Expectation, Scenario, Verdict
from harness.model.quantity import show_duration
from harness.results import ExpectationSummary, Repeats, Status, Summary

LOST = "load processes"
_FAULTS = ("fault ", "target well before")  # how the checks begin that spoil what is said about faults


class Run(Protocol):
    """As `run_scenario`."""

    def __call__(
        self,
        scenario: Scenario,
        *,
        reports: Path,
        environ: Mapping[str, str],
        listener: Listener,
        repeats: Repeats | None = None,
    ) -> Ended:
        """Run it to its end."""


def run_within(
    scenario: Scenario,
    *,
    deadline: float | None,
    clock: Callable[[], float],
    reports: Path,
    environ: Mapping[str, str],
    listener: Listener,
    run: Run = run_scenario,
) -> tuple[Ended, ...]:
    """One run, or two: the last one counts. `deadline` (on `clock`, seconds) is when a repeat must be done; None never repeats.

    A repeat is started only if it would be done in time, taking as long as the first.
    """
    began = clock()
    first = run(scenario, reports=reports, environ=environ, listener=listener)
    why = spoilt(first.summary)
    if deadline is None or not why:
        return (first,)
    took, left = clock() - began, deadline - clock()
    if took > left:
        listener.event(
            f"Not repeated, though it could not be trusted: that takes {show_duration(round(took))}, "
            f"and {show_duration(max(0, round(left)))} of the budget are left."
        )
        return (first,)
    listener.event(f"{first.folder.name} could not be trusted ({why}); it is repeated once.")
    repeats = Repeats(run=first.folder.name, why=why)
    return first, run(scenario, reports=reports, environ=environ, listener=listener, repeats=repeats)


def spoilt(summary: Summary) -> str:
    """Why the run could not be trusted, where that alone made it unknown; else nothing. A fail is never repeated."""
    bad = [one for one in summary.validity if one.verdict is Verdict.UNKNOWN]
    if summary.verdict is not Verdict.UNKNOWN or not bad:
        return ""
    lost = any(one.check == LOST for one in bad)  # it ended the run early, so all else may be unknown because of it
    about_faults = any(one.check.startswith(_FAULTS) for one in bad)
    if not lost and (summary.status is not Status.COMPLETE or any(_other_unknowns(summary, about_faults))):
        return ""
    return "; ".join(one.why or one.check for one in bad)


def _other_unknowns(summary: Summary, about_faults: bool) -> Iterator[bool]:
    """Whether each other check is unknown for a reason of its own."""
    faults = {fault.name for fault in summary.faults}
    probes = tuple(probe.name for probe in summary.probes)
    for one in summary.expectations:
        yield one.verdict is Verdict.UNKNOWN and not (about_faults and _is_about(one, faults, probes))
    parts = (*summary.audit, *summary.pacts, summary.contract.fuzz, summary.contract.oracle)
    yield from (part is not None and part.verdict is Verdict.UNKNOWN for part in parts)


def _is_about(one: ExpectationSummary, faults: set[str], probes: tuple[str, ...]) -> bool:
    expectation = Expectation.parse(one.text, probes)
    return (expectation.metric.subject if expectation.metric.is_about_fault else expectation.scope) in faults
