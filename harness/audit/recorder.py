"""The audit's recorder: an observer of the load that keeps what clients were told about effects."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from harness.audit.asked import Asked, key_of
from harness.audit.history import told_by
from harness.model.effect import Effect
from harness.model.observer import Exchange

_VALUE_BYTES = 512


class Recorder:
    """Records the requests that ask for one of `effects`, and no others."""

    name = "audit"

    def __init__(self, effects: Iterable[Effect]) -> None:
        self._asked = Asked(effects)
        self._rows: list[dict[str, object]] = []

    def saw(self, exchange: Exchange) -> None:
        """Record a request with an effect."""
        path = urlsplit(exchange.url).path
        effect = self._asked.of(exchange.operation, exchange.method, path)
        if effect is None:
            return
        self._rows.append(
            {
                "process": exchange.user,
                "type": str(told_by(exchange)),
                "f": effect.kind,
                "key": key_of(effect, exchange),
                "status": exchange.status,
                "invoke_ns": exchange.start_ns,
                "complete_ns": exchange.end_ns,
                "path": path,
                "value": exchange.request_body[:_VALUE_BYTES].decode("utf-8", "replace"),
                "error": exchange.error[:200],
                "operation": exchange.operation,
                "method": exchange.method,
            }
        )

    def drain(self) -> list[dict[str, object]]:
        """The rows since the last call."""
        rows, self._rows = self._rows, []
        return rows
