"""A run as OpenMetrics text, to be pushed to a gateway or read by a collector. https://prometheus.io/docs/specs/om/open_metrics_spec/

Gauges only: a run has ended, so nothing here counts on. Seconds and ratios, as the specification asks; no timestamps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isnan

from harness.model import Verdict
from harness.results import Comparison, Figures, Quantiles, Summary

_SHARES = (("p50", "0.5"), ("p90", "0.9"), ("p95", "0.95"), ("p99", "0.99"), ("p99_9", "0.999"), ("max", "1"))
_CODE = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 2}
MOST_OPERATIONS = 300
"""So that a target with a million names gives no million series."""


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    unit: str
    help: str


_FAMILIES = {
    family.name: family
    for family in (
        _Family("harness_run_verdict", "", "0 pass, 1 fail, 2 unknown: the exit code of the run."),
        _Family("harness_run_start_timestamp_seconds", "seconds", "When the run began."),
        _Family("harness_run_duration_seconds", "seconds", "How long the run took."),
        _Family("harness_requests", "", "Requests of an operation, without the warm-up."),
        _Family("harness_errors", "", "Requests that failed."),
        _Family("harness_request_rate", "", "Answered requests per second."),
        _Family(
            "harness_latency_seconds",
            "seconds",
            "Latency from the intended start, by quantile; calm and hurt are stretches of the run.",
        ),
        _Family("harness_expectation_verdict", "", "0 pass, 1 fail, 2 unknown."),
        _Family("harness_expectation_value", "", "What was measured; seconds, shares or a count."),
        _Family("harness_expectation_limit", "", "What was expected."),
        _Family("harness_fault_in_force", "", "1 where its canary saw the fault, 0 where it did not."),
        _Family("harness_fault_recovery_seconds", "seconds", "From the end of a fault to the steady state."),
        _Family("harness_findings", "", "Causes found, by level and source."),
        _Family("harness_audit_verdict", "", "0 pass, 1 fail, 2 unknown."),
        _Family("harness_audit_checked", "", "Effects that were looked at."),
        _Family("harness_coverage_ratio", "ratio", "How much of a kind was exercised."),
        _Family("harness_validity_verdict", "", "0 pass, 1 fail, 2 unknown."),
        _Family("harness_comparison_verdict", "", "0 pass, 1 fail, 2 unknown: the exit code of the comparison."),
        _Family("harness_comparison_effect", "", "Candidate over base; a ratio of 0.08 is 8 % more."),
        _Family("harness_comparison_effect_low", "", "The lower end of its interval."),
        _Family("harness_comparison_effect_high", "", "The upper end of its interval."),
        _Family("harness_comparison_pairs", "", "Pairs of runs that count."),
    )
}

_Sample = tuple[str, Mapping[str, str], float | None]


def render_openmetrics(summary: Summary) -> str:
    """Every number that a dashboard would show, labelled with scenario and target."""
    return _text(_run(summary), {"scenario": summary.scenario, "target": summary.target})


def render_comparison_openmetrics(found: Comparison) -> str:
    """The verdict, and each number's effect with its interval."""
    labels = {"scenario": found.scenario, "base": found.base.spelling, "candidate": found.candidate.spelling}
    return _text(_comparison(found), labels)


def _run(run: Summary) -> Iterator[_Sample]:
    yield "harness_run_verdict", {}, _CODE[run.verdict]
    yield "harness_run_start_timestamp_seconds", {}, _unix(run.started)
    yield "harness_run_duration_seconds", {}, run.duration_s
    busiest = sorted(run.operations, key=lambda one: -one.requests)[:MOST_OPERATIONS]
    for operation in (*([run.overall] if run.overall else []), *busiest):
        for scope, figures in (("run", operation), ("calm", operation.calm), ("hurt", operation.hurt)):
            if figures is not None and figures.requests:
                yield from _figures(figures, {"operation": operation.name, "scope": scope})
    for one in run.expectations:
        yield "harness_expectation_verdict", {"expectation": one.text}, _CODE[one.verdict]
        factor = 0.001 if one.unit == "ms" else 1.0
        for name, value in (("value", one.value), ("limit", one.limit)):
            yield f"harness_expectation_{name}", {"expectation": one.text}, None if value is None else value * factor
    yield from _judged(run)


def _judged(run: Summary) -> Iterator[_Sample]:
    for fault in run.faults:
        yield "harness_fault_in_force", {"fault": fault.name}, None if fault.in_force is None else float(fault.in_force)
        yield (
            "harness_fault_recovery_seconds",
            {"fault": fault.name},
            None if fault.recovery_censored else fault.recovery_s,
        )
    kinds = sorted({(one.level, one.source) for one in run.findings})
    for level, source in kinds:
        number = sum(one.level == level and one.source == source for one in run.findings)
        yield "harness_findings", {"level": level, "source": source}, number
    for audit in run.audit:
        yield "harness_audit_verdict", {"check": audit.check}, _CODE[audit.verdict]
        yield "harness_audit_checked", {"check": audit.check}, audit.checked
    for part in run.contract.coverage:
        yield "harness_coverage_ratio", {"kind": part.kind}, part.seen / part.total if part.total else None
    for check in run.validity:
        yield "harness_validity_verdict", {"check": check.check}, _CODE[check.verdict]


def _unix(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _figures(figures: Figures, labels: Mapping[str, str]) -> Iterator[_Sample]:
    yield "harness_requests", labels, figures.requests
    yield "harness_errors", labels, figures.errors
    yield "harness_request_rate", labels, figures.rate
    yield from _quantiles(figures.latency_ms, labels)


def _quantiles(quantiles: Quantiles, labels: Mapping[str, str]) -> Iterator[_Sample]:
    for name, share in _SHARES:
        value = getattr(quantiles, name)
        yield "harness_latency_seconds", {**labels, "quantile": share}, None if value is None else value / 1000


def _comparison(found: Comparison) -> Iterator[_Sample]:
    yield "harness_comparison_verdict", {}, _CODE[found.verdict]
    yield "harness_comparison_pairs", {}, sum(not pair.void for pair in found.pairs)
    for one in found.metrics[: 10 * MOST_OPERATIONS]:
        labels = {
            "operation": one.operation,
            "metric": one.metric,
            "subject": one.subject,
            "judgement": one.judgement.value,
        }
        for name, value in (("effect", one.effect), ("effect_low", one.low), ("effect_high", one.high)):
            yield f"harness_comparison_{name}", labels, value


def _text(samples: Iterator[_Sample], common: Mapping[str, str]) -> str:
    """Families in one piece each, as the format wants them; a number that is not there is left out. Equal labels are told once."""
    by: dict[str, dict[str, str]] = {}
    for name, labels, value in samples:
        if value is not None and not isnan(value):
            by.setdefault(name, {}).setdefault(_labels({**common, **labels}), _number(value))
    lines = []
    for name, rows in by.items():
        family = _FAMILIES[name]
        lines.append(f"# TYPE {name} gauge")
        if family.unit:
            lines.append(f"# UNIT {name} {family.unit}")
        lines.append(f"# HELP {name} {family.help}")
        lines += [f"{name}{labels} {value}" for labels, value in rows.items()]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _number(value: float) -> str:
    return {float("inf"): "+Inf", float("-inf"): "-Inf"}.get(value, f"{value:.13g}")


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items() if value) + "}"


def _escaped(value: str) -> str:
    """Back-slash, quote and line feed are escaped; what is no text in UTF-8 is replaced."""
    plain = value.encode(errors="replace").decode()
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", " ")
