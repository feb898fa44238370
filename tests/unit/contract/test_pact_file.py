"""Reading pacts of several specification versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.contract import find_pacts
from harness.contract.pact_file import parse_pact
from harness.errors import BadDocument
from harness.model import Pact

PARTIES = {"consumer": {"name": "web"}, "provider": {"name": "shop"}}


def test_every_version_gives_the_same_kind_of_interaction() -> None:
    """Version 2 has one state and plain bodies, 3 has messages apart, 4 has typed interactions and lists of header values."""
    old = {"description": "a", "providerState": "s", "request": {"method": "get", "path": "/a", "query": "x=1"}}
    new = {
        "description": "b",
        "type": "Synchronous/HTTP",
        "providerStates": [{"name": "s"}, {"name": "t"}],
        "request": {
            "method": "POST",
            "path": "/b",
            "query": {"x": ["1", "2"]},
            "headers": {"Accept": ["a", "b"]},
            "body": {"content": {"n": 1}, "contentType": "application/json"},
        },
    }
    document = {**PARTIES, "interactions": [old, new], "messages": [{"description": "m", "contents": {}}]}
    first, second, third = parse_pact(json.dumps(document), "x.json").interactions
    assert (first.method, first.path, first.states) == ("GET", "/a?x=1", ("s",))
    assert (second.path, second.states, second.headers) == ("/b?x=1&x=2", ("s", "t"), {"Accept": "a, b"})
    assert second.body == '{"n": 1}'
    assert (third.description, third.method) == ("m", "")


@pytest.mark.parametrize("raw", ["{", "[]", "{}", json.dumps({**PARTIES, "interactions": [{}]})])
def test_a_broken_pact_is_a_bad_document(raw: str, tmp_path: Path) -> None:
    """Named by its path."""
    (tmp_path / "broken.json").write_text(raw)
    with pytest.raises(BadDocument, match=r"broken.json"):
        find_pacts(Pact(provider="shop", sources=(str(tmp_path),)))
