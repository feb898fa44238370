"""A list of requests becomes calls: what the description links is taken from there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.contract import parse_description
from harness.errors import BadInput
from harness.experiment.gathered import Gathered
from harness.experiment.listener import Silent
from harness.experiment.opening import OpenTarget
from harness.experiment.prepared_load import prepare_calls
from harness.model import Call, Load, OpenStage, Prepared, Profile, Target
from harness.model.call import Taken, Variant

SHOP = Target(name="shop", url="http://127.0.0.1:1")
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
LINKED = {
    "201": {
        "description": "placed",
        "links": {"read": {"operationId": "read", "parameters": {"id": "$response.body#/id"}}},
    }
}
PATHS: dict[str, Any] = {
    "/orders": {"post": {"operationId": "place", "responses": LINKED}},
    "/orders/{id}": {"get": {"operationId": "read", "parameters": [ID], "responses": {"200": {"description": "it"}}}},
}
DOCUMENT = {"openapi": "3.1.0", "info": {"title": "shop", "version": "1"}, "paths": PATHS}
PLACE = Call(name="mine", method="POST", variants=(Variant(path="/orders"),))
READ = Call(name="look", method="GET", variants=(Variant(path="/orders/{id}"),))


def calls(*listed: Call) -> tuple[Call, ...]:
    description = parse_description(json.dumps(DOCUMENT).encode(), source="shop.json", target_url=SHOP.url)
    load = Load(
        locustfile=Path(),
        prepared=Prepared(source="requests", calls=listed),
        profile=Profile((OpenStage(name="load", rate=1.0, duration=1.0),)),
    )
    opened = OpenTarget(target=SHOP, description=description)
    return prepare_calls(load, opened, Gathered(), 1, None, Path(), Silent())  # type: ignore[arg-type] # no process is started


def test_an_id_comes_by_the_description_s_link_from_the_request_that_is_listed() -> None:
    """Under the name that the list gives it; what the list says itself is left alone."""
    _, read = calls(PLACE, READ)
    assert read.takes == {"id": Taken(call="mine", statuses=("201",), pointer="/id")}
    own = Call(name="look", method="GET", variants=READ.variants, takes={"id": Taken(call="mine", header="X-Id")})
    assert calls(PLACE, own)[1].takes == own.takes


def test_a_request_whose_id_comes_from_nowhere_is_refused() -> None:
    """With what to write; and so are two that wait for each other."""
    with pytest.raises(BadInput, match=r"`\{id\}` of the request `look`"):
        calls(READ)
    one, other = (
        Call(name=a, method="GET", variants=(Variant(path="/x/{id}"),), takes={"id": Taken(call=b, pointer="/id")})
        for a, b in ("ab", "ba")
    )
    with pytest.raises(BadInput, match="neither can go first"):
        calls(one, other)
