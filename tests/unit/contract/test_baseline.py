"""What is accepted for now, and how a verdict comes of it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.baseline import Accepted, Baseline, read_baseline, write_baseline
from harness.contract.gate import judge
from harness.errors import BadDocument
from harness.model import Finding, Level, Verdict

TODAY = date(2026, 11, 25)


def finding(operation: str = "read_item", **more: Any) -> Finding:
    """A 500."""
    about = {
        "check": "not_a_server_error",
        "signature": "500",
        "level": Level.ERROR,
        "source": "fuzz",
        "message": "It answered 500",
    }
    return Finding(operation=operation, **{**about, **more})


def test_what_is_written_is_read_again_and_accepts_what_was_found(tmp_path: Path) -> None:
    """One file, from run to run; `why` that somebody wrote survives."""
    file = tmp_path / "accepted" / "baseline.yaml"
    mine = Accepted(id=finding().identity, why="known: it's #12", until=TODAY)
    write_baseline(file, Baseline((mine,)).updated([finding(), finding("b")], TODAY))
    read = read_baseline(file)
    assert [(e.id, e.why, e.until) for e in read.entries] == [
        (finding().identity, "known: it's #12", TODAY),
        (finding("b").identity, "", TODAY + timedelta(days=90)),
    ]
    assert [one.accepted for one in read.applied([finding(), finding("c")], TODAY)] == [
        "accepted until 2026-11-25: known: it's #12",
        "",
    ]


def test_an_entry_counts_through_its_day_and_is_new_again_after_it() -> None:
    """The day named is the last one."""
    base = Baseline((Accepted(id=finding().identity, until=TODAY),))
    tomorrow = TODAY + timedelta(days=1)
    assert base.applied([finding()], TODAY)[0].accepted
    assert not base.applied([finding()], tomorrow)[0].accepted
    assert base.over([finding()], tomorrow) == base.entries
    assert base.updated([finding()], tomorrow).entries[0].until == tomorrow + timedelta(days=90)


def test_what_was_not_seen_is_told() -> None:
    """Mended, or not tried: somebody has to look."""
    base = Baseline((Accepted(id="gone"), Accepted(id=finding().identity)))
    assert [one.id for one in base.unseen([finding()])] == ["gone"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accepted: [", "no YAML"),
        ("[]", "no list"),
        ("accepted:\n- operation: x\n", "Entry 1"),
        ("accepted:\n- id: x\n  until: soon\n", "no day"),
        ("accepted:\n- id: x\n  until: 2027-01-01T10:00:00Z\n", "no day"),
    ],
)
def test_a_file_that_cannot_be_meant_is_named_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    """A baseline that is not understood accepts nothing, silently least of all."""
    file = tmp_path / "baseline.yaml"
    file.write_text(text)
    with pytest.raises(BadDocument, match=said):
        read_baseline(file)
    with pytest.raises(BadDocument, match="could not be read"):
        read_baseline(tmp_path / "none.yaml")


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abcde")))
def test_an_update_accepts_all_of_it_and_forgets_nothing(before: list[str], after: list[str]) -> None:
    """Afterwards the same findings fail no gate."""
    base = Baseline().updated(map(finding, before), TODAY).updated(map(finding, after), TODAY)
    assert {e.operation for e in base.entries} == {*before, *after}
    assert not any(one.gates(Level.NOTE) for one in base.applied(map(finding, after), TODAY))


def test_the_gate_fails_on_what_is_new_and_certain_and_abstains_on_what_is_not() -> None:
    """An error that came back twice in three is no pass and no failure; a warning fails only where it is asked to."""
    warning = finding(check="status_code_conformance", level=Level.WARNING, message="401")

    def verdict(*found: Finding, gate: Level = Level.ERROR, doubt: str = "") -> Verdict:
        return judge(found, gate=gate, doubt=doubt, passed="all is well").verdict

    assert verdict(finding(tried=3, came_back=3)) is Verdict.FAIL
    assert verdict(finding(tried=3, came_back=2)) is Verdict.UNKNOWN
    assert verdict(finding(accepted="until 2030")) is Verdict.PASS
    assert (verdict(warning), verdict(warning, gate=Level.WARNING)) == (Verdict.PASS, Verdict.FAIL)
    assert verdict(warning, doubt="nothing was sent") is Verdict.UNKNOWN
    assert judge([finding(), finding("b")], gate=Level.WARNING, doubt="", passed="").why == (
        "2 errors or warnings, first: b: It answered 500"
    )
