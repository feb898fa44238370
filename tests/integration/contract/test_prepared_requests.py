"""Requests for load out of a description and out of pacts; none is sent here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.contract import calls_from_description, calls_from_pacts, parse_description
from harness.errors import BadInput, EnvironmentFailed
from harness.model import Operations, Pact, Target
from harness.model.call import Taken
from tests.integration.contract.conftest import ROOT

pytestmark = pytest.mark.integration

TARGET = Target(name="shop", url="http://127.0.0.1:1", headers={"Authorization": "Bearer t"})
FAR = Target(name="far", url="http://shop.test.example", limits=TARGET.limits.__class__(hosts=("shop.test.example",)))
DESCRIPTION = parse_description(
    (ROOT / "contracts/openapi.json").read_bytes(), source="contracts/openapi.json", target_url=TARGET.url
)
PACTS = Pact(provider="orders", sources=(str(ROOT / "contracts/pacts"),))


def test_the_shop_s_description_gives_requests(tmp_path: Path) -> None:
    """Its examples, its links, and for what is asked for the operations that it needs; its own token is never made up."""
    calls, notes = calls_from_description(
        TARGET, DESCRIPTION, [("read_order", 2), ("tag:items", 1)], seed=1, log_path=tmp_path / "log"
    )
    assert notes == ()
    found = {call.name: call for call in calls}
    assert {name: call.weight for name, call in found.items()} == {
        "read_order": 2,
        "list_items": 0.5,
        "read_item": 0.5,
        "place_order": 0,
    }
    assert found["read_order"].takes == {"order_id": Taken(call="place_order", statuses=("202",), pointer="/id")}
    assert [one.path for one in found["read_order"].variants] == ["/v1/orders/{order_id}"]
    (placing,) = found["place_order"].variants
    assert json.loads(placing.body) == {"item": "kettle", "quantity": 1}
    assert found["place_order"].fresh == ("Idempotency-Key",)
    assert all("Authorization" not in one.headers for call in calls for one in call.variants)


def test_operations_that_may_not_be_sent_are_refused(tmp_path: Path) -> None:
    """A writing operation off loopback, and one that is not there, before anything is made."""
    with pytest.raises(BadInput, match="may not be sent"):
        calls_from_description(FAR, DESCRIPTION, [("place_order", 1)], seed=1, log_path=tmp_path / "log")
    with pytest.raises(BadInput, match="plase_order"):
        calls_from_description(TARGET, DESCRIPTION, [("plase_order", 1)], seed=1, log_path=tmp_path / "log")


def test_what_cannot_be_made_is_named_beside_what_can(tmp_path: Path) -> None:
    """Required input whose schema allows nothing: the other operation is still made."""
    nothing = {
        "name": "q",
        "in": "query",
        "required": True,
        "schema": {"type": "string", "minLength": 5, "maxLength": 2},
    }
    answers = {"200": {"description": ""}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/bad": {"get": {"operationId": "bad", "parameters": [nothing], "responses": answers}},
            "/good": {"get": {"operationId": "good", "responses": answers}},
        },
    }
    described = parse_description(json.dumps(document).encode(), source="doc", target_url=TARGET.url)
    calls, notes = calls_from_description(TARGET, described, [], seed=1, log_path=tmp_path / "log")
    assert [call.name for call in calls] == ["good"]
    assert [note.partition(":")[0] for note in notes] == ["No load for bad"]
    with pytest.raises(EnvironmentFailed, match="No load for bad"):
        calls_from_description(TARGET, described, [("bad", 1)], seed=1, log_path=tmp_path / "log")


def test_pacts_give_requests_in_their_states(tmp_path: Path) -> None:
    """What should succeed is sent, with the ids that the states gave, and without the consumer's example token."""
    (tmp_path / "mine.py").write_text(
        "def handle(state, action, parameters, *, base_url, headers):\n"
        "    assert headers == {'Authorization': 'Bearer t'}\n"
        "    if 'paid' in state:\n        return {'order': 'ord/7'}\n"
        "    assert parameters == {'item': 'kettle'}\n"
    )
    pact = Pact(provider=PACTS.provider, sources=PACTS.sources, states="mine.py:handle")
    target = Target(name="shop", url=TARGET.url, headers=TARGET.headers, pact=pact)
    calls, notes = calls_from_pacts(target, DESCRIPTION.operations, log_path=tmp_path / "log", search=(str(tmp_path),))
    assert notes == ()
    assert {(call.name, call.method, call.variants[0].path) for call in calls} == {
        ("list_items", "GET", "/v1/items?limit=2"),
        ("place_order", "POST", "/v1/orders"),
        ("read_item", "GET", "/v1/items/kettle"),
        ("read_order", "GET", "/v1/orders/ord%2F7"),
    }
    assert all("Authorization" not in call.variants[0].headers for call in calls)


def test_a_state_that_fails_costs_its_request_only(tmp_path: Path) -> None:
    """Told by name; and where no request is left, that is an error."""
    (tmp_path / "mine.py").write_text(
        "def handle(state, action, parameters, **_):\n    if 'paid' in state: raise LookupError('no such order')\n"
    )
    pact = Pact(provider=PACTS.provider, sources=PACTS.sources, states="mine.py:handle")
    target = Target(name="shop", url=TARGET.url, pact=pact)
    calls, notes = calls_from_pacts(target, Operations(), log_path=tmp_path / "log", search=(str(tmp_path),))
    assert len(calls) == 3
    assert [note for note in notes if "read an order" in note and "no such order" in note]
    bare = Target(name="shop", url=TARGET.url)
    with pytest.raises(BadInput, match="names none"):
        calls_from_pacts(bare, Operations(), log_path=tmp_path / "log")
