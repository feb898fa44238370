"""Pacts from and to a Pact Broker: a small one of ours on loopback, asked by our client and by Pact's own verifier."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.contract import verify_pacts
from harness.contract.broker import Broker, Credentials
from harness.contract.broker_asking import ask_to_deploy, publish_pacts, record_deployment
from harness.contract.pact_file import parse_pact
from harness.contract.pact_publish import Publication, check_homes, publish_results
from harness.contract.pact_sources import find_pacts
from harness.errors import BadInput, EnvironmentFailed
from harness.experiment.pact_commands import deployed
from harness.model import Pact, Selector, Target, Verdict
from tests.integration.contract.local_broker import LocalBroker, local_broker
from tests.integration.contract.provider_double import Provider, provider

pytestmark = pytest.mark.integration


@pytest.fixture
def broker() -> Iterator[LocalBroker]:
    """Empty."""
    with local_broker() as running:
        yield running


@pytest.fixture
def shop() -> Iterator[Provider]:
    """Sells kettles."""
    with provider() as running:
        yield running


def document(price: Any = 3900, consumer: str = "web") -> dict[str, Any]:
    """A consumer that reads the kettle's price."""
    return {
        "consumer": {"name": consumer},
        "provider": {"name": "shop"},
        "interactions": [
            {
                "description": "read the kettle",
                "providerStates": [{"name": "a kettle is in stock"}],
                "request": {"method": "GET", "path": "/items/kettle"},
                "response": {"status": 200, "body": {"price": price}},
            }
        ],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }


def published(broker: LocalBroker, version: str = "1", branch: str = "main", **about: Any) -> None:
    """Through the client, as `harness pact publish` does."""
    with Broker.at(broker.url) as client:
        pact = parse_pact(json.dumps(document(**about)), "web-shop.json")
        publish_pacts(client, [pact], version=version, branch=branch, tags=())


def target(broker: LocalBroker, shop: Provider, **about: Any) -> Target:
    """The shop, whose pacts are in the broker, and whose states are set by HTTP."""
    return Target(
        name="shop",
        url=shop.url,
        pact=Pact(provider="shop", sources=(broker.url,), states=f"{shop.url}/state", **about),
    )


def test_from_publication_to_deployment(broker: LocalBroker, shop: Provider, tmp_path: Path) -> None:
    """A consumer publishes; the provider verifies, with its states by HTTP, and publishes; then it may be deployed."""
    published(broker)
    with Broker.at(broker.url) as client:
        record_deployment(client, "web", "1", "production")
        before = ask_to_deploy(client, "shop", "7", "production").check
    result = verify_pacts(target(broker, shop, branch="main"), log_path=tmp_path / "log")
    about = Publication(version="7", at="2026-11-25T12:00:00Z", branch="main")
    check_homes(result.pacts, about)
    said = publish_results(result, about)
    with Broker.at(broker.url) as client:
        after = ask_to_deploy(client, "shop", "7", "production").check
    assert (before.verdict, result.check.verdict, after.verdict) == (Verdict.UNKNOWN, Verdict.PASS, Verdict.PASS)
    assert shop.states == [("a kettle is in stock", "setup"), ("a kettle is in stock", "teardown")]
    assert broker.branches[("shop", "7")] == "main"
    (row,) = broker.results
    assert row["testResults"] == [
        {"interactionDescription": "read the kettle", "success": True, "interactionId": "id-0"}
    ]
    assert said == [f"web: holds, published to {row and broker.url}/pacts/provider/shop/consumer/web/version/1"]


def test_selectors_reach_the_broker_as_it_spells_them(broker: LocalBroker, shop: Provider, tmp_path: Path) -> None:
    """By default the main branch and what is deployed; else what is asked for, with pending and work in progress."""
    published(broker)
    published(broker, "2", "feature", price="expensive")
    usual = find_pacts(target(broker, shop).pact or Pact(provider=""))
    chosen = (Selector.parse("branch=feature"), Selector.parse("matchingBranch"))
    other = target(broker, shop, selectors=chosen, pending=True, wip_since="2026-01-01", branch="fix")
    (pact,) = find_pacts(other.pact or Pact(provider=""))
    assert [one.document["interactions"][0]["response"]["body"] for one in usual] == [{"price": 3900}]
    assert (pact.pending, pact.document["interactions"][0]["response"]["body"]) == (True, {"price": "expensive"})
    assert broker.asked[0]["consumerVersionSelectors"] == [{"mainBranch": True}, {"deployedOrReleased": True}]
    assert broker.asked[1] == {
        "consumerVersionSelectors": [{"branch": "feature"}, {"matchingBranch": True}],
        "includePendingStatus": True,
        "providerVersionBranch": "fix",
        "includeWipPactsSince": "2026-01-01",
    }


def test_a_pending_pact_that_fails_fails_nobody_yet(broker: LocalBroker, shop: Provider, tmp_path: Path) -> None:
    """It is shown, published as failed, and no finding; without `pending` it is one."""
    published(broker, price=1)
    pending = verify_pacts(target(broker, shop, pending=True), log_path=tmp_path / "log")
    firm = verify_pacts(target(broker, shop), log_path=tmp_path / "log")
    publish_results(pending, Publication(version="7", at="2026-11-25T12:00:00Z"))
    assert (pending.check.verdict, pending.findings) == (Verdict.PASS, ())
    assert pending.interactions[0].verdict is Verdict.FAIL
    assert "pending" in pending.check.why
    assert (firm.check.verdict, len(firm.findings)) == (Verdict.FAIL, 1)
    assert broker.results[0]["success"] is False


