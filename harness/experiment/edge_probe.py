"""What a canary asks at an edge of a target."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from harness.experiment.makers import stands_before
from harness.faults import Probe, Tls
from harness.model import Target

__all__ = ["edge_probe"]


def edge_probe(target: Target, name: str, host: str, port: int) -> Probe:
    """What asks at an edge that listens there: an edge before the target is asked for the target, in TLS where its URL says so."""
    parts = urlsplit(target.url)
    plain = Probe(protocol=target.edges[name].protocol, host=host, port=port)
    before = stands_before(target, name) or (parts.hostname, parts.port) == (host, port)
    if not before or plain.protocol not in ("http", "grpc"):
        return plain
    tls = Tls(parts.hostname or host, target.verify_tls) if parts.scheme == "https" else None
    return replace(plain, authority=parts.netloc.rpartition("@")[2], tls=tls)
