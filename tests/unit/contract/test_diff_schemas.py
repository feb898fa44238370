"""Schemas that gain and lose what others take for granted, and every path to what changed."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from harness.contract.diff import Calendar
from harness.contract.diff.change import Touch
from harness.contract.diff.compare import compare
from harness.contract.diff.impact import relies
from harness.contract.diff.schemas import MAX_PAIRS
from harness.model import Level
from tests.unit.contract.diff_cases import INNER, KINDS, SINCE, TEXT, document, holding, obj
from tests.unit.contract.test_diff import TODAY, changes, pact, rules, side


@pytest.mark.parametrize("name", SINCE)
def test_what_narrows_is_told_where_one_sends_and_what_widens_where_one_reads(name: str) -> None:
    """At every place, by its rule and no other."""
    old, new, told = SINCE[name]
    assert set().union(*(rules(holding(place, old), holding(place, new)) for place in KINDS)) == told


@pytest.mark.parametrize(("name", "rule"), INNER.items())
def test_what_narrows_inside_a_parameter_is_told(name: str, rule: str) -> None:
    """As elsewhere."""
    old, new, _ = SINCE[name]
    place = "request-parameter"
    assert rules(holding(place, obj({"p": old})), holding(place, obj({"p": new}))) == {rule}


def test_a_read_only_name_that_is_required_is_sent_by_nobody() -> None:
    """Wherever it is described."""
    part = {"allOf": [obj({"a": {**TEXT, "readOnly": True}})]}
    assert rules(holding("request-body", part), holding("request-body", {**part, "required": ["a"]})) == set()


def test_what_stands_beside_a_reference_makes_another_schema() -> None:
    """One that is met after its bare fellow is compared, too."""
    bare = {"$ref": "#/components/schemas/X"}
    old, new = (
        {
            **document(
                {"requestBody": {"content": {"a/b": {"schema": obj({"p": bare, "q": {**bare, "maxLength": most}})}}}}
            ),
            "components": {"schemas": {"X": {**TEXT, "pattern": pattern}}},
        }
        for most, pattern in ((9, "a"), (5, "b"))
    )
    assert {"request-property-max-length-decreased", "request-property-pattern-changed"} <= rules(old, new)


def answering(schema: Any, **schemas: Any) -> dict[str, Any]:
    """A document that answers with it."""
    answer = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    return {**document({"responses": answer}, method="get"), "components": {"schemas": schemas}}


def refer(name: str) -> dict[str, str]:
    """To a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


ADDRESS = obj({"zip": TEXT, "city": TEXT})


def named(old: Any, new: Any, answer: Any) -> list[tuple[Level, tuple[str, ...]]]:
    """How a change is told where one consumer reads this much of the answer."""
    told = compare(side(old), side(new), Calendar(today=TODAY), [pact("web", answer, "/a")], relied_on=True)
    return [(one.level, one.consumers) for one in told]


@pytest.mark.parametrize("reads", ["billing", "shipping", "a/b"])
def test_a_schema_is_relied_on_along_every_path_to_it(reads: str) -> None:
    """And the change is told once."""
    orders = obj({name: refer("Address") for name in ("billing", "shipping", "a/b")})
    kinds = [{"type": kind} for kind in ("string", "integer")]
    old, new = (answering(orders, Address=obj({"zip": kind, "city": TEXT})) for kind in kinds)
    assert named(old, new, {reads: {"zip": "1"}}) == [(Level.ERROR, ("web",))]
    assert named(old, new, {reads: {"city": "x"}}) == [(Level.NOTE, ())]


@pytest.mark.parametrize("depth", range(5))
def test_a_recursive_schema_is_relied_on_at_any_depth(depth: int) -> None:
    """A tree, read down to its leaf."""
    held = {"children": {"type": "array", "items": refer("Tree")}}
    old, new = (
        answering(refer("Tree"), Tree=obj({**held, "leaf": {"type": kind}, "other": TEXT}))
        for kind in ("string", "integer")
    )
    for leaf, told in (("leaf", (Level.ERROR, ("web",))), ("other", (Level.NOTE, ()))):
        answer: Any = {leaf: "x"}
        for _ in range(depth):
            answer = {"children": [answer]}
        assert named(old, new, answer) == [told]


def test_where_paths_multiply_nobody_is_left_out() -> None:
    """Each of 12 layers refers twice to the next: 4,096 paths to the leaf, told without walking them."""
    layers = {f"L{n}": obj({"a": refer(f"L{n + 1}"), "b": refer(f"L{n + 1}")}) for n in range(12)}
    assert MAX_PAIRS < 2**12
    old, new = (answering(refer("L0"), **layers, L12=obj({"leaf": {"type": kind}})) for kind in ("string", "integer"))
    answer: Any = {"leaf": "x"}
    for step in itertools.islice(itertools.cycle("ab"), 12):
        answer = {step: answer}
    assert named(old, new, answer) == [(Level.ERROR, ("web",))]
    assert len(changes(old, new)) == 1


def test_any_depth_is_also_none() -> None:
    """`**` leads to a value itself, and to all that it holds."""
    (one,) = pact("web", {"a": [{"b": 1}]}).interactions
    touch = {
        path: Touch(part="response", name="200", path=path) for path in ("/**/a", "/**/b", "/a/**/b", "/**/c", "/b/**")
    }
    assert {path for path, its in touch.items() if relies(one, its)} == {"/**/a", "/**/b", "/a/**/b"}
