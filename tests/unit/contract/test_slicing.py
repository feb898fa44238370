"""Large descriptions in pieces."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.contract.slicing import PIECE, piece_of, pieces


def spec(paths: list[int], **document: Any) -> dict[str, Any]:
    """A child's spec with so many operations under each path."""
    methods = ("GET", "PUT", "POST", "DELETE", "PATCH")
    labels = [f"{method} /p{number}" for number, n in enumerate(paths) for method in methods[:n]]
    return {
        "graphql": False,
        "document": {
            "components": {"schemas": {"A": {}}},
            "paths": {f"/p{number}": {"get": {}} for number in range(len(paths))} | {"/excluded": {}},
            **document,
        },
        "operations": [{"label": label, "name": label.lower()} for label in labels],
    }


@given(st.lists(st.integers(1, 5), min_size=1, max_size=120))
def test_every_operation_is_in_one_piece_with_its_path_and_all_components(paths: list[int]) -> None:
    """In their order, no piece above the size, and what shares a path together."""
    whole = spec(paths)
    every = pieces(whole)
    assert [one for piece in every for one in piece["operations"]] == whole["operations"]
    assert all(len(piece["operations"]) <= PIECE for piece in every)
    for piece in every if len(every) > 1 else ():
        assert piece["document"]["components"] == whole["document"]["components"]
        assert set(piece["document"]["paths"]) == {one["label"].partition(" ")[2] for one in piece["operations"]}
    if len(every) > 1:
        held = [set(piece["document"]["paths"]) for piece in every]
        assert sum(map(len, held)) == len(set.union(*held))
    else:
        assert every == [whole]


def test_what_refers_into_its_own_paths_stays_whole() -> None:
    """A piece would lose what it refers to."""
    large = spec([5] * 60, **{"x-other": {"$ref": "#/paths/~1p1/get"}})
    assert pieces(large) == [large]
    assert piece_of(large, frozenset({"get /p1"})) == large


def test_a_few_operations_are_cut_out_of_a_large_description() -> None:
    """To send findings again, the rest need not be read; a small one is left as it is."""
    large, small = spec([5] * 60), spec([1, 1])
    cut = piece_of(large, frozenset({"get /p1", "put /p7"}))
    assert list(cut["document"]["paths"]) == ["/p1", "/p7"]
    assert [one["name"] for one in cut["operations"]] == ["get /p1", "put /p7"]
    assert piece_of(small, frozenset({"get /p1"})) == small
