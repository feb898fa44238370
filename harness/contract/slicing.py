"""A large description is given to the engine piece by piece: it looks at the whole of what it is given before it sends anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["PIECE", "piece_of", "pieces"]

PIECE = 120
"""Operations in a piece. Schemathesis 4.32 orders operations by what they make and need before its first case, again in each run, in time that
grows with their number squared in part: 5,340 of them took it 5 s, and its stateful phase 83 s, in which it does not heed a stop."""


def pieces(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The spec of a child (see `fuzz.spec_of`), cut along the paths in their order: what belongs together mostly stands together.

    Each keeps all components. A small description stays whole, and so does one that refers into its own paths.
    """
    operations = spec["operations"]
    if spec["graphql"] or len(operations) <= PIECE or _refers_to_paths(spec["document"]):
        return [spec]
    by_path: dict[str, list[Mapping[str, Any]]] = {}
    for about in operations:
        by_path.setdefault(about["label"].partition(" ")[2], []).append(about)
    found: list[list[Mapping[str, Any]]] = [[]]
    for together in by_path.values():
        if found[-1] and len(found[-1]) + len(together) > PIECE:
            found.append([])
        found[-1] += together
    return [_cut(spec, one) for one in found]


def piece_of(spec: Mapping[str, Any], names: frozenset[str]) -> Mapping[str, Any]:
    """With these operations alone; the whole where it would not be cut at all."""
    if len(pieces(spec)) == 1:
        return spec
    return _cut(spec, [about for about in spec["operations"] if about["name"] in names])


def _cut(spec: Mapping[str, Any], operations: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    paths = spec["document"]["paths"]
    kept = dict.fromkeys(about["label"].partition(" ")[2] for about in operations)
    document = {**spec["document"], "paths": {path: paths[path] for path in kept if path in paths}}
    return {**spec, "document": document, "operations": operations}


def _refers_to_paths(document: Mapping[str, Any]) -> bool:
    return '"#/paths/' in json.dumps(document)
