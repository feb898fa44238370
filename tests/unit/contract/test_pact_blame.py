"""A pact that is not kept: what of it the description forbids, too, has the oracle's identity."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.contract import parse_description
from harness.contract.pact_blame import Blamer
from harness.contract.pact_file import ABSENT, Interaction
from tests.unit.contract.test_oracle import DOCUMENT, answer, found

READ = Interaction(description="read", method="GET", path="/v1/items/kettle", status=200, answer=ABSENT)
BLAMER = Blamer(parse_description(json.dumps(DOCUMENT).encode(), source="x", target_url="http://127.0.0.1:1"))


def body(path: str, actual: str, said: str = "") -> dict[str, Any]:
    """As Pact's verifier tells it."""
    return {"type": "BodyMismatch", "path": path, "actual": actual, "mismatch": said}


def status(actual: int) -> dict[str, Any]:
    """The same of a status."""
    return {"type": "StatusMismatch", "expected": 200, "actual": actual, "mismatch": f"expected 200 but was {actual}"}


MISSING = "Actual map is missing the following keys: "


@pytest.mark.parametrize(
    ("mismatches", "seen"),
    [
        ([body("$.price", '"3"')], answer(body={"id": "k", "price": "3"})),
        ([body("$", '["id"]', MISSING + "price")], answer(body={"id": "k"})),
        ([body("$", '["detail"]', MISSING + "price"), status(500)], answer(500, b"")),
        ([status(201)], answer(201)),
        (
            [{"type": "HeaderMismatch", "key": "ETag", "actual": "", "mismatch": ""}],
            answer(headers={"content-type": "application/json"}),
        ),
        (
            [{"type": "HeaderMismatch", "key": "Content-Type", "actual": "text/html", "mismatch": ""}],
            answer(headers={"content-type": "text/html", "etag": "x"}),
        ),
    ],
)
def test_what_the_description_forbids_has_the_identity_that_the_oracle_gives_it(
    mismatches: list[dict[str, Any]], seen: Any
) -> None:
    """The oracle is shown the answer, the verifier's words are all that the other side has."""
    blame = BLAMER.blame("read_item", READ, mismatches)
    assert [(check, signature) for check, signature, _ in blame.faults] == [one[:2] for one in found(seen)]
    assert blame.rest == ()


@pytest.mark.parametrize(
    "mismatch",
    [
        status(404),  # documented, though not what the consumer hopes for
        body("$.price", "3"),  # as described, but another price
        body("$", '["id","price"]', MISSING + "colour"),
        body("$", '["id"]', MISSING + "colour"),  # `price` is missing, too, but it is not what the consumer misses
        body("$.price", "not json"),
        body("price", "3"),
        body("$.items[x]", "3"),
        body("$['a", "3"),
        {"type": "HeaderMismatch", "key": "X-Else", "actual": "", "mismatch": ""},
        {"type": "BodyTypeMismatch", "actual": "", "mismatch": ""},
    ],
)
def test_what_only_the_consumer_asks_for_stays_the_pacts_own(mismatch: dict[str, Any]) -> None:
    """Nothing is blamed on the description that it does not say."""
    blame = BLAMER.blame("read_item", READ, [mismatch])
    assert (blame.faults, blame.rest) == ((), (mismatch,))


def test_a_place_in_a_list_is_any_place_in_it() -> None:
    """As the oracle says it; the description's other operations and messages have no part in it."""
    blame = BLAMER.blame("GET /v1/items", READ, [body("$[2].price", '"3"')])
    assert blame.faults[0][:2] == ("response_schema_conformance", "200 /*/price type")
    assert BLAMER.blame("an event", READ, [body("$.price", '"3"')]).faults == ()
