"""What two saw is told once."""

from __future__ import annotations

from harness.report.one_each import one_each
from harness.results import FindingSummary


def finding(identity: str, source: str, **more: object) -> FindingSummary:
    told = {"identity": identity, "level": "error", "source": source, "operation": "place", "message": "5xx"}
    return FindingSummary.model_validate({**told, **more})


def test_what_two_saw_is_one_line() -> None:
    """With both names, all counts, the line to paste of one, and the fault that the other knows."""
    fuzzed = finding("a", "fuzz", count=2, curl="curl x", tried=3, came_back=3)
    loaded = finding("a", "oracle", count=40, fault="cut", stage="hurt", at_s=3.5)
    other = finding("b", "oracle")
    one, two = one_each([fuzzed, other, loaded, loaded])
    assert (one.source, one.count, one.curl, one.fault, one.stage, one.at_s, one.came_back) == (
        "fuzz and oracle", 82, "curl x", "cut", "hurt", 3.5, 3,
    )  # fmt: skip
    assert two == other


def test_it_is_as_bad_as_the_worst_of_them() -> None:
    """A status that nobody documents is a warning, and an error to whom relies on another."""
    fuzzed, broken = finding("a", "fuzz", level="warning"), finding("a", "pact")
    assert [one.level for one in one_each([fuzzed, broken])] == ["error"]
