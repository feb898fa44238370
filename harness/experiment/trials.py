"""What one run says as a trial of a search, and what all trials say together. Pure, but for reading a summary back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from harness.compare import Bracket, knee_of
from harness.errors import BadDocument
from harness.model import Verdict
from harness.results import BreakpointTrial, Quantiles, RunFolder, RunReader, Summary

GENERATOR = ("load processes", "generator CPU", "generator resources", "late arrivals", "clocks of workers")
"""Validity checks by which the generator, and not the target, may be what gave way."""


def trial_of(value: float, summary: Summary, seconds: float) -> BreakpointTrial:
    """A fail counts only where the generator can be trusted: a late arrival makes a service look slow."""
    doubts = doubts_of(summary)
    figures = summary.overall
    return BreakpointTrial(
        value=value,
        verdict=Verdict.UNKNOWN if doubts else summary.verdict,
        run=summary.run,
        seconds=round(seconds, 1),
        requests=figures.requests if figures else 0,
        rate=figures.rate if figures else 0.0,
        errors=figures.errors if figures else 0,
        latency_ms=figures.latency_ms if figures else Quantiles(),
        broke=tuple(broken(summary)),
        doubts=doubts,
        why=summary.why[0] if summary.why else "",
    )


def as_kept(folder: RunFolder, otherwise: Summary | None = None) -> Summary:
    """A run's summary as its folder has it: there secrets are masked. Raises BadDocument where there is none."""
    if otherwise is not None and not folder.file("summary.json").is_file():
        return otherwise
    found = RunReader.open(folder).summary()
    if found is None:
        raise BadDocument("The run left no summary.", path=folder.file("summary.json"))
    return found


def doubts_of(summary: Summary) -> tuple[str, ...]:
    """Why the generator could not be trusted."""
    return tuple(
        one.why or one.check for one in summary.validity if one.check in GENERATOR and one.verdict is not Verdict.PASS
    )


def broken(summary: Summary) -> Iterator[str]:
    """Which checks failed, each with its reason."""
    yield from (f"{one.text}: {one.why}" for one in summary.expectations if one.verdict is Verdict.FAIL)
    yield from (f"{one.check}: {one.why}" for one in summary.audit if one.verdict is Verdict.FAIL)
    oracle = summary.contract.oracle
    if oracle is not None and oracle.verdict is Verdict.FAIL:
        yield f"contract: {oracle.why}"


def saturated(bracket: Bracket, trials: Sequence[BreakpointTrial]) -> tuple[Literal["target", "generator", ""], str]:
    """What gave way at the mildest value that did not hold, and why."""
    first = bracket.mildest_bad
    there = [trial for trial in trials if trial.value == first]
    doubts = next((trial.doubts for trial in there if trial.doubts), ())
    if bracket.unclear == first and doubts:
        return "generator", "; ".join(doubts)
    broke = next((trial for trial in trials if trial.value == bracket.breaks and trial.verdict is Verdict.FAIL), None)
    if broke and (bracket.unclear is None or bracket.verdict is Verdict.PASS):
        return "target", "; ".join(broke.broke) or broke.why
    return "", next((trial.why for trial in there if trial.verdict is Verdict.UNKNOWN), "")


def knee(trials: Sequence[BreakpointTrial], *, falling: bool = False) -> float | None:
    """Where p99 begins to rise steeply, from the trials whose generator can be trusted; on the scale of the reciprocal where less is worse."""
    by = {1 / one.value if falling else one.value: one.value for one in trials}
    points = [
        (at, one.latency_ms.p99) for at, value in by.items() for one in trials if one.value == value and not one.doubts
    ]
    found = knee_of([(at, p99) for at, p99 in points if p99])
    return None if found is None else by[found]
