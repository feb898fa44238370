"""The API's face, with nothing behind it: what can be said without a database."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI

from harness.reference.api import create_app
from harness.reference.api.logs import JsonLines
from harness.reference.openapi import openapi_text
from harness.reference.payments import create_app as create_payments
from harness.reference.settings import Settings
from harness.reference.tokens import mint

SECRET = "0123456789abcdef0123456789abcdef"
CONTRACT = Path(__file__).parents[3] / "contracts" / "openapi.json"
# Port 9 is discard: nobody listens there on loopback.
NOWHERE = Settings(
    database_url="postgresql://postgres@127.0.0.1:9/orders", cache_url="redis://127.0.0.1:9/0", jwt_secret=SECRET
)


def ask(
    method: str,
    path: str,
    *,
    scopes: tuple[str, ...] = ("customer", "operator"),
    app: FastAPI | None = None,
    **more: Any,
) -> httpx.Response:
    """One request to an API whose dependencies are all away, or to `app`."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app or create_app(NOWHERE))
        headers = {"Authorization": f"Bearer {mint(SECRET, 'alice', scopes, 60)}"} if scopes else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers) as client:
            return await client.request(method, path, **more)

    return asyncio.run(send())


def operations() -> dict[str, dict[str, Any]]:
    """Every operation of the document, by id."""
    paths = json.loads(openapi_text())["paths"]
    return {operation["operationId"]: operation for path in paths.values() for operation in path.values()}


def test_the_committed_contract_is_what_the_service_serves() -> None:
    """`python -m harness.reference.openapi > contracts/openapi.json` after every change of the API."""
    served = ask("GET", "/openapi.json").json()
    assert json.loads(CONTRACT.read_text()) == served
    assert CONTRACT.read_text() == openapi_text()


def test_every_refusal_is_documented_as_a_problem() -> None:
    """Errors of all operations have the same media type and schema."""
    for name, operation in operations().items():
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")) and name != "health_ready":
                schema = response["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)


def test_protected_operations_document_what_anybody_may_meet() -> None:
    """401, 403, 422, 429 and 503 everywhere but at the health checks."""
    for operation in operations().values():
        if operation["tags"] != ["health"]:
            assert {"401", "403", "422", "429", "503"} <= set(operation["responses"])


def test_links_lead_from_placing_to_reading_to_cancelling() -> None:
    """Stateful testing follows them."""
    links = operations()["place_order"]["responses"]["202"]["links"]
    assert {"read_order", "cancel_order"} == {link["operationId"] for link in links.values()}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/v1/orders/", 404), ("PATCH", "/v1/orders", 405), ("GET", "/v1/orders/x", 422)],
)
def test_what_the_framework_refuses_is_a_problem_too(method: str, path: str, status: int) -> None:
    """No path and no method ends in another format."""
    response = ask(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["request_id"] == response.headers["x-request-id"]


def test_405_names_all_methods_of_the_path() -> None:
    """Also those of another route with the same path."""
    assert ask("DELETE", "/v1/orders").headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json", "Idempotency-Key": "k"}, 400),
        (b'{"item": "cup", "quantity": 1}', {"Content-Type": "application/json"}, 400),
        (b'{"item": "cup", "quantity": 1}', {"Content-Type": "text/plain", "Idempotency-Key": "k"}, 415),
        (b'{"item": "cup", "quantity": 0}', {"Content-Type": "application/json", "Idempotency-Key": "k"}, 422),
        (b'{"item": "cup", "quantity": "1"}', {"Content-Type": "application/json", "Idempotency-Key": "k"}, 422),
        (b'{"item": "cup", "quantity": true}', {"Content-Type": "application/json", "Idempotency-Key": "k"}, 422),
        (
            b'{"item": "cup", "quantity": 1, "\\ud800": 1}',
            {"Content-Type": "application/json", "Idempotency-Key": "k"},
            422,
        ),
        (b'{"item": "cup", "quantity": 1}', {"Content-Type": "application/json", "Idempotency-Key": "a b"}, 422),
        (b"[" * 70_000, {"Content-Type": "application/json", "Idempotency-Key": "k"}, 413),
        (b"[" * 50_000, {"Content-Type": "application/json", "Idempotency-Key": "k"}, 400),
    ],
)
def test_a_bad_body_is_refused(body: bytes, headers: dict[str, str], status: int) -> None:
    """Malformed, without a key, of another type, out of bounds, too large, too deep: each with its own status, none with 500."""
    response = ask("POST", "/v1/orders", content=body, headers=headers)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_without_a_token_401_with_a_challenge() -> None:
    """RFC 6750: what to do about it stands in WWW-Authenticate."""
    response = ask("GET", "/v1/items", scopes=())
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_without_the_scope_403() -> None:
    """A customer can't look at the ledger."""
    response = ask("GET", "/v1/accounts", scopes=("customer",))
    assert response.status_code == 403
    assert "insufficient_scope" in response.headers["www-authenticate"]


