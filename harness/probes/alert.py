"""Whether an alert fires: asked of Prometheus (`/api/v1/alerts`) or of an Alertmanager (`/api/v2/alerts`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.errors import ProbeSilent
from harness.probes.http import Web

__all__ = ["alert_fires"]


def alert_fires(web: Web) -> float:
    """1 while an alert of that name fires, else 0. Pending is not firing; neither is silenced or inhibited: nobody is told."""
    base, name = web.probe.url.rstrip("/"), web.probe.ask
    fires = _in_alertmanager if web.probe.read == "alertmanager" else _in_prometheus
    try:
        return float(fires(web, base, name))
    except (KeyError, TypeError, AttributeError) as error:
        raise ProbeSilent(f"the answer is not what {web.probe.read} says of its alerts") from error


def _in_prometheus(web: Web, base: str, name: str) -> bool:
    document = web.json(f"{base}/api/v1/alerts")
    if document["status"] != "success":
        raise ProbeSilent(f"Prometheus did not tell its alerts: {document.get('error', '')}")
    return any(one["state"] == "firing" for one in _called(name, document["data"]["alerts"]))


def _in_alertmanager(web: Web, base: str, name: str) -> bool:
    document = web.json(f"{base}/api/v2/alerts")
    if not isinstance(document, list):
        raise ProbeSilent(f"Alertmanager did not tell its alerts: {str(document)[:100]}")
    return any(one["status"]["state"] == "active" for one in _called(name, document))


def _called(name: str, alerts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for one in alerts if one["labels"].get("alertname") == name]
