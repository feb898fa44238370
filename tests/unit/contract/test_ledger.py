"""The ledger: plain files in a folder, and what may be deployed by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.deployable import can_i_deploy, latest
from harness.contract.ledger import Deployment, Ledger, Result, Version, file_name
from harness.contract.ledger_writing import write_deployment, write_pacts, write_result, write_version
from harness.contract.pact_file import parse_pact
from harness.contract.pact_sources import find_pacts
from harness.errors import BadDocument, BadInput, EnvironmentFailed
from harness.model import Pact, Selector, Verdict

NOON, LATER = "2026-11-25T12:00:00Z", "2026-11-25T13:00:00Z"


def pact(path: str = "/a", consumer: str = "web", provider: str = "shop") -> Any:
    """A consumer that reads one path."""
    row = {"description": f"read {path}", "request": {"method": "GET", "path": path}, "response": {"status": 200}}
    document = {"consumer": {"name": consumer}, "provider": {"name": provider}, "interactions": [row]}
    return parse_pact(json.dumps(document), "web-shop.json")


def publish(folder: Path, version: str, branch: str = "main", at: str = NOON, path: str = "/a", **who: str) -> Version:
    """As `harness pact publish` does."""
    (one,) = write_pacts(folder, [pact(path, **who)], version=version, branch=branch, tags=(), at=at)
    return one


def verified(
    folder: Path, one: Version, version: str, success: bool = True, branch: str = "main", at: str = NOON
) -> None:
    """As `harness pact verify --publish` does."""
    content = one.pacts["shop"]
    result = Result(
        provider="shop",
        consumer=one.participant,
        content=content,
        version=version,
        success=success,
        at=at,
        branch=branch,
        failed=() if success else ("read /a",),
    )
    write_result(folder, result)
    write_version(folder, Version(participant="shop", version=version, at=at, branch=branch))


def wanted(folder: Path, *selectors: str, **about: Any) -> list[tuple[str, bool]]:
    """Version and `pending` of what a provider is given."""
    chosen = tuple(Selector.parse(text) for text in selectors)
    found = find_pacts(Pact(provider="shop", sources=(str(folder),), selectors=chosen, **about))
    return [(one.version, one.pending) for one in found]


def verdict(folder: Path, participant: str, version: str, environment: str = "production") -> Verdict:
    """May it go there?"""
    return can_i_deploy(Ledger.read(folder), participant, version, environment).check.verdict


def test_a_provider_may_go_where_all_who_rely_on_it_were_verified(tmp_path: Path) -> None:
    """Unknown until verified; then as the result says; a later result of the same version replaces the earlier."""
    one = publish(tmp_path, "1")
    write_deployment(tmp_path, "web", "1", "production")
    write_version(tmp_path, Version(participant="shop", version="7", at=NOON))
    said = [verdict(tmp_path, "shop", "7")]
    verified(tmp_path, one, "7", success=False)
    said.append(verdict(tmp_path, "shop", "7"))
    verified(tmp_path, one, "7", at=LATER)
    said.append(verdict(tmp_path, "shop", "7"))
    assert said == [Verdict.UNKNOWN, Verdict.FAIL, Verdict.PASS]


def test_a_consumer_may_go_where_its_provider_keeps_its_pact(tmp_path: Path) -> None:
    """A provider that is not there at all is a no, not an unknown."""
    one = publish(tmp_path, "1")
    verified(tmp_path, one, "7")
    write_deployment(tmp_path, "web", "1", "staging")
    away = can_i_deploy(Ledger.read(tmp_path), "web", "1", "staging").check
    write_deployment(tmp_path, "shop", "7", "staging")
    assert (away.verdict, "does not stand in staging" in away.why) == (Verdict.FAIL, True)
    assert verdict(tmp_path, "web", "1", "staging") is Verdict.PASS


def test_a_new_provider_on_whom_nobody_relies_may_go(tmp_path: Path) -> None:
    """Which brokers leave at unknown (pact_broker#580); the reason is told."""
    publish(tmp_path, "1", consumer="other", provider="elsewhere")
    write_deployment(tmp_path, "other", "1", "production")
    write_version(tmp_path, Version(participant="shop", version="1", at=NOON))
    answer = can_i_deploy(Ledger.read(tmp_path), "shop", "1", "production")
    assert (answer.check.verdict, answer.rows) == (Verdict.PASS, ())
    assert "nobody in production relies on it" in answer.check.why


def test_an_unchanged_pact_under_a_new_version_needs_no_new_verification(tmp_path: Path) -> None:
    """Results are of what a pact says; only a changed one is unknown."""
    verified(tmp_path, publish(tmp_path, "1"), "7")
    write_deployment(tmp_path, "shop", "7", "production")
    publish(tmp_path, "2", at=LATER)
    publish(tmp_path, "3", at=LATER, path="/b")
    assert [verdict(tmp_path, "web", v) for v in ("2", "3")] == [Verdict.PASS, Verdict.UNKNOWN]


def test_all_versions_that_stand_beside_one_another_count(tmp_path: Path) -> None:
    """While a new version is rolled out, both must hold."""
    verified(tmp_path, publish(tmp_path, "1"), "7")
    write_deployment(tmp_path, "web", "1", "production")
    publish(tmp_path, "2", path="/b")
    assert verdict(tmp_path, "shop", "7") is Verdict.PASS
    write_deployment(tmp_path, "web", "2", "production", beside=True)
    assert verdict(tmp_path, "shop", "7") is Verdict.UNKNOWN
    write_deployment(tmp_path, "web", "1", "production")
    assert verdict(tmp_path, "shop", "7") is Verdict.PASS


def test_selectors_choose_versions(tmp_path: Path) -> None:
    """The newest of main and what is deployed by default; branches, environments, consumers as asked."""
    publish(tmp_path, "1")
    publish(tmp_path, "2", at=LATER, path="/b")
    publish(tmp_path, "3", "feature", LATER, path="/c")
    publish(tmp_path, "9", consumer="till", path="/d")
    write_deployment(tmp_path, "web", "1", "production")
    assert sorted(wanted(tmp_path)) == [("1", False), ("2", False), ("9", False)]
    assert wanted(tmp_path, "branch=feature") == [("3", False)]
    assert wanted(tmp_path, "matchingBranch", branch="feature") == [("3", False)]
    assert wanted(tmp_path, "environment=production") == [("1", False)]
    assert wanted(tmp_path, "consumer=till") == [("9", False)]
    assert sorted(wanted(tmp_path, "latest")) == [("3", False), ("9", False)]


def test_pending_ends_with_the_first_success_on_the_providers_branch(tmp_path: Path) -> None:
    """And work in progress is what nobody asked for, not yet kept, and newer than a date."""
    one = publish(tmp_path, "1")
    publish(tmp_path, "2", "feature", path="/b")
    assert wanted(tmp_path, "mainBranch", pending=True, branch="main") == [("1", True)]
    verified(tmp_path, one, "7")
    assert wanted(tmp_path, "mainBranch", pending=True, branch="main") == [("1", False)]
    assert wanted(tmp_path, "mainBranch", wip_since="2026-11-01", branch="main") == [("1", False), ("2", True)]
    assert wanted(tmp_path, "mainBranch", wip_since="2026-12-01", branch="main") == [("1", False)]


def test_a_version_says_one_thing(tmp_path: Path) -> None:
    """Publishing twice is nothing new; another pact under the same version is refused."""
    assert publish(tmp_path, "1") == publish(tmp_path, "1", at=LATER)
    with pytest.raises(BadInput, match=r"web 1 was published with another pact for shop"):
        publish(tmp_path, "1", path="/b")


def test_the_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    """One file a fact, marked as a record, ending in a line feed as git likes it."""
    one = publish(tmp_path, "release/1", "feature/x")
    verified(tmp_path, one, "7", success=False)
    write_deployment(tmp_path, "shop", "7", "production")
    ledger = Ledger.read(tmp_path)
    assert ledger.versions[1] == one
    assert [(r.success, r.failed) for r in ledger.results] == [(False, ("read /a",))]
    assert ledger.deployments == (Deployment(environment="production", participant="shop", versions=("7",)),)
    written = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    content = one.pacts["shop"]
    assert written == [
        "environments/production/shop.json",
        f"pacts/web/shop/{content}.json",
        f"results/shop/web/{content}/7.json",
        "versions/shop/7.json",
        "versions/web/release%2F1.json",
    ]
    assert (
        (tmp_path / "versions/web/release%2F1.json")
        .read_text()
        .startswith('{\n  "harness": "version",\n  "format": 1,')
    )


@pytest.mark.parametrize(
    ("version", "environment", "said"), [("8", "production", "no version 8"), ("1", "prod", "no environment prod")]
)
def test_what_the_ledger_does_not_know_is_bad_input(tmp_path: Path, version: str, environment: str, said: str) -> None:
    """A typing error must not read as a yes."""
    publish(tmp_path, "1")
    write_deployment(tmp_path, "web", "1", "production")
    with pytest.raises(BadInput, match=said):
        can_i_deploy(Ledger.read(tmp_path), "web", version, environment)


def test_the_newest_version_is_told_by_time(tmp_path: Path) -> None:
    """Not by name; of a branch, if one is named."""
    publish(tmp_path, "10", at=NOON)
    publish(tmp_path, "9", "feature", LATER)
    ledger = Ledger.read(tmp_path)
    assert (latest(ledger, "web"), latest(ledger, "web", "main")) == ("9", "10")
    with pytest.raises(BadInput, match=r"no version of web on branch x"):
        latest(ledger, "web", "x")


@pytest.mark.parametrize(
    "raw", ["{", "[]", '{"participant": "web"}', '{"participant": "web", "version": "1", "at": "", "tags": "x"}']
)
def test_a_broken_record_is_named(tmp_path: Path, raw: str) -> None:
    """A ledger that can't be read decides nothing."""
    publish(tmp_path, "1")
    (tmp_path / "versions/web/2.json").write_text(raw)
    with pytest.raises(BadDocument, match=r"versions/web/2.json"):
        Ledger.read(tmp_path)


def test_there_is_no_ledger(tmp_path: Path) -> None:
    """Says how one is made."""
    with pytest.raises(EnvironmentFailed, match=r"no ledger in"):
        Ledger.read(tmp_path / "nothing")


@given(st.text(min_size=1))
def test_every_name_is_a_file_name(text: str) -> None:
    """Different names stay different, and none leaves its folder."""
    name = file_name(text)
    assert "/" not in name
    assert name not in (".", "..")


@pytest.mark.parametrize("text", ["mainBranch", "branch=main", "consumer=web,environment=production", "latest,tag=x"])
def test_a_selector_reads_back(text: str) -> None:
    """As it is shown."""
    assert Selector.parse(str(Selector.parse(text))) == Selector.parse(text)


@pytest.mark.parametrize(
    ("text", "near"),
    [("mainbranch", "mainBranch"), ("branch", "branch=…"), ("", "Known here"), ("env=x", "environment")],
)
def test_a_selector_that_selects_nothing_is_bad_input(text: str, near: str) -> None:
    """With the nearest spelling."""
    with pytest.raises(BadInput) as caught:
        Selector.parse(text)
    assert near in str(caught.value)
