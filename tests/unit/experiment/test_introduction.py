"""The files that `harness init` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.config import read_target
from harness.contract import parse_description
from harness.experiment.introduction import Auth, Introduction, declared_auth, first_scenario, harness_yaml

DOCUMENTS = Path(__file__).parents[2] / "documents"
BEARER = Auth(spelled="{bearer: {env: SHOP_TOKEN}}", variable="SHOP_TOKEN")


def introduction(name: str = "petstore.json", url: str = "http://127.0.0.1:8000", **more: Any) -> Introduction:
    """Of a service that one of the third-party documents describes."""
    raw = (DOCUMENTS / name).read_bytes()
    return Introduction(name="shop", url=url, description=parse_description(raw, source=name, target_url=url), **more)


def read(tmp_path: Path, text: str, **environ: str) -> Any:
    """As the other commands read it."""
    (tmp_path / "harness.yaml").write_text(text)
    return read_target("shop", environ=environ, start=tmp_path, builtin={})


def test_it_is_short_and_the_other_commands_read_it(tmp_path: Path) -> None:
    """At most 15 lines, everything in it, and a token that is not set is a comment, so that the first check runs."""
    about = introduction(named="petstore.json", auth=BEARER, exclude=tuple(f"POST /shutdown{n}" for n in range(4)))
    text = harness_yaml(about, {})
    assert len(text.splitlines()) <= 15
    target = read(tmp_path, text)
    assert (target.url, target.headers) == ("http://127.0.0.1:8000", {})
    assert target.exclude == about.exclude
    assert "# auth: {bearer: {env: SHOP_TOKEN}}" in text
    with_token = read(tmp_path, harness_yaml(about, {"SHOP_TOKEN": "x"}), SHOP_TOKEN="x")
    assert with_token.headers == {"Authorization": "Bearer x"}


def test_off_loopback_the_host_is_allowed_for_reading_only(tmp_path: Path) -> None:
    """Nobody's data is written because somebody tried `init`."""
    target = read(tmp_path, harness_yaml(introduction(url="https://shop.test.example"), {}))
    assert target.limits.hosts == ("shop.test.example",)
    assert not target.limits.writes


@pytest.mark.parametrize("name", ["petstore.json", "airflow.yaml", "galaxy.yaml"])
def test_the_first_scenario_only_reads(name: str) -> None:
    """It names operations of the description whose method is GET."""
    about = introduction(name)
    text = first_scenario(about)
    named = text.partition("operations: [")[2].partition("]")[0].split(", ")
    methods = {o.name: o.method for o in about.description.operations}
    assert named
    assert {methods[one.strip("'")] for one in named} == {"GET"}


def test_graphql_has_no_first_scenario() -> None:
    """No load is made from a GraphQL schema."""
    assert first_scenario(introduction("dialogporten.graphql")) == ""


@pytest.mark.parametrize(
    ("scheme", "spelled"),
    [
        ({"type": "http", "scheme": "Bearer"}, "{bearer: {env: MY_SHOP_TOKEN}}"),
        ({"type": "oauth2", "flows": {}}, "{bearer: {env: MY_SHOP_TOKEN}}"),
        ({"type": "http", "scheme": "basic"}, "{basic: {user: me, password: {env: MY_SHOP_PASSWORD}}}"),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, "{api_key: {header: X-Key, value: {env: MY_SHOP_KEY}}}"),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, None),
        ("odd", None),
    ],
)
def test_the_scheme_that_is_declared_is_the_one_that_is_written(scheme: Any, spelled: str | None) -> None:
    """OpenAPI 3 and 2.0 alike; one that harness cannot speak is left to the reader."""
    for document in ({"components": {"securitySchemes": {"a": scheme}}}, {"securityDefinitions": {"a": scheme}}):
        found = declared_auth(document, "my-shop")
        assert (found.spelled if found else None) == spelled
