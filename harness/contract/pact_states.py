"""Provider states by Python: a small server on loopback that Pact's verifier asks to bring the provider into a state.

Unlike pact-python's own, it hands back what the handler returns, so that pacts can use values that only the provider knows
(an order's id), and it remembers why a handler failed.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from harness.errors import BadInput

States = Callable[..., Mapping[str, object] | None]


def load(place: str, search: Sequence[str]) -> Callable[..., Any]:
    """The function meant by `package.module:name` or `folder/file.py:name`. Raises BadInput."""
    module_name, _, name = place.rpartition(":")
    for folder in search:
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        if module_name.endswith(".py"):
            path = next((p for folder in search if (p := Path(folder) / module_name).is_file()), Path(module_name))
            spec = importlib.util.spec_from_file_location(path.stem, path)
            if spec is None or spec.loader is None:
                raise BadInput(f"`{module_name}` is no Python file.", "Write `folder/file.py:function`.")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        else:
            module = importlib.import_module(module_name)
        found = getattr(module, name)
    except (ImportError, OSError, AttributeError, ValueError) as error:
        raise BadInput(f"`{place}` could not be loaded: {error}.", "Write `package.module:function`.") from error
    if not callable(found):
        raise BadInput(f"`{place}` is no function.", "Name a function.")
    return found  # type: ignore[no-any-return]


def over_http(url: str, *, timeout_s: float) -> States:
    """Ask a state handler of the provider's own, as Pact's verifier would, but bounded and once: a refusal's words are kept."""

    def handle(state: str, action: str, parameters: Mapping[str, object], **_: object) -> Mapping[str, object] | None:
        import httpx  # here: the child that needs none must not pay for it

        asked = {"state": state, "action": action, "params": parameters}
        try:
            answer = httpx.post(url, json=asked, timeout=timeout_s, trust_env=not _is_here(url))
        except httpx.HTTPError as error:
            raise OSError(f"POST {url}: {error or type(error).__name__}") from error
        if not answer.is_success:
            raise OSError(f"POST {url} was answered with {answer.status_code}: {' '.join(answer.text.split())[:200]}")
        try:
            values = answer.json()
        except ValueError:
            return None
        return values if isinstance(values, dict) else None

    return handle


def _is_here(url: str) -> bool:
    return (urlsplit(url).hostname or "").startswith(("127.", "localhost", "::1"))


class StateServer:
    """Calls `handler(state, action, parameters, base_url=…, headers=…)`; `action` is `setup` or `teardown`."""

    def __init__(self, handler: States, *, base_url: str, headers: Mapping[str, str]) -> None:
        self.failures: list[str] = []
        self._handler = handler
        self._given = {"base_url": base_url, "headers": dict(headers)}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = outer.answer(raw)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/state"

    def answer(self, raw: bytes) -> tuple[int, Mapping[str, object]]:
        """A status and the values for the pact's generators."""
        asked = json.loads(raw)
        state, action = asked.pop("state", ""), asked.pop("action", "setup")
        parameters = asked.get("params", asked)
        if not state:  # Pact asks for the nameless state around interactions that name none
            return 200, {}
        try:
            return 200, dict(self._handler(state, action, parameters, **self._given) or {})
        except Exception as error:  # noqa: BLE001  a user's function may fail in any way; the finding says how
            self.failures.append(f"the provider state `{state}` failed at {action}: {type(error).__name__}: {error}")
            return 400, {"error": self.failures[-1]}  # to a 5xx the verifier returns again and again, for half a minute

    def __enter__(self) -> StateServer:
        threading.Thread(target=self._server.serve_forever, name="states", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
