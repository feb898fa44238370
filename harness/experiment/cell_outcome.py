"""What one run says as a cell of a matrix, or as the calm beside it. Pure."""

from __future__ import annotations

from harness.errors import ServiceDied
from harness.experiment.trials import broken, doubts_of
from harness.model import Verdict
from harness.model.matrix import FAULT
from harness.results import MatrixCalm, MatrixCell, Summary


def as_calm(summary: Summary, seconds: float) -> MatrixCalm:
    """A run without a fault."""
    figures = summary.overall
    return MatrixCalm(
        run=summary.run,
        verdict=summary.verdict,
        requests=figures.requests if figures else 0,
        errors=figures.errors / figures.requests if figures and figures.requests else None,
        p95_ms=figures.latency_ms.p95 if figures else None,
        why=summary.why[0] if summary.why and summary.verdict is not Verdict.PASS else "",
        seconds=round(seconds, 1),
    )


def as_cell(empty: MatrixCell, summary: Summary, calm: MatrixCalm, seconds: float) -> MatrixCell:
    """A failure counts only where the generator can be trusted, the fault was in force, and the calm beside it was well."""
    broke = tuple(broken(summary))
    verdict, why = _verdict(summary, calm)
    hurt = summary.overall.hurt if summary.overall else None
    fault = next((one for one in summary.faults if one.name == FAULT), None)
    return empty.model_copy(
        update={
            "verdict": verdict,
            "run": summary.run,
            "calm": calm.run,
            "seconds": round(seconds, 1),
            "in_force": fault.in_force if fault else None,
            "requests": hurt.requests if hurt else 0,
            "errors": hurt.errors / hurt.requests if hurt and hurt.requests else None,
            "p95_ms": hurt.latency_ms.p95 if hurt else None,
            "detection_s": fault.detection_s if fault else None,
            "recovery_s": fault.recovery_s if fault else None,
            "recovery_censored": fault.recovery_censored if fault else False,
            "recovery_uncertainty_s": fault.recovery_uncertainty_s if fault else 0.25,
            "broke": broke,
            "invariants": tuple(one.check for one in summary.audit if one.verdict is Verdict.FAIL),
            "why": why,
        }
    )


def _verdict(summary: Summary, calm: MatrixCalm) -> tuple[Verdict, str]:
    if doubts := doubts_of(summary):
        return Verdict.UNKNOWN, f"the generator could not be trusted: {doubts[0]}"
    if calm.verdict is Verdict.FAIL:
        return Verdict.UNKNOWN, f"without a fault it did not hold either: {calm.why}"
    fault = next((one for one in summary.faults if one.name == FAULT), None)
    if fault is None or fault.in_force is False:
        why = fault.evidence if fault else "it was never made"
        return Verdict.UNKNOWN, f"the fault did not take effect: {why}"
    if summary.verdict is Verdict.PASS:
        return summary.verdict, fault.evidence if fault.in_force is None else ""
    return summary.verdict, summary.why[0] if summary.why else ""


def died_in(empty: MatrixCell, calm: MatrixCalm, died: ServiceDied, seconds: float) -> MatrixCell:
    """The target did not live through it."""
    first = died.what.strip().splitlines()[0]
    verdict = Verdict.UNKNOWN if "load process" in first.lower() else Verdict.FAIL
    return empty.model_copy(
        update={"verdict": verdict, "calm": calm.run, "seconds": round(seconds, 1), "broke": (first,), "why": first}
    )
