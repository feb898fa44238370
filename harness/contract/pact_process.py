"""`python -m harness.contract.pact_process`: the child in which Pact's verifier runs, free of gevent.

(In a process that gevent has patched, the verifier starves its own state handler and every interaction fails after 5 s.)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.contract.leash import Emit, receive
from harness.contract.pact_states import StateServer, load, over_http
from harness.errors import HarnessError


def main() -> None:
    """Verify each pact by itself, so that every result is known to belong to one consumer."""
    spec, emit = receive()
    try:
        states = load(spec["states"], spec["search"]) if spec["states"] else None
        if spec["state_url"]:
            states = over_http(spec["state_url"], timeout_s=spec["request_timeout"])
        messages = load(spec["messages"], spec["search"]) if spec["messages"] else None
    except HarnessError as error:
        emit({"kind": "bad-input", "what": error.what, "todo": error.todo})
        return
    for number, document in enumerate(spec["pacts"]):
        path = Path(spec["folder"]) / f"pact-{number}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        _verify(spec, number, path, states, messages, emit)
    emit({"kind": "end"})


def _verify(
    spec: Mapping[str, Any],
    number: int,
    path: Path,
    states: Callable[..., Any] | None,
    messages: Callable[..., Any] | None,
    emit: Emit,
) -> None:
    from pact import Verifier

    parts = urlsplit(spec["base_url"])
    verifier = Verifier(spec["provider"], host=parts.hostname).add_transport(url=spec["base_url"])
    verifier.add_source(str(path)).set_coloured_output(enabled=False).set_error_on_empty_pact(enabled=False)
    verifier.set_request_timeout(int(spec["request_timeout"] * 1000)).add_custom_headers(dict(spec["headers"]))
    if spec["verify_tls"] is False:
        verifier.disable_ssl_verification()
    if messages is not None:
        verifier.message_handler(messages)
    with ExitStack() as running:
        failures: list[str] = []
        if states is not None:
            server = running.enter_context(StateServer(states, base_url=spec["base_url"], headers=spec["headers"]))
            failures = server.failures
            verifier.state_handler(server.url, teardown=True, body=True)
        said = ""
        try:
            verifier.verify()
        except RuntimeError as error:  # bare, whatever failed: the results say what
            said = str(error)
        emit({"kind": "pact", "number": number, "said": said, "state_failures": failures, **_results(verifier)})


def _results(verifier: Any) -> dict[str, Any]:
    try:
        results = verifier.results
    except (RuntimeError, ValueError) as error:
        return {"results": [], "errors": [f"the verifier gave no results: {error}"]}
    return {"results": results.get("interactionResults", []), "errors": results.get("errors", [])}


if __name__ == "__main__":
    main()
