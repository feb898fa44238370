"""Findings that share a root are one cause."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.model import Finding, Level, causes

CHECKS = (
    "status_code_conformance",
    "response_schema_conformance",
    "not_a_server_error",
    "ignored_auth",
    "negative_data_rejection",
    "own",
)
SIGNATURES = ("401", "500", "503", "200 /price type", "422 /detail type")
LEVELS = tuple(Level)


def finding(**more: Any) -> Finding:
    """An undocumented 401, unless said otherwise."""
    about = {
        "operation": "a",
        "check": "status_code_conformance",
        "signature": "401",
        "level": Level.WARNING,
        "source": "fuzz",
        "message": "401",
    }
    return Finding(**{**about, **more})


def test_one_missing_401_on_sixty_operations_is_one_line() -> None:
    """However many operations have it, it is mended once."""
    (cause,) = causes(finding(operation=f"op{n:02}", count=2) for n in range(60))
    assert cause.where == "60 operations: op00, op01, op02 and 57 more"
    assert cause.message == "401 is answered, and not documented"
    assert cause.count == 120


def test_a_500_is_a_root_of_its_own_unless_its_text_tells_the_same_story() -> None:
    """ "Internal Server Error" says nothing; the same message of a database, numbers aside, says much."""
    about = {"check": "not_a_server_error", "signature": "500", "level": Level.ERROR}
    plain = [finding(operation=name, first={"body": "Internal Server Error"}, **about) for name in "abc"]
    told = [
        finding(operation=f"d{n}", first={"body": f"could not connect to the database at 10.0.0.{n}:5432"}, **about)
        for n in range(3)
    ]
    assert [cause.operations for cause in causes([*plain, *told])] == [("d0", "d1", "d2"), ("a",), ("b",), ("c",)]


def test_places_of_one_answer_are_one_cause_and_a_shared_schema_is_one_too() -> None:
    """Three wrong fields of an answer are one; so is a field that is wrong in three operations."""
    body = {"check": "response_schema_conformance", "level": Level.ERROR}
    fields = [finding(signature=f"200 /{name} type", message=name, **body) for name in "xyz"]
    shared = [finding(operation=f"s{n}", signature="200 /id type", message="id", **body) for n in range(3)]
    found = causes([*fields, *shared])
    assert [(len(cause.findings), len(cause.operations)) for cause in found] == [(3, 3), (3, 1)]
    assert found[1].message == "x, and 2 more such"


def test_what_is_accepted_stands_last_and_errors_first() -> None:
    """The reader starts with what is new and worst."""
    known = finding(operation="k", check="own", level=Level.ERROR, accepted="until 2030-01-01")
    found = causes(
        [
            known,
            finding(operation="w"),
            finding(operation="e", check="not_a_server_error", signature="500", level=Level.ERROR),
        ]
    )
    assert [cause.operations for cause in found] == [("e",), ("w",), ("k",)]
    assert [cause.gates(Level.WARNING) for cause in found] == [True, True, False]


@given(
    st.lists(
        st.builds(
            finding,
            operation=st.sampled_from("abcdef"),
            check=st.sampled_from(CHECKS),
            signature=st.sampled_from(SIGNATURES),
            level=st.sampled_from(LEVELS),
        )
    )
)
def test_grouping_loses_and_doubles_nothing(found: list[Finding]) -> None:
    """Every finding stands in exactly one cause, and no cause mixes levels."""
    grouped = causes(found)
    assert sorted(id(one) for cause in grouped for one in cause.findings) == sorted(map(id, found))
    assert all(len({one.level for one in cause.findings}) == 1 for cause in grouped)


def test_a_finding_that_did_not_come_back_each_time_fails_no_gate() -> None:
    """Two of three is doubt; never sent again is taken as seen."""
    assert finding(level=Level.ERROR).gates(Level.ERROR)
    assert finding(level=Level.ERROR, tried=3, came_back=3).gates(Level.ERROR)
    assert not finding(level=Level.ERROR, tried=3, came_back=2).gates(Level.ERROR)
    assert not finding(level=Level.NOTE).gates(Level.WARNING)
