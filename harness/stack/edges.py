"""Toxiproxy on every edge of the stack."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness.model import Edge
from harness.stack.ports import LOOPBACK
from harness.stack.readiness import ToxiproxyReady
from harness.stack.service import ServiceSpec

__all__ = ["Ports", "edges_of", "toxiproxy_spec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Each service's own port, and the one where Toxiproxy listens in its stead (`to_...`)."""

    postgres: int
    valkey: int
    payments: int
    orders: int
    relay: int
    toxiproxy: int
    to_orders: int
    to_postgres: int
    to_valkey: int
    to_payments: int

    def pairs(self) -> Mapping[str, int]:
        """By name."""
        return {name: getattr(self, name) for name in self.__slots__}


def edges_of(ports: Ports) -> Mapping[str, Edge]:
    """Where a fault can be put: client→orders, orders and relay→postgres, orders and relay→valkey, relay→payments."""
    edges = (
        _edge("front", ports.to_orders, ports.orders, "http"),
        _edge("postgres", ports.to_postgres, ports.postgres, "postgres"),
        _edge("valkey", ports.to_valkey, ports.valkey, "redis"),
        _edge("payments", ports.to_payments, ports.payments, "http"),
    )
    return MappingProxyType({edge.name: edge for edge in edges})


def toxiproxy_spec(
    program: Path, edges: Iterable[Edge], *, port: int, folder: Path, log: Path, env: Mapping[str, str]
) -> ServiceSpec:
    """Writes the configuration into `folder`. Explicit ports: with none, Toxiproxy listens on every interface."""
    edges = tuple(edges)
    config = folder / "toxiproxy.json"
    proxies = [{"name": e.proxy, "listen": e.listen, "upstream": e.upstream, "enabled": True} for e in edges]
    config.write_text(json.dumps(proxies, indent=1))
    return ServiceSpec(
        name="toxiproxy",
        argv=(str(program), "-host", LOOPBACK, "-port", str(port), "-config", str(config)),
        # At its default it writes lines for every connection. A token for other servers must not lock ours.
        env={name: value for name, value in env.items() if name != "TOXIPROXY_AUTH_TOKEN"} | {"LOG_LEVEL": "warn"},
        port=port,
        ready=ToxiproxyReady(port, frozenset(edge.proxy for edge in edges)),
        log=log,
        cwd=folder,
    )


def _edge(name: str, listen: int, upstream: int, protocol: str) -> Edge:
    # `ours` is False: the proxy is there as long as the stack is, so a fault neither makes nor removes it.
    return Edge(
        name=name,
        proxy=name,
        listen=f"{LOOPBACK}:{listen}",
        upstream=f"{LOOPBACK}:{upstream}",
        protocol=protocol,  # type: ignore[arg-type]
    )