def test_without_a_database_503_with_retry_after() -> None:
    """The outage is told as the document says, and Valkey's absence doesn't matter."""
    response = ask("GET", "/v1/items")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1


def test_readiness_tells_what_is_down() -> None:
    """Per dependency, with 503 when a required one is."""
    response = ask("GET", "/health/ready")
    assert response.status_code == 503
    assert response.json() == {
        "status": "unready",
        "dependencies": {
            "database": {"status": "down", "required": True},
            "cache": {"status": "down", "required": False},
        },
    }


def test_a_sane_request_id_is_taken_over() -> None:
    """So that a client's log and ours can be joined; a strange one is replaced."""
    assert ask("GET", "/health/live", headers={"X-Request-Id": "run-1.7"}).headers["x-request-id"] == "run-1.7"
    assert ask("GET", "/health/live", headers={"X-Request-Id": 'a"b'}).headers["x-request-id"] != 'a"b'


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the service's processes would write to their logs."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines("orders"))
    logger = logging.getLogger("harness.reference")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(before)


@pytest.mark.parametrize("app", [create_app(NOWHERE), create_payments("")], ids=["orders", "payments"])
def test_a_bug_is_a_problem_and_a_log_line_with_its_id(app: FastAPI, log: io.StringIO) -> None:
    """What nobody foresaw is told as everything else is, without its inside; the log has that, under the same request id."""

    @app.get("/boom")
    async def boom() -> None:
        raise RuntimeError("the teapot fell")

    response = ask("GET", "/boom", app=app, headers={"X-Request-Id": "run-1.9"})
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == "run-1.9"
    assert "teapot" not in response.text
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["level"], line["message"], line["request_id"]) for line in lines] == [
        ("error", "unforeseen", "run-1.9"),
        ("info", "request", "run-1.9"),
    ]
    assert "the teapot fell" in lines[0]["traceback"]
    assert (lines[1]["status"], lines[1]["path"]) == (500, "/boom")


def test_what_takes_no_body_never_answers_413() -> None:
    """So that it need not be documented there: a body that nobody reads may have any size."""
    for method, path in (("GET", "/v1/items"), ("POST", "/v1/orders/ord-0198c5d2a1b03f9d6c2e7a41/cancel")):
        assert ask(method, path, content=b"x" * 70_000).status_code == 503
    reading = {name for name, operation in operations().items() if "413" in operation["responses"]}
    assert reading == {name for name, operation in operations().items() if "requestBody" in operation}


def test_everything_in_the_document_has_an_example_that_is_true() -> None:
    """Each parameter, each member of each body. Only the Idempotency-Key has none: it is to be fresh, and examples get copied."""
    document = json.loads(openapi_text())
    described = {
        f"{operation['operationId']} {parameter['name']}": parameter["schema"]
        for path in document["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter["name"] != "Idempotency-Key"
    }
    for name, schema in document["components"]["schemas"].items():
        if "examples" in schema:
            described[name] = schema
            continue
        members = schema["properties"].items()
        described |= {f"{name} {member}": about for member, about in members if "$ref" not in json.dumps(about)}
    assert [name for name, schema in described.items() if not schema.get("examples")] == []
    for name, schema in described.items():
        checked = jsonschema_rs.validator_for({**schema, "components": document["components"]})
        assert [example for example in schema["examples"] if not checked.is_valid(example)] == [], name


def test_an_undeclared_length_is_limited_too() -> None:
    """A chunked body is counted while it comes."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"[" * 1000

    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    response = ask("POST", "/v1/orders", content=chunks(), headers=headers)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