def test_pacts_own_verifier_understands_this_broker(broker: LocalBroker, shop: Provider) -> None:
    """The double is no fantasy: pact-python fetches from it, verifies and publishes."""
    published(broker)
    program = f"""
from pact import Verifier
verifier = Verifier("shop", host="127.0.0.1").add_transport(url={shop.url!r})
verifier.broker_source({broker.url!r}, selector=True).consumer_version(main_branch=True).provider_branch("main").build()
verifier.state_handler({shop.url + "/state"!r}, body=True)
verifier.set_publish_options("9", branch="main")
verifier.verify()
"""
    environ = {"PACT_DO_NOT_TRACK": "true", "NO_PROXY": "*"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environ, capture_output=True, timeout=60)
    assert [(r["providerApplicationVersion"], r["success"]) for r in broker.results] == [("9", True)]
    assert broker.branches[("shop", "9")] == "main"


@pytest.mark.parametrize(
    "path", ["", "/pacts/provider/shop/for-verification", "/pacts/provider/shop/consumer/web/version/1"]
)
def test_a_broker_that_answers_500_is_an_error_that_says_where(broker: LocalBroker, shop: Provider, path: str) -> None:
    """Which call, what it said, and whose failure that is."""
    published(broker)
    broker.trouble[path or "/"] = 500
    with pytest.raises(
        EnvironmentFailed, match=rf"{broker.url}{path}.* was answered with 500.*database is gone"
    ) as caught:
        find_pacts(target(broker, shop).pact or Pact(provider=""))
    assert "broker's own failure" in caught.value.todo


def test_a_broker_that_never_answers_is_given_up(shop: Provider) -> None:
    """Bounded, whether it is silent or speaks without end."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EnvironmentFailed, match=r"no answer within 0\.2 s"):
            find_pacts(Pact(provider="shop", sources=(url,)), timeout_s=0.2)


def test_a_broker_that_wants_a_token_says_so(broker: LocalBroker) -> None:
    """The error names the variables; with the token it opens, and the token stands in no message."""
    broker.token = "s3cret"
    with Broker.at(broker.url, Credentials()) as client, pytest.raises(EnvironmentFailed) as caught:
        client.index()
    with Broker.at(broker.url, Credentials(token="s3cret")) as client:
        assert "_links" in client.index()
    assert "401" in caught.value.what
    assert "PACT_BROKER_TOKEN" in caught.value.todo
    assert "s3cret" not in repr(Credentials(token="s3cret"))


def test_no_pact_in_a_broker_says_what_was_asked_for(broker: LocalBroker, shop: Provider) -> None:
    """A verification of nothing is no pass."""
    published(broker, branch="feature")
    with pytest.raises(
        EnvironmentFailed, match=rf"No pact with the provider `shop` was found in {broker.url}"
    ) as caught:
        find_pacts(target(broker, shop).pact or Pact(provider=""))
    assert "mainBranch; deployedOrReleased" in caught.value.todo


def test_another_pact_under_the_same_version_is_refused(broker: LocalBroker) -> None:
    """The broker's reason is told."""
    published(broker)
    with pytest.raises(EnvironmentFailed, match=r"409.*Cannot change the content"):
        published(broker, price=1)


def test_an_environment_that_the_broker_does_not_know(broker: LocalBroker) -> None:
    """Names those it knows."""
    published(broker)
    with Broker.at(broker.url) as client, pytest.raises(BadInput, match=r"no environment prod; it knows production"):
        record_deployment(client, "web", "1", "prod")


def test_versions_beside_each_other_are_not_recorded_at_a_broker(broker: LocalBroker) -> None:
    """It would count the one before as taken away: refused, with the command that can, and nothing is changed."""
    published(broker, "1")
    published(broker, "2")
    assert deployed(broker.url, "web", "1", "production", beside=False) == "web 1 stands in production"
    with pytest.raises(BadInput) as caught:
        deployed(broker.url, "web", "2", "production", beside=True)
    assert "--application-instance" in caught.value.todo
    assert broker.deployed == {("web", "production"): "1"}


def test_a_state_that_the_provider_refuses_is_told(broker: LocalBroker, shop: Provider, tmp_path: Path) -> None:
    """By HTTP as by Python: the state is named, and it ends in time."""
    published(broker)
    shop.failing = "a kettle is in stock"
    result = verify_pacts(target(broker, shop), log_path=tmp_path / "log")
    assert result.check.verdict is Verdict.FAIL
    assert "`a kettle is in stock` failed at setup" in result.check.why
    assert "400" in result.check.why
    assert "no stock" in result.check.why


def test_a_provider_that_is_down_is_the_environments_failure(broker: LocalBroker, tmp_path: Path) -> None:
    """Nothing listens: that is no broken pact."""
    published(broker)
    nobody = Target(name="shop", url="http://127.0.0.1:9", pact=Pact(provider="shop", sources=(broker.url,)))
    with pytest.raises(EnvironmentFailed, match=r"does not answer at http://127.0.0.1:9"):
        verify_pacts(nobody, log_path=tmp_path / "log")
