"""Locust's own tables, charts and CSV files, filled with our figures. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

__all__ = [
    "CHARTED",
    "LISTED",
    "NAME_OF_ALL",
    "Rows",
    "exceptions_csv",
    "failures",
    "failures_csv",
    "payload",
    "requests_csv",
    "state_for_page",
]

LISTED = (0.9, 0.95, 0.99, 0.999)
"""The quantiles in Locust's table, beside its median."""
CHARTED = (0.5, 0.95, 0.99)
"""Those in its chart of response times."""
NAME_OF_ALL = "Aggregated"
_KEYS = {0.5: "p50", 0.9: "p90", 0.95: "p95", 0.99: "p99", 0.999: "p99.9"}
_MOST_ROWS = 500  # as Locust itself: more would make its page crawl

Rows = Sequence[Mapping[str, Any]]


def payload(test: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """What Locust's page reads every two seconds from /stats/requests."""
    now: Mapping[str, Any] = test.get("now") or {}
    overall: Mapping[str, Any] = figures.get("overall") or {}
    operations: Rows = figures.get("operations") or ()
    rows = [_row(one, figures) for one in operations[:_MOST_ROWS]] + [_row({**overall, "name": NAME_OF_ALL}, figures)]
    workers = _workers(test)
    requests = overall.get("requests", 0)
    return {
        "stats": rows,
        "errors": failures(operations, figures.get("failed") or ()),
        "current_rps": now.get("achieved", 0.0),
        "current_fail_per_sec": now.get("errors", 0.0),
        "total_rps": overall.get("rate", 0.0),
        "total_fail_per_sec": _per_second(overall),
        "fail_ratio": overall.get("errors", 0) / requests if requests else 0.0,
        "total_avg_response_time": (figures.get("mean_ms") or {}).get(NAME_OF_ALL) or 0.0,
        "current_response_time_percentiles": {
            f"response_time_percentile_{share}": _finite(now.get(_KEYS[share])) for share in CHARTED
        },
        "state": state_for_page(test),
        "user_count": now.get("users", 0),
        "workers": workers,
        "worker_count": max(1, len(workers)),  # at none its page would not let anybody start
    }


def state_for_page(test: Mapping[str, Any]) -> str:
    """Locust's page asks on only while a test runs: until ours has its last figures, it does."""
    state = str(test.get("state", "ready"))
    return "running" if state == "stopping" else state


def failures(operations: Rows, failed: Rows = ()) -> list[dict[str, Any]]:
    """A line per operation and way to fail, in Locust's terms; with what failed requests said, once a run has ended (`failed`)."""
    if failed:
        methods = {one["name"]: str(one.get("route") or "").partition(" ")[0] for one in operations}
        said = [
            {
                "method": methods.get(one["operation"], ""),
                "name": one["operation"],
                "error": f"{one['outcome']}: {one['text']}" if one["outcome"] else one["text"],
                "occurrences": one["count"],
            }
            for one in failed
        ]
        return said[:_MOST_ROWS]
    lines = []
    for one in operations:
        method, _, _ = str(one.get("route") or "").partition(" ")
        for outcome, n in (one.get("outcomes") or {}).items():
            if outcome not in ("ok", "4xx"):
                lines.append(
                    {"method": method, "name": one["name"], "error": _WORDS.get(outcome, outcome), "occurrences": n}
                )
    return sorted(lines, key=lambda line: -int(line["occurrences"]))[:_MOST_ROWS]


_WORDS = {
    "5xx": "the service answered 5xx",
    "timeout": "no answer in time",
    "reset": "connection reset, or closed without an answer",
    "refused": "connection refused",
    "transport": "failed below HTTP",
    "failed": "the locustfile said so, or raised",
    "dropped": "due, but no user was free below the cap",
    "unanswered": "still open when the run ended",
}


def requests_csv(figures: Mapping[str, Any]) -> str:
    """As Locust's requests.csv, with times in milliseconds to four places instead of whole ones."""
    head = ["Type", "Name", "Request Count", "Failure Count", "Median Response Time", "Average Response Time"]
    head += ["Min Response Time", "Max Response Time", "Average Content Size", "Requests/s", "Failures/s"]
    head += ["50%", "90%", "95%", "99%", "99.9%", "100%"]
    return _csv([head, *_request_lines(figures)])


def failures_csv(figures: Mapping[str, Any]) -> str:
    """As Locust's failures.csv."""
    lines = failures(figures.get("operations") or (), figures.get("failed") or ())
    rows = [[one["method"], one["name"], one["error"], one["occurrences"]] for one in lines]
    return _csv([["Method", "Name", "Error", "Occurrences"], *rows])


def exceptions_csv(problems: Sequence[str]) -> str:
    """As Locust's exceptions.csv: what the locustfile raised."""
    rows = [[1, text.strip().splitlines()[-1] if text.strip() else "", text, "local"] for text in problems]
    return _csv([["Count", "Message", "Traceback", "Nodes"], *rows])


def _request_lines(figures: Mapping[str, Any]) -> Iterator[list[Any]]:
    overall: Mapping[str, Any] = {**(figures.get("overall") or {}), "name": NAME_OF_ALL}
    for one in (*(figures.get("operations") or ()), overall):
        name, quantiles = one["name"], one.get("latency_ms") or {}
        method, _, _ = str(one.get("route") or "").partition(" ")
        yield [
            *(method, name, one.get("requests", 0), one.get("errors", 0), _shown(quantiles.get("p50"))),
            *(_shown((figures.get(key) or {}).get(name)) for key in ("mean_ms", "min_ms")),
            *(
                _shown(quantiles.get("max")),
                (figures.get("size") or {}).get(name, 0),
                one.get("rate", 0.0),
                _per_second(one),
            ),
            *(_shown(quantiles.get(key)) for key in ("p50", "p90", "p95", "p99", "p99.9", "max")),
        ]


def _row(one: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    name, quantiles = one["name"], one.get("latency_ms") or {}
    method, _, _ = str(one.get("route") or "").partition(" ")
    rate, failing = (figures.get("current") or {}).get(name) or (0.0, 0.0)
    return {
        "method": method,
        "name": name,
        "safe_name": name,  # the page escapes what it shows
        "num_requests": one.get("requests", 0),
        "num_failures": one.get("errors", 0),
        "median_response_time": _finite(quantiles.get("p50")),
        "avg_response_time": _finite((figures.get("mean_ms") or {}).get(name)),
        "min_response_time": _finite((figures.get("min_ms") or {}).get(name)),
        "max_response_time": _finite(quantiles.get("max")),
        "avg_content_length": (figures.get("size") or {}).get(name, 0),
        "current_rps": rate,
        "current_fail_per_sec": failing,
        "total_rps": one.get("rate", 0.0),
        "total_fail_per_sec": _per_second(one),
        **{f"response_time_percentile_{share}": _finite(quantiles.get(_KEYS[share])) for share in LISTED},
    }


def _workers(test: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The load processes of the test, and those on other hosts that wait for one; once it is over, where there are such, only these."""
    waiting = (test.get("crew") or {}).get("waiting") or ()
    over = test.get("state") in ("ready", "stopped") and (test.get("crew") or {}).get("expected")
    idle = {"state": "ready", "user_count": 0, "cpu_usage": 0.0, "memory_usage": 0}
    rows = [] if over else [_worker(one) for one in test.get("workers") or ()]
    return rows + [{"id": f"{one['host']} ({one['address']})", **idle} for one in waiting]


def _worker(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"load process {one['number']} {one.get('where', '')}".strip(),
        "state": one["state"],
        "user_count": one["users"],
        "cpu_usage": round(one["cpu"] * 100, 1),
        "memory_usage": one["memory"],
    }


def _per_second(one: Mapping[str, Any]) -> float:
    seconds = one.get("seconds") or 0.0
    return round(one.get("errors", 0) / seconds, 3) if seconds else 0.0


def _finite(value: Any) -> Any:
    """Infinite comes as text from the summary: it stays text, since the page would draw null as 0, which is the opposite."""
    return "∞" if value == "Infinity" else value


def _shown(value: Any) -> Any:
    return "" if value is None else "inf" if value == "Infinity" else value


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    out = StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_inert(cell) for cell in row])
    return out.getvalue()


def _inert(cell: Any) -> Any:
    """A name that a spreadsheet would take for a formula (CWE-1236) is shown as text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
