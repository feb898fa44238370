"""What a consumer's pact, fuzzing and the oracle see of one fault is one finding, and a baseline knows it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.contract import Baseline, parse_description, verify_pacts
from harness.model import Pact, Target, Verdict, identity_of
from tests.integration.contract.provider_double import provider

pytestmark = pytest.mark.integration
PRICE = {"type": "object", "required": ["price"], "properties": {"price": {"type": "integer"}}}
ITEM = {"200": {"description": "", "content": {"application/json": {"schema": PRICE}}}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "shop", "version": "1"},
    "paths": {"/items/{id}": {"get": {"operationId": "read_item", "responses": ITEM}}},
}
TODAY = date(2026, 11, 26)


def interaction(name: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Of a consumer that reads an item."""
    return {
        "description": name,
        "request": {"method": "GET", "path": path},
        "response": {"status": 200, "body": body},
    }


def test_a_broken_pact_has_the_descriptions_identity_where_that_is_broken_too(tmp_path: Path) -> None:
    """An undocumented status and a price that is text are the description's; a colour that nobody promised is the consumer's own. All are
    accepted by a baseline that knows them, and one of them is not enough."""
    asked = [
        interaction("none", "/items/none", {}),
        interaction("price", "/items/kettle", {"price": 3900}),
        interaction("colour", "/items/pot", {"colour": "red"}),
    ]
    for consumer in ("web", "app"):
        document = {"consumer": {"name": consumer}, "provider": {"name": "shop"}, "interactions": asked}
        (tmp_path / f"{consumer}.json").write_text(json.dumps(document))
    with provider() as shop:
        shop.items = {"kettle": {"price": "3900"}, "pot": {"price": 1}}
        target = Target(name="shop", url=shop.url, pact=Pact(provider="shop", sources=(str(tmp_path),)))
        described = parse_description(json.dumps(DOCUMENT).encode(), source="x", target_url=shop.url)
        result = verify_pacts(target, description=described, log_path=tmp_path / "log")
    broken = {(f.operation, f.check, f.signature): f for f in result.findings if not f.check.startswith("pact_")}
    assert set(broken) == {
        ("read_item", "status_code_conformance", "404"),
        ("read_item", "response_schema_conformance", "200 /price type"),
        ("read_item", "pact", "app: colour"),
        ("read_item", "pact", "web: colour"),
    }
    assert {key[1]: f.count for key, f in broken.items() if key[1] != "pact"} == {
        "status_code_conformance": 2,
        "response_schema_conformance": 2,
    }
    own = [one.identities for one in result.interactions if one.consumer == "web"]
    assert own[1] == (identity_of("read_item", "response_schema_conformance", "200 /price type"),)
    known = Baseline().updated(result.findings, TODAY)
    assert result.check.verdict is Verdict.FAIL
    assert result.knowing(known, TODAY).check.verdict is Verdict.PASS
    some = Baseline(known.entries[:1])
    assert result.knowing(some, TODAY).check.verdict is Verdict.FAIL
