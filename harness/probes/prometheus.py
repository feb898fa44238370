"""A query of a Prometheus server (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

from __future__ import annotations

from typing import Any

from harness.errors import ProbeSilent
from harness.probes.http import Web

__all__ = ["query"]


def query(web: Web) -> float:
    """The value of a query that gives exactly one. Raises ProbeSilent with what Prometheus said."""
    document = web.json(f"{web.probe.url.rstrip('/')}/api/v1/query", {"query": web.probe.ask})
    if not isinstance(document, dict) or document.get("status") != "success":
        said = document.get("error", "") if isinstance(document, dict) else ""
        raise ProbeSilent(f"Prometheus refused the query: {said or 'its answer is no result'}")
    try:
        return _value(document["data"]["resultType"], document["data"]["result"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ProbeSilent("the answer is not what Prometheus answers to a query") from error


def _value(kind: str, result: Any) -> float:
    if kind == "scalar":
        return float(result[1])
    if kind != "vector":
        raise ProbeSilent(f"the query gives a {kind}; write one that gives one number at a time")
    if len(result) != 1:
        todo = "aggregate them, such as sum(...)" if result else "does the metric exist?"
        raise ProbeSilent(f"the query gives {len(result)} series instead of one; {todo}")
    return float(result[0]["value"][1])
