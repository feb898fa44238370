"""`python -m harness.contract.states_process`: the child that brings a provider into the states its consumers count on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from harness.contract.leash import receive
from harness.contract.pact_states import load
from harness.errors import HarnessError

__all__: list[str] = []

ANSWER_S = 10.0  # for one state


def main() -> None:
    """A row a state: the values that it gave, or why it could not be set up."""
    spec, emit = receive()
    by_url = spec["states"].startswith(("http://", "https://"))
    try:
        handler = None if by_url else load(spec["states"], [*spec["search"], os.getcwd()])  # noqa: PTH109
    except HarnessError as error:
        emit({"kind": "bad-input", "what": error.what, "todo": error.todo})
        return
    for row in spec["wanted"]:
        values: Mapping[str, object] = {}
        why = ""
        try:
            values = _by_url(spec["states"], row) if handler is None else _by_python(handler, spec, row)
        except Exception as error:  # noqa: BLE001  a user's function may fail in any way; the note says how
            why = f"the provider state `{row['state']}` failed: {type(error).__name__}: {error}"
        emit({"kind": "state", "number": row["number"], "values": dict(values), "why": why})


def _by_python(handler: Callable[..., Any], spec: Mapping[str, Any], row: Mapping[str, Any]) -> Mapping[str, object]:
    given = handler(row["state"], "setup", row["params"], base_url=spec["base_url"], headers=spec["headers"])
    return dict(given or {})


def _by_url(url: str, row: Mapping[str, Any]) -> Mapping[str, object]:
    asked = {"state": row["state"], "action": "setup", "params": row["params"]}
    answer = httpx.post(url, json=asked, timeout=ANSWER_S).raise_for_status()
    given = answer.json() if answer.content else {}
    return given if isinstance(given, dict) else {}


if __name__ == "__main__":
    main()
