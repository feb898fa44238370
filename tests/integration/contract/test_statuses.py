"""Documented statuses that generated requests do not meet by luck."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.contract import FuzzResult, fetch_description, fuzz, read_findings, replay
from harness.errors import BadInput
from harness.model import Fuzz, Limits, Verdict
from harness.report import Outcome, render
from tests.integration.contract.strict import GUEST, Breaker, Strict, strict

pytestmark = pytest.mark.integration
PLAN = Fuzz(budget=60, max_examples=5, seed=1, phases=("examples", "statuses"))


def check(shop: Strict, tmp_path: Path, plan: Fuzz = PLAN, *, hurt: bool = True, **target: Any) -> FuzzResult:
    """As `harness check` does it."""
    return fuzz(shop.target(**target), plan, log_path=tmp_path / "log", outage=Breaker(shop) if hurt else None)


def test_every_kind_of_documented_status_is_brought_about(tmp_path: Path) -> None:
    """From one example each: conditional, refused, missing, conflicting, too large, too many, and without the database."""
    with strict() as shop:
        result = check(shop, tmp_path)
    assert result.unreached == {}
    assert result.coverage.never_seen == ()
    assert result.coverage.of_statuses == 1.0
    assert result.check.verdict is Verdict.PASS, result.check.why


def test_what_may_not_be_done_is_not_done_and_said(tmp_path: Path) -> None:
    """No identity, no edge, a limit of requests: each names what it would take."""
    with strict() as shop:
        result = check(shop, tmp_path, hurt=False, identities={}, limits=Limits(rate=200))
    why = result.unreached
    assert "identities" in why["read 403"]
    assert "limits.rate" in why["read 429"]
    assert "fault" in why["read 503"]
    assert {one.rpartition(" ")[2] for one in why} == {"403", "429", "503"}


def test_an_excluded_operation_is_never_sent(tmp_path: Path) -> None:
    """Not by a request of a known kind either."""
    with strict() as shop:
        result = check(shop, tmp_path, exclude=("make", "change"))
        sent = {method for method, path, _ in shop.asked if path != "/openapi.json"}
    assert result.selected == ("read",)
    assert sent == {"GET"}
    assert {one.partition(" ")[0] for one in result.unreached} <= {"read"}


def test_what_is_asked_for_is_held_against_the_description(tmp_path: Path) -> None:
    """A 413 that is HTML is a finding as any other: told once, sent again three times, replayed later, without a secret."""
    file, log = tmp_path / "findings.json", tmp_path / "log"
    with strict() as shop:
        shop.broken = True
        shop.document["paths"]["/items"]["post"]["responses"]["413"]["content"] = {"application/json": {}}
        target = shop.target()
        result = check(shop, tmp_path)
        (found,) = [f for f in result.findings if f.check == "content_type_conformance"]
        file.write_text(
            render("json", Outcome(command="check", subject="x", checks=(result.check,), findings=(found,)))
        )
        (saved,) = read_findings(file)
        (still,) = replay(target, (saved,), fetch_description(target), log_path=log)
        shop.broken = False
        (mended,) = replay(target, (saved,), fetch_description(target), log_path=log)
    assert (found.operation, found.signature, found.tried, found.came_back) == ("make", "text/html", 3, 3)
    assert found.curl.startswith("head -c 131072 /dev/zero")
    assert "$SHOP_TOKEN" in found.curl
    assert "s3cret" not in file.read_text()
    assert (still.verdict, mended.verdict) == (Verdict.FAIL, Verdict.PASS)


def test_a_burst_stops_at_its_answer(tmp_path: Path) -> None:
    """Somebody else's small limit is met first, by requests that change nothing; after a 429 the operation is left alone."""
    with strict() as shop:
        result = check(shop, tmp_path)
        guests = [method for method, _, caller in shop.asked if caller == GUEST["Authorization"]]
    assert result.statuses["read"][429] == 1
    assert len(guests) < 200
    assert "change" not in json.dumps(dict(result.unreached))


def test_the_database_is_back_when_the_check_is_over(tmp_path: Path) -> None:
    """One outage is enough for all operations that need the same thing."""
    with strict() as shop:
        breaker = Breaker(shop)
        result = fuzz(shop.target(), PLAN, log_path=tmp_path / "log", outage=breaker)
    assert (breaker.times, shop.down) == (1, False)
    assert {name for name, seen in result.statuses.items() if 503 in seen} == {"make", "read"}


def test_alone_it_has_nothing_to_build_on(tmp_path: Path) -> None:
    """Said before anything is sent."""
    with strict() as shop, pytest.raises(BadInput, match="builds on"):
        check(shop, tmp_path, Fuzz(phases=("statuses",)))
