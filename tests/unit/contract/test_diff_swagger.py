"""OpenAPI 2.0 and media types: what is sent and answered, and in what form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.diff.media_types import UNSAID, counterparts, normal
from harness.contract.diff.swagger import in_the_shape_of_3, standing
from harness.model import Level
from tests.unit.contract.diff_cases import TEXT, WHOLE, document, obj
from tests.unit.contract.test_diff import changes, rules

DOCUMENTS = Path(__file__).parents[2] / "documents"


def swagger(operation: dict[str, Any], item: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One operation of OpenAPI 2.0."""
    about = {"operationId": "a", "responses": {"200": {"description": ""}}, **operation}
    return {
        "swagger": "2.0",
        "info": {"title": "x", "version": "1"},
        "paths": {"/a": {**(item or {}), "post": about}},
        **more,
    }


def form(*fields: Any, **more: Any) -> dict[str, Any]:
    """With these fields."""
    return swagger({"parameters": [{"in": "formData", "type": "string", **one} for one in fields]}, **more)


def sent(schema: Any) -> dict[str, Any]:
    """A body parameter."""
    return {"parameters": [{"in": "body", "name": "body", "schema": schema}]}


def answered(schema: Any, **more: Any) -> dict[str, Any]:
    """With a schema."""
    return swagger({"responses": {"200": {"description": "", "schema": schema}}}, **more)


def headed(kind: str) -> dict[str, Any]:
    """With a header of this type."""
    return swagger({"responses": {"200": {"description": "", "headers": {"h": {"type": kind}}}}})


JSON, XML = {"consumes": ["application/json"]}, {"consumes": ["application/xml"]}
A, B = {"name": "a"}, {"name": "b"}
SWAPPED_REQUEST = {"request-body-media-type-removed", "request-body-media-type-added"}
SWAPPED_RESPONSE = {"response-media-type-removed", "response-media-type-added"}
PETS = {"definitions": {"Pet": obj({"n": TEXT})}}
PET = {"$ref": "#/definitions/Pet"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (form(A), form(A, {**B, "required": True}), {"new-required-request-property", "request-body-became-required"}),
        (form(A), form(A, B), {"new-optional-request-property"}),
        (form(A), form({**A, "type": "integer"}), {"request-property-type-changed"}),
        (form(A, B), form(A), {"request-property-removed"}),
        (form(A), form({**A, "type": "file"}), SWAPPED_REQUEST),
        (form(A), form(A, **JSON), set()),
        (swagger(sent(TEXT), **JSON), swagger(sent(TEXT), **XML), SWAPPED_REQUEST),
        (swagger({**sent(TEXT), **JSON}), swagger({**sent(TEXT), **XML}), SWAPPED_REQUEST),
        (swagger(sent(TEXT), **JSON), swagger({**sent(TEXT), **JSON}, **XML), set()),
        (answered(TEXT, produces=["a/j"]), answered(TEXT, produces=["a/x"]), SWAPPED_RESPONSE),
        (answered(TEXT), answered(TEXT, produces=["a/x"]), set()),
        (answered(TEXT, produces=["a/x"]), answered(TEXT), SWAPPED_RESPONSE),
        (answered(TEXT, produces=["a/x"]), answered(WHOLE, produces=["a/x"]), {"response-body-type-changed"}),
        (swagger({}, sent(obj({}))), swagger({}, sent(obj({"a": TEXT}, ("a",)))), {"new-required-request-property"}),
        (swagger(sent(TEXT), sent(WHOLE)), swagger(sent(TEXT), sent(obj({}))), set()),
        (headed("integer"), headed("string"), {"response-header-type-changed"}),
        (answered(PET, **PETS), answered(PET, definitions={"Pet": obj({})}), {"response-optional-property-removed"}),
    ],
)
def test_what_2_0_sends_and_answers_is_compared(old: Any, new: Any, told: set[str]) -> None:
    """By the rules of version 3."""
    assert rules(old, new) == told


def test_what_2_0_says_is_told_where_it_says_it() -> None:
    """Each pointer leads somewhere in the document that was written."""
    old = swagger({**sent(PET), "responses": {"200": {"schema": PET}}}, **PETS, produces=["a/j"], **JSON)
    new = swagger(sent(PET), definitions={"Pet": obj({"n": WHOLE})}, produces=["a/x"], **XML)
    new["paths"]["/a"]["post"]["responses"] = {"200": {"schema": PET}}
    told = changes(old, new)
    places = {one.rule: one.pointer for one in told}
    assert places == {
        "request-body-media-type-removed": "/paths/~1a/post/parameters/0",
        "request-body-media-type-added": "/paths/~1a/post/parameters/0",
        "response-media-type-removed": "/paths/~1a/post/responses/200",
        "response-media-type-added": "/paths/~1a/post/responses/200",
    }
    assert all(standing(old if one.removed else new, one.place) == one.place for one in told)
    (field,) = changes(form(A), form({**A, "type": "integer"}))
    assert field.pointer == "/paths/~1a/post/parameters/0"


