"""The audit's recorder: an observer of the load that keeps what clients were told about effects."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from harness.audit.history import told_by
from harness.model.observer import Exchange

KEY_HEADER = "idempotency-key"
_VALUE_BYTES = 512


class Recorder:
    """`effects` maps an operation to the kind of its effect, such as `{"place_order": "place"}`; all else is not recorded."""

    name = "audit"

    def __init__(self, effects: Mapping[str, str]) -> None:
        self._effects = dict(effects)
        self._rows: list[dict[str, object]] = []

    def saw(self, exchange: Exchange) -> None:
        """Record a request with an effect. The key is its idempotency key, or its path where it has none."""
        kind = self._effects.get(exchange.operation)
        if kind is None:
            return
        path = urlsplit(exchange.url).path
        self._rows.append(
            {
                "process": exchange.user,
                "type": str(told_by(exchange)),
                "f": kind,
                "key": exchange.request_headers.get(KEY_HEADER, "") or path,
                "status": exchange.status,
                "invoke_ns": exchange.start_ns,
                "complete_ns": exchange.end_ns,
                "path": path,
                "value": exchange.request_body[:_VALUE_BYTES].decode("utf-8", "replace"),
                "error": exchange.error[:200],
            }
        )

    def drain(self) -> list[dict[str, object]]:
        """The rows since the last call."""
        rows, self._rows = self._rows, []
        return rows
