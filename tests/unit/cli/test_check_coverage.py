"""The lines on what `harness check` saw and never saw."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from harness.cli.check_coverage import NAMED, REASONS, coverage_lines
from harness.contract import FuzzResult, parse_description
from harness.contract.coverage import coverage
from harness.contract.kinds_of_coverage import coverage_by

STATUSES = tuple(range(200, 212))
OPERATIONS = ("list_items", "list_items_of", "place")


def documented():
    """Three operations, twelve statuses each; one name begins another."""
    answers = {str(status): {"description": ""} for status in STATUSES}
    paths = {f"/{name}": {"get": {"operationId": name, "responses": answers}} for name in OPERATIONS}
    document = {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": paths}
    return parse_description(json.dumps(document).encode(), source="x.json", target_url="http://127.0.0.1:1")


DESCRIPTION = documented()
ITEMS = st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(STATUSES))


def lines_of(seen, *, selected=OPERATIONS, unreached=None):
    """What is said of these answers."""
    statuses = {name: {status: 1 for one, status in seen if one == name} for name in OPERATIONS}
    result = FuzzResult(
        findings=(),
        cases=len(seen),
        selected=selected,
        coverage=coverage(DESCRIPTION, ()),
        statuses=statuses,
        phases=(),
        seconds=1.0,
        stopped_by="completed",
        unreached=unreached or {},
    )
    covered = [one for one in coverage_by(DESCRIPTION, {"fuzz": result.rows}) if one.documented]
    return list(coverage_lines(result, covered))


def missing_statuses(lines):
    """How many the lines say were never seen."""
    told = [re.match(r"never seen: (\d+) statuses", line) for line in lines]
    return sum(int(one[1]) for one in told if one)


@given(st.sets(ITEMS))
def test_seen_and_never_seen_add_up(seen):
    """Every documented status is in one of the two, whatever was seen; at most three are named in a line."""
    lines = lines_of(seen)
    assert re.search(rf"\b{len(seen)} of {len(OPERATIONS) * len(STATUSES)} \w*\s?statuses", lines[0])
    assert missing_statuses(lines) == len(OPERATIONS) * len(STATUSES) - len(seen)
    assert all(line.count(",") < NAMED for line in lines[1:])


@given(st.sets(ITEMS))
def test_what_nobody_may_send_is_not_missed(seen):
    """An operation that is not selected is in no line, though its name begins with a selected one's."""
    told = " ".join(lines_of(seen, selected=("list_items",))[1:])
    assert "list_items_of" not in told
    assert "place" not in told


def test_a_reason_stands_in_place_of_the_count():
    """Statuses with a reason are told by it, the commonest first, and not once more; of many reasons three are told."""
    reasons = {f"place {status}": f"reason {number // 2}" for number, status in enumerate(STATUSES[:10])}
    reasons["list_items 200"] = "reason 4"
    lines = lines_of(set(), unreached=reasons)
    told = [line for line in lines if ": reason" in line]
    assert told[0].endswith(": reason 4")
    assert len(told) == REASONS
    assert "never seen: 4 more statuses; --json says why" in lines
    assert missing_statuses(lines) == len(OPERATIONS) * len(STATUSES) - len(reasons)
