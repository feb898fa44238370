"""`requests:` and `from:` under `load`, right and wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config import read_scenario
from harness.errors import BadDocument
from harness.model import Load, Prepared, Target
from harness.model.call import Call, Taken, Variant

Read = Callable[[str], Load]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def _read(load: str) -> Load:
        path = tmp_path / "x.yaml"
        body = "".join(f"  {line}\n" for line in load.splitlines())
        path.write_text(f"name: x\ntarget: t\nload:\n{body}  profile: {{name: one, rate: 5/s, for: 1s}}\n")
        scenario = read_scenario(
            path,
            environ={},
            builtin={"t": Target(name="t", url="")},
            parse_fault=lambda *_: pytest.fail("no fault here"),
            fault_kinds=(),
            audits=(),
            defects=(),
        )
        assert scenario.load is not None
        return scenario.load

    return _read


def test_a_list_of_requests(read: Read) -> None:
    """A line alone, and one with everything: body, key, weight, and a value out of an earlier answer."""
    load = read(
        """requests:
  - GET /items
  - {request: post /orders, name: place, json: {item: cup}, headers: {Idempotency-Key: x}, weight: 3}
  - {request: "GET /orders/{id}", take: {id: place#/id}}
  - {request: "DELETE /orders/{id}", take: {id: place@X-Order}, body: bye}"""
    )
    assert load.prepared == Prepared(
        source="requests",
        calls=(
            Call(name="GET /items", method="GET", variants=(Variant(path="/items"),)),
            Call(
                name="place",
                method="POST",
                variants=(
                    Variant(
                        path="/orders",
                        headers={"Idempotency-Key": "x", "Content-Type": "application/json"},
                        body=b'{"item": "cup"}',
                    ),
                ),
                weight=3,
                fresh=("Idempotency-Key",),
            ),
            Call(
                name="GET /orders/{id}",
                method="GET",
                variants=(Variant(path="/orders/{id}"),),
                takes={"id": Taken(call="place", pointer="/id")},
            ),
            Call(
                name="DELETE /orders/{id}",
                method="DELETE",
                variants=(Variant(path="/orders/{id}", body=b"bye"),),
                takes={"id": Taken(call="place", header="X-Order")},
            ),
        ),
    )


def test_load_from_the_description(read: Read) -> None:
    """Some operations alike, or by weight, or all."""
    assert read("from: openapi").prepared == Prepared(source="openapi")
    assert read("from: openapi\noperations: [a, tag:b]").prepared == Prepared(
        source="openapi", weights=(("a", 1.0), ("tag:b", 1.0))
    )
    assert read("from: openapi\noperations: {a: 3, b: 0.5}").prepared == Prepared(
        source="openapi", weights=(("a", 3.0), ("b", 0.5))
    )
    assert read("from: pacts").prepared == Prepared(source="pacts")


@pytest.mark.parametrize(
    ("load", "complaint"),
    [
        ("from: openapi\nlocustfile: x.py", "just one of"),
        ("users: 5", "none of them"),
        ("from: swagger", "openapi"),
        ("from: pacts\noperations: [a]", "goes with `from: openapi`"),
        ("from: openapi\noperations: {a: 0}", "above 0"),
        ("requests: [FETCH]", "requests"),
        ("requests: [GET items]", "requests"),
        ("requests: [GET /a, GET /a]", "twice"),
        ("requests: [{request: GET /a, weight: 0}]", "nothing would be sent"),
        ("requests: [{request: POST /a, json: 1, body: x}]", "not both"),
        ("requests: [{request: GET /a, take: {id: b#/id}}]", "its path lacks"),
        ('requests: [{request: "GET /a/{id}", take: {id: b}}]', "Write CALL#/pointer"),
        (
            'requests: [{name: a, request: "GET /a/{id}", take: {id: plase#/id}}, {name: place, request: GET /b}]',
            "place",
        ),
        ("requests: [{request: GET /a, wieght: 2}]", "weight"),
    ],
)
def test_a_mistake_is_named(read: Read, load: str, complaint: str) -> None:
    """With the file, and what to write instead."""
    with pytest.raises(BadDocument, match=re.escape(complaint)) as caught:
        read(load)
    assert "x.yaml" in str(caught.value)
