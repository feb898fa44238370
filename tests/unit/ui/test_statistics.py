"""Locust's own tables, filled with the figures of a summary."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from harness.ui.statistics import exceptions_csv, failures, failures_csv, payload, requests_csv

OPERATION: dict[str, Any] = {
    "name": "place_order",
    "route": "POST /v1/orders",
    "seconds": 10.0,
    "requests": 100,
    "rate": 9.8,
    "errors": 3,
    "outcomes": {"ok": 96, "5xx": 2, "4xx": 1, "dropped": 1},
    "latency_ms": {"p50": 4.1234, "p90": 6.0, "p95": 7.7, "p99": "Infinity", "p99.9": "Infinity", "max": "Infinity"},
}
FIGURES: dict[str, Any] = {
    "overall": {**OPERATION, "name": "all operations", "route": ""},
    "operations": [OPERATION],
    "current": {"place_order": [9.5, 0.5], "Aggregated": [9.5, 0.5]},
    "mean_ms": {"place_order": 4.5, "Aggregated": 4.5},
    "min_ms": {"place_order": 1.25, "Aggregated": 1.25},
    "size": {"place_order": 120.0, "Aggregated": 120.0},
}
TEST: dict[str, Any] = {
    "state": "running",
    "now": {"achieved": 9.5, "errors": 0.5, "p50": 4.0, "p95": 7.0, "p99": "Infinity", "users": 7},
    "workers": [{"number": 1, "state": "running", "users": 7, "cpu": 0.123, "memory": 0, "late_share": 0.0}],
}


def test_the_table_says_what_the_summary_says() -> None:
    """To the last digit; the method is told from the route."""
    row, total = payload(TEST, FIGURES)["stats"]
    assert (row["method"], row["name"], row["num_requests"], row["num_failures"]) == ("POST", "place_order", 100, 3)
    assert row["median_response_time"] == 4.1234
    assert row["response_time_percentile_0.95"] == 7.7
    assert row["total_rps"] == 9.8
    assert total["name"] == "Aggregated"


def test_infinity_is_never_drawn_as_nothing() -> None:
    """A quantile that was not answered is no null, which the page would show as 0, and no bare word that JSON does not know."""
    table = payload(TEST, FIGURES)
    assert table["stats"][0]["response_time_percentile_0.99"] == "∞"
    assert table["current_response_time_percentiles"]["response_time_percentile_0.99"] == "∞"
    rows = list(csv.DictReader(StringIO(requests_csv(FIGURES))))
    assert rows[0]["99%"] == "inf"
    assert rows[0]["50%"] == "4.1234"


def test_failures_are_told_by_their_kind() -> None:
    """A plain 4xx is none, as in `errors`; dropped arrivals are."""
    assert [(one["error"].split()[0], one["occurrences"]) for one in failures([OPERATION])] == [("the", 2), ("due,", 1)]


def test_before_a_test_the_table_is_empty_and_whole() -> None:
    """Every key is there that Locust's page reads."""
    empty = payload({"state": "ready"}, {})
    assert empty["stats"][0]["num_requests"] == 0
    assert empty["fail_ratio"] == 0.0
    assert empty["worker_count"] == 1


def test_locusts_page_asks_on_until_the_last_figures_are_there() -> None:
    """It would stop at `stopping`, and show old figures for ever."""
    assert payload({**TEST, "state": "stopping"}, FIGURES)["state"] == "running"
    assert payload({**TEST, "state": "stopped"}, FIGURES)["state"] == "stopped"


def test_a_name_is_no_formula() -> None:
    """What a spreadsheet would run is shown as text."""
    figures = {**FIGURES, "operations": [{**OPERATION, "name": "=cmd|' /C calc'!A0"}]}
    assert next(csv.DictReader(StringIO(requests_csv(figures))))["Name"].startswith("'=")
    assert "'@x" in exceptions_csv(["@x"])


def test_workers_elsewhere_are_shown_while_they_wait_and_while_they_send() -> None:
    """Locust's tab of workers says where each is; once a test is over those that wait for the next are what counts."""
    crew = {"expected": 1, "reports_at": "0.0.0.0:5557", "waiting": [{"host": "load-2", "address": "10.0.0.2:4711"}]}
    sending = {**TEST["workers"][0], "where": "on load-1 (10.0.0.1:4711)"}
    going = payload({**TEST, "workers": [sending], "crew": crew}, FIGURES)
    assert [(one["id"], one["state"]) for one in going["workers"]] == [
        ("load process 1 on load-1 (10.0.0.1:4711)", "running"),
        ("load-2 (10.0.0.2:4711)", "ready"),
    ]
    over = payload({**TEST, "state": "stopped", "workers": [sending], "crew": crew}, FIGURES)
    assert [one["id"] for one in over["workers"]] == ["load-2 (10.0.0.2:4711)"]
    here = payload({**TEST, "state": "stopped"}, FIGURES)
    assert [one["id"] for one in here["workers"]] == ["load process 1"]


def test_failures_of_a_run_that_ended_are_those_of_its_summary() -> None:
    """Text by text with the summary's counts, in the table and in the CSV file; a text that looks like a formula is inert."""
    failed = [
        {"operation": OPERATION["name"], "outcome": "failed", "text": "=1+1", "count": 2},
        {"operation": "all operations", "outcome": "", "text": "=other kinds", "count": 1},
    ]
    figures = {**FIGURES, "failed": failed}
    table = payload(TEST, figures)["errors"]
    assert [(one["name"], one["error"], one["occurrences"]) for one in table] == [
        (OPERATION["name"], "failed: =1+1", 2),
        ("all operations", "=other kinds", 1),
    ]
    rows = list(csv.DictReader(StringIO(failures_csv(figures))))
    assert [(one["Error"], int(one["Occurrences"])) for one in rows] == [("failed: =1+1", 2), ("'=other kinds", 1)]