SAME_2 = swagger(
    {
        "parameters": [
            {"in": "query", "name": "tag", "type": "array", "items": TEXT, "collectionFormat": "multi"},
            {"in": "query", "name": "id", "type": "array", "items": TEXT},
            {"in": "body", "name": "body", "schema": PET, "required": True},
        ],
        "responses": {"200": {"description": "", "schema": PET, "headers": {"left": {"type": "integer"}}}},
        "security": [{"b": []}, {"o": ["r"]}],
    },
    **PETS,
    securityDefinitions={
        "b": {"type": "basic"},
        "o": {
            "type": "oauth2",
            "flow": "accessCode",
            "authorizationUrl": "https://a",
            "tokenUrl": "https://t",
            "scopes": {},
        },
    },
)
_PET_3 = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
SAME_3 = document(
    {
        "parameters": [
            {"in": "query", "name": "tag", "schema": {"type": "array", "items": TEXT}},
            {"in": "query", "name": "id", "schema": {"type": "array", "items": TEXT}, "explode": False},
        ],
        "requestBody": {**_PET_3, "required": True},
        "responses": {"200": {"description": "", **_PET_3, "headers": {"left": {"schema": WHOLE}}}},
        "security": [{"b": []}, {"o": ["r"]}],
    },
    components={
        "schemas": PETS["definitions"],
        "securitySchemes": {
            "b": {"type": "http", "scheme": "basic"},
            "o": {
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {"authorizationUrl": "https://a", "tokenUrl": "https://t", "scopes": {}}
                },
            },
        },
    },
)


@pytest.mark.parametrize(
    "types", [{}, {"consumes": ["application/json"], "produces": ["application/json; charset=utf-8"]}]
)
def test_the_same_api_in_2_0_and_in_3_differs_in_nothing(types: dict[str, Any]) -> None:
    """Whether media types are said or not."""
    assert changes({**SAME_2, **types}, SAME_3) == ()


def test_a_list_that_is_written_otherwise_in_3_is_a_change() -> None:
    """2.0 joins by commas unless it says `multi`, 3 repeats the name unless it says `explode: false`."""
    new = json.loads(json.dumps(SAME_3).replace(', "explode": false', ""))
    assert rules(SAME_2, new) == {"request-parameter-style-changed"}


def test_a_real_document_of_2_0_keeps_all_that_it_says() -> None:
    """The translation only adds: whatever stood somewhere stands there still."""
    old = json.loads((DOCUMENTS / "petstore.json").read_text())

    def kept(before: Any, after: Any) -> bool:
        if isinstance(before, dict):
            return all(key in after and kept(value, after[key]) for key, value in before.items())
        return bool(before == after)

    new = in_the_shape_of_3(old)
    assert kept(old, new)
    assert set(new["paths"]["/pet"]["post"]["requestBody"]["content"]) == {"application/json", "application/xml"}
    assert in_the_shape_of_3(SAME_3) is SAME_3


V1, V2 = "application/json; v=1", "application/json; v=2"


def taking(**contents: Any) -> dict[str, Any]:
    """A body in two versions."""
    types = {"v1": V1, "v2": V2, "plain": "application/json"}
    return document({"requestBody": {"content": {types[name]: {"schema": one} for name, one in contents.items()}}})


def test_media_types_that_differ_in_parameters_are_kept_apart() -> None:
    """Each goes on as itself, or goes."""
    both = taking(v1=obj({"a": TEXT}), v2=obj({"b": TEXT}))
    assert rules(both, taking(v1=obj({}), v2=obj({"b": TEXT}))) == {"request-property-removed"}
    (gone,) = changes(both, taking(v2=obj({"b": TEXT})))
    assert (gone.rule, gone.level, gone.message) == (
        "request-body-media-type-removed",
        Level.ERROR,
        f"{V1} is no longer taken",
    )
    assert rules(taking(plain=TEXT), taking(v1=TEXT, v2=WHOLE)) == {"request-body-type-changed"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"a/j"}, {"a/j; v=1", "a/x"}, {"a/j; v=1"}),
        ({"a/j; v=1", "a/j; v=2"}, {"a/j"}, {"a/j"}),
        ({"a/j; v=1"}, {"a/j; v=2"}, set()),
        ({"a/j; v=1", "a/j"}, {"a/j"}, set()),
        ({"a/j; v=1"}, {"a/j", "a/j; v=2"}, set()),
        ({"a/j; v=1"}, {UNSAID}, set()),
    ],
)
def test_a_plain_media_type_goes_on_as_one_with_parameters(old: set[str], new: set[str], told: set[str]) -> None:
    """Where each side has only one kind; else one that is not there went."""
    assert set(counterparts(max(old), old, new)) == told


@given(st.sampled_from(["v=1", 'V="1"', " v = 1 "]), st.sampled_from(["charset=UTF-8", "Charset=utf-8"]), st.booleans())
def test_a_media_type_is_one_however_it_is_written(version: str, charset: str, turned: bool) -> None:
    """Case, spaces, quotes and order say nothing."""
    parts = [version, charset][:: -1 if turned else 1]
    assert normal(f"Application/JSON ;{parts[0]};{parts[1]}") == "application/json; charset=utf-8; v=1"
    assert normal("a/b; v=X") != normal("a/b; v=x")
