"""What there is to show as Prometheus metrics (text format 0.0.4). Pure: documents in, text out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["TYPE", "exposition"]

TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STATES = ("ready", "spawning", "running", "stopping", "stopped")
_SHARES = {"p50": "0.5", "p90": "0.9", "p95": "0.95", "p99": "0.99", "p99.9": "0.999"}
_TOLD = {"ok": "yes", "fail": "no", "info": "not known"}
Sample = tuple[dict[str, str], Any]


def exposition(
    test: Mapping[str, Any],
    figures: Mapping[str, Any],
    faults: Mapping[str, Any],
    findings: Mapping[str, Any],
    audit: Mapping[str, Any],
) -> str:
    """All metrics. Counters begin anew with each run, as counters of a process that was restarted do."""
    return "".join(
        [
            *_metric("harness_run_state", "gauge", "1 for the state the test is in.", _states(test)),
            *_metric("harness_run_info", "gauge", "The run, its scenario and its target.", _info(test)),
            *_metric("harness_run_seconds", "gauge", "Seconds since the run's zero.", [({}, test.get("at_s", 0.0))]),
            *_now(test),
            *_operations(figures),
            *_metric("harness_fault_in_force", "gauge", "1 while a fault is in force.", _faults(faults)),
            *_metric("harness_findings", "gauge", "Findings by level and source.", _findings(findings)),
            *_metric(
                "harness_coverage_ratio",
                "gauge",
                "Share of what the contract documents that was seen.",
                _coverage(findings),
            ),
            *_metric("harness_expectation", "gauge", "1 holds, 0 is broken, -1 is not decided.", _expectations(test)),
            *_contract(findings),
            *_audit(audit),
            *_validity(test),
            *_metric("harness_workers", "gauge", "Load processes by their state.", _worker_states(test)),
            *_metric("harness_worker_cpu_ratio", "gauge", "Share of a core that a load process uses.", _workers(test)),
        ]
    )


def _metric(name: str, kind: str, about: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {about}\n# TYPE {name} {kind}\n"
    for labels, value in samples:
        if value is not None:
            inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            yield f"{name}{{{inside}}} {_number(value)}\n" if inside else f"{name} {_number(value)}\n"


def _states(test: Mapping[str, Any]) -> Iterator[Sample]:
    for state in _STATES:
        yield {"state": state}, int(test.get("state", "ready") == state)


def _info(test: Mapping[str, Any]) -> Iterator[Sample]:
    if test.get("run"):
        yield (
            {"run": test["run"], "scenario": test["scenario"], "target": test["target"], "verdict": test["verdict"]},
            1,
        )


def _now(test: Mapping[str, Any]) -> Iterator[str]:
    now: Mapping[str, Any] = test.get("now") or {}
    for key, about in (
        ("asked", "Arrivals per second that the profile asks for."),
        ("achieved", "Requests per second that were answered, over the last seconds."),
        ("users", "Users in the pool."),
        ("open", "Requests in flight."),
        ("queued", "Arrivals that wait for a free user."),
        ("dropped", "Arrivals that found no user at the cap."),
        ("late_share", "Share of arrivals that were scheduled over 1 ms late."),
    ):
        yield from _metric(f"harness_load_{key}", "gauge", about, [({}, now.get(key, 0))])


def _operations(figures: Mapping[str, Any]) -> Iterator[str]:
    rows = figures.get("operations") or ()
    yield from _metric(
        "harness_requests_total",
        "counter",
        "Requests and arrivals by how they ended, warm-up left out.",
        [({"operation": o["name"], "outcome": outcome}, n) for o in rows for outcome, n in o["outcomes"].items()],
    )
    yield from _metric(
        "harness_latency_seconds",
        "gauge",
        "Quantiles of latency over the run but its warm-up, as in summary.json.",
        [
            ({"operation": o["name"], "quantile": share}, _seconds(o["latency_ms"].get(key)))
            for o in rows
            for key, share in _SHARES.items()
        ],
    )


def _faults(faults: Mapping[str, Any]) -> Iterator[Sample]:
    for one in faults.get("faults") or ():
        yield {"fault": one["name"], "edge": one["edge"], "kind": one["kind"]}, int(one["phase"] == "in force")


def _findings(findings: Mapping[str, Any]) -> Iterator[Sample]:
    counts: dict[tuple[str, str], int] = {}
    for one in findings.get("findings") or ():
        key = (one["level"], one["source"])
        counts[key] = counts.get(key, 0) + 1
    for (level, source), n in counts.items():
        yield {"level": level, "source": source}, n


def _coverage(findings: Mapping[str, Any]) -> Iterator[Sample]:
    for one in findings.get("coverage") or ():
        if one["total"]:
            yield {"kind": one["kind"]}, one["seen"] / one["total"]


def _contract(findings: Mapping[str, Any]) -> Iterator[str]:
    checks = [({"check": one["name"]}, _decided(one["verdict"])) for one in findings.get("checks") or ()]
    yield from _metric(
        "harness_contract", "gauge", "Parts of the contract: 1 holds, 0 is broken, -1 is not decided.", checks
    )
    judged: list[Sample] = [({}, findings.get("judged", 0))]
    yield from _metric(
        "harness_answers_judged_total", "counter", "Answers under load held against the contract.", judged
    )


def _audit(audit: Mapping[str, Any]) -> Iterator[str]:
    """A check that is asked for is there from the start: undecided until the load has ended."""
    verdicts = dict.fromkeys(audit.get("asked") or (), "") | {
        one["check"]: one["verdict"] for one in audit.get("results") or ()
    }
    about = "Audit checks: 1 holds, 0 is broken, -1 is not decided."
    yield from _metric("harness_audit", "gauge", about, [({"check": c}, _decided(v)) for c, v in verdicts.items()])
    recorded = [
        ({"effect": effect, "told": _TOLD.get(told, told)}, n)
        for effect, counts in (audit.get("recorded") or {}).items()
        for told, n in counts.items()
        if told in _TOLD
    ]
    about = "Effects that clients asked for, by what they were told: yes, no, or not known."
    yield from _metric("harness_audit_recorded_total", "counter", about, recorded)


def _validity(test: Mapping[str, Any]) -> Iterator[str]:
    """Whether the run can be trusted, while it goes on and after it: as on the Live page."""
    rows = test.get("validity") or ()
    yield from _metric(
        "harness_validity",
        "gauge",
        "Whether the run can be trusted: 1 it can, -1 it is not known.",
        [({"check": one["check"]}, _decided(one["verdict"])) for one in rows],
    )
    for key, about in (("value", "Where a check of validity stands."), ("limit", "From where on it does not hold.")):
        samples = [({"check": one["check"], "unit": one["unit"]}, one[key]) for one in rows]
        yield from _metric(f"harness_validity_{key}", "gauge", about, samples)


def _decided(verdict: str) -> int:
    return {"pass": 1, "fail": 0}.get(verdict, -1)


def _expectations(test: Mapping[str, Any]) -> Iterator[Sample]:
    for one in test.get("expectations") or ():
        yield {"expectation": one["text"]}, _decided(one["verdict"])


def _worker_states(test: Mapping[str, Any]) -> Iterator[Sample]:
    states = Counter(str(one["state"]) for one in test.get("workers") or ())
    states["waiting"] = len((test.get("crew") or {}).get("waiting") or ())
    for state in ("running", "finished", "lost", "waiting"):
        yield {"state": state}, states[state]


def _workers(test: Mapping[str, Any]) -> Iterator[Sample]:
    for one in test.get("workers") or ():
        yield {"worker": str(one["number"])}, one["cpu"]


def _seconds(millis: Any) -> Any:
    return millis if millis is None or millis == "Infinity" else millis / 1000


def _number(value: Any) -> str:
    return "+Inf" if value == "Infinity" else repr(round(value, 9)) if isinstance(value, float) else str(value)


def _escaped(text: object) -> str:
    return str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
