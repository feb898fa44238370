"""Requests that are prepared before the load."""

from __future__ import annotations

import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.call import Call, Taken, Variant, calls_from_message, calls_to_message, fill, without_source

TEXT = st.text(max_size=20)
TAKEN = st.builds(Taken, call=TEXT, statuses=st.lists(TEXT, max_size=3).map(tuple), pointer=TEXT, header=TEXT)
VARIANT = st.builds(Variant, path=TEXT, headers=st.dictionaries(TEXT, TEXT, max_size=3), body=st.binary(max_size=30))
CALL = st.builds(
    Call,
    name=TEXT,
    method=st.sampled_from(["GET", "POST"]),
    variants=st.lists(VARIANT, min_size=1, max_size=3).map(tuple),
    weight=st.floats(0, 100),
    takes=st.dictionaries(TEXT, TAKEN, max_size=2),
    fresh=st.lists(TEXT, max_size=2).map(tuple),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(CALL, max_size=3).map(tuple))
def test_calls_travel_unchanged(calls: tuple[Call, ...]) -> None:
    """What a load process is told is what was prepared."""
    assert calls_from_message(msgpack.unpackb(msgpack.packb(calls_to_message(calls)))) == calls


def _places(node: object, so_far: str = "") -> list[tuple[str, object]]:
    found = [(so_far, node)]
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in entries:
        found += _places(inner, f"{so_far}/{str(key).replace('~', '~0').replace('/', '~1')}")
    return found


@given(JSON)
def test_a_pointer_finds_every_value(body: object) -> None:
    """Texts and numbers as they are; what cannot stand in a path is not taken (RFC 6901)."""
    for pointer, value in _places(body):
        got = Taken(call="c", pointer=pointer).read({}, body)
        if isinstance(value, bool):
            assert got == json.dumps(value)
        elif isinstance(value, str | int):
            assert got == str(value)
        else:
            assert got is None


@pytest.mark.parametrize(
    ("statuses", "status", "fits"),
    [
        (("202",), 202, True),
        (("202",), 200, False),
        (("2XX",), 204, True),
        (("4xx",), 204, False),
        (("default",), 500, True),
    ],
)
def test_a_status_fits_as_documents_write_it(statuses: tuple[str, ...], status: int, fits: bool) -> None:
    """By number, by class, or any."""
    assert Taken(call="c", statuses=statuses).fits(status) is fits


def test_a_value_is_one_segment_of_the_path() -> None:
    """An id with a slash in it must not become another path."""
    assert fill("/orders/{id}/lines/{n}", {"id": "a/b c", "n": "7"}) == "/orders/a%2Fb%20c/lines/7"


def test_calls_that_need_each_other_have_no_source() -> None:
    """A chain can be made; a circle, what hangs on it, and what needs a call that is not there cannot."""

    def call(name: str, *needs: str) -> Call:
        return Call(name=name, method="GET", variants=(), takes={need: Taken(call=need) for need in needs})

    chain = (call("a"), call("b", "a"), call("c", "a", "b"))
    broken = (call("x", "y"), call("y", "x"), call("z", "x"), call("gone", "nobody"))
    assert without_source(chain + broken) == {"x", "y", "z", "gone"}
