"""What one login makes is asked for by another one that owns nothing of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.contract import FuzzResult, fetch_description, fuzz, read_findings, replay
from harness.model import Fuzz, Limits, Verdict
from harness.report import Outcome, render
from tests.integration.contract.notebook import Notebook, notebook

pytestmark = pytest.mark.integration
PLAN = Fuzz(budget=30, max_examples=3, seed=1, phases=("examples", "statuses"))
CHECK = "object_level_authorization"


def check(book: Notebook, tmp_path: Path, **target: Any) -> FuzzResult:
    """As `harness check` does it."""
    return fuzz(book.target(**target), PLAN, log_path=tmp_path / "log")


def test_a_stranger_who_is_refused_is_told_as_such(tmp_path: Path) -> None:
    """By every operation that the links of the one that makes things lead to."""
    with notebook() as book:
        result = check(book, tmp_path)
    assert sorted(result.refused_strangers) == ["read", "tear"]
    assert result.unasked == {}
    assert result.check.verdict is Verdict.PASS, result.check.why


@pytest.mark.parametrize(("method", "operation"), [("GET", "read"), ("DELETE", "tear")])
def test_a_stranger_who_is_let_in_is_an_error(method: str, operation: str, tmp_path: Path) -> None:
    """Three things of three: also where the thing is gone afterwards. It can be sent again until it is mended; no secret is kept."""
    file, log = tmp_path / "findings.json", tmp_path / "log"
    with notebook(method) as book:
        result = check(book, tmp_path)
        (found,) = [one for one in result.findings if one.check == CHECK]
        text = render("json", Outcome(command="check", subject="x", checks=(result.check,), findings=(found,)))
        file.write_text(text)
        (saved,) = read_findings(file)
        (still,) = replay(book.target(), (saved,), fetch_description(book.target()), log_path=log)
        book.lax = frozenset()
        (mended,) = replay(book.target(), (saved,), fetch_description(book.target()), log_path=log)
        (nobody,) = replay(
            book.target(identities={}, strangers=()), (saved,), fetch_description(book.target()), log_path=log
        )
    assert (found.operation, found.signature, found.tried, found.came_back) == (operation, "200", 3, 3)
    assert result.check.verdict is Verdict.FAIL
    assert "`mallory`" in found.message
    assert "$MALLORY_TOKEN" in found.curl
    assert "OWNER" not in found.curl
    assert "mall0ry-token" not in text
    assert "own3r-token" not in text
    assert (still.verdict, mended.verdict, nobody.verdict) == (Verdict.FAIL, Verdict.PASS, Verdict.UNKNOWN)
    assert "mallory" in nobody.why


def test_without_links_nothing_is_guessed(tmp_path: Path) -> None:
    """An id that stands in both places may be anybody's; without a stranger nobody is asked as one."""
    with notebook("GET", "DELETE", linked=False) as book:
        result = check(book, tmp_path)
    assert (result.refused_strangers, result.unasked) == ((), {})
    with notebook("GET", "DELETE") as book:
        alone = check(book, tmp_path, strangers=())
    assert not [one for one in (*result.findings, *alone.findings) if one.check == CHECK]


def test_what_cannot_be_asked_is_said(tmp_path: Path) -> None:
    """Nothing is made where it may not be; a thing that its maker does not get says nothing of strangers."""
    with notebook("GET") as book:
        result = check(book, tmp_path, exclude=("write",))
        assert result.unasked == {}
        book.notes.clear()
        book.ids = iter(())  # it cannot make any more
        result = check(book, tmp_path)
    assert "made nothing" in result.unasked["read"]
    assert not [one for one in result.findings if one.check == CHECK]


def test_limits_hold_for_strangers_too(tmp_path: Path) -> None:
    """A rate is kept, and the check ends in time."""
    with notebook() as book:
        result = check(book, tmp_path, limits=Limits(rate=50))
    assert sorted(result.refused_strangers) == ["read", "tear"]
