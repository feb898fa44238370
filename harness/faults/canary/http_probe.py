"""The request with which a canary sees an HTTP fault: one that the fault matches, and that changes nothing."""

from __future__ import annotations

from dataclasses import replace

from harness.faults.canary.probe import Probe
from harness.faults.http import CANARY, HttpFault

__all__ = ["http_probe"]

_HEALTH = "/grpc.health.v1.Health/Check"  # https://github.com/grpc/grpc/blob/master/doc/health-checking.md
_EMPTY_MESSAGE = b"\0\0\0\0\0"


def http_probe(about: Probe, name: str, fault: HttpFault) -> Probe:
    """`about` is the edge's plain probe, `name` the fault's.

    A gRPC call goes as HTTP/1.1 to Envoy, which speaks HTTP/2 to the service. A call, and a method that is not safe, are named by a
    header of ours instead, which Envoy matches beside the fault's own match: they may have effects.
    """
    ours = ((CANARY, name),)
    if about.protocol == "grpc":
        headers = (("content-type", "application/grpc"), ("te", "trailers"), *ours)
        return replace(about, protocol="http", method="POST", path=_HEALTH, headers=headers, body=_EMPTY_MESSAGE)
    if not fault.is_safe_to_probe:
        return replace(about, headers=ours)
    return replace(
        about,
        method=fault.method or "GET",
        path=fault.path.example if fault.path else about.path,
        headers=tuple((key, CANARY if value == "*" else value) for key, value in fault.header.items()),
    )
