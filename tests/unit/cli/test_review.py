"""What the terminal shows of findings: a review by a colleague, not a wall."""

from __future__ import annotations

from harness.cli.outcomes import SHOWN, review
from harness.model import Check, Finding, Level, Verdict
from harness.report import Outcome

LEVELS = (*[Level.NOTE] * 4, *[Level.ERROR] * 4, *[Level.WARNING] * 6)


def finding(number: int, level: Level) -> Finding:
    """One with a root of its own."""
    said = {Level.ERROR: "not_a_server_error", Level.WARNING: "a_warning", Level.NOTE: "a_note"}[level]
    about = {"operation": f"op{number}", "check": said, "signature": "500", "message": f"fault {number}"}
    return Finding(**about, level=level, source="fuzz", curl=f'curl "$BASE/{number}"', tried=3, came_back=3, count=456)


def lines_of(*findings: Finding) -> list[str]:
    """As `harness check` prints them."""
    why = Check(name="contract", verdict=Verdict.FAIL, why="4 errors that are new")
    return list(review(Outcome(command="check", subject="shop", checks=(why,), findings=findings, facts=("9 cases",))))


def test_fourteen_causes_are_ten_worst_first_and_a_line_that_counts_the_rest() -> None:
    """Four errors, then six warnings; the four notes are only counted, and it says where they are to be had."""
    found = [finding(number, level) for number, level in enumerate(LEVELS)]
    lines = lines_of(*found)
    shown = [line.split()[:3] for line in lines if line[:2].strip().isdigit() and line[2:4] == "  "]
    assert [int(number) for number, _, _ in shown] == list(range(1, SHOWN + 1))
    assert [level for _, level, _ in shown] == ["error"] * 4 + ["warning"] * 6
    assert {name for _, _, name in shown} == {one.operation for one in found if one.level is not Level.NOTE}
    assert "    and 4 more (4 note); --json or --format html shows all" in lines
    assert lines[-2:] == ["9 cases", "FAIL  4 errors that are new"]


def test_a_fault_that_appears_often_is_one_cause_with_its_count() -> None:
    """And ten causes need no line on the rest."""
    lines = lines_of(*[finding(number, Level.ERROR) for number in range(SHOWN)])
    assert sum("(456 times)" in line for line in lines) == SHOWN
    assert not any("more" in line for line in lines)
