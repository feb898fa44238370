"""Who may join, and whose code may be run: both sides show that they know the token, without saying it (HMAC, RFC 2104)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
from typing import Any

from harness.errors import BadInput, EnvironmentFailed
from harness.load.link import Link

__all__ = ["TOKEN_VARIABLE", "greet", "join", "long_lived"]

TOKEN_VARIABLE = "HARNESS_WORKER_TOKEN"
_ANSWER_S = 10.0
_SILENT_MS = 6_000


def greet(link: Link, token: str, version: str, *, stays: bool = False) -> str:
    """The run's side: let the worker at the other end in. Returns its host's name. Raises EnvironmentFailed where it may not.

    `stays` tells it that another run may follow: then it reports again after each.
    """
    ours = secrets.token_hex(16)
    link.send({"kind": "hello", "version": version, "nonce": ours})
    answer = _next(link, "join")
    theirs, host = str(answer.get("nonce", "")), str(answer.get("host", "?"))[:80]
    if answer.get("version") != version:
        why = f"it is harness {answer.get('version')}, and this run is {version}"
        link.send(
            {"kind": "refused", "why": f"this worker is harness {answer.get('version')}, and the run is {version}"}
        )
        raise EnvironmentFailed(f"The worker on {host} was refused: {why}.", "Install the same version on both.")
    if not hmac.compare_digest(str(answer.get("proof", "")), _proof("worker", token, ours, theirs)):
        link.send({"kind": "refused", "why": f"its {TOKEN_VARIABLE} is not that of the run"})
        raise EnvironmentFailed(
            f"The worker on {host} was refused: its {TOKEN_VARIABLE} is not ours.", "Set the same secret on both."
        )
    link.send({"kind": "welcome", "proof": _proof("run", token, ours, theirs), "stays": stays})
    return host


def join(link: Link, token: str, version: str) -> bool:
    """The worker's side. Returns whether another run may follow. Raises BadInput where the run refuses, or cannot show that it knows the
    token."""
    theirs = _next(link, "hello")
    ours = secrets.token_hex(16)
    link.send(
        {
            "kind": "join",
            "version": version,
            "nonce": ours,
            "host": socket.gethostname(),
            "proof": _proof("worker", token, str(theirs.get("nonce", "")), ours),
        }
    )
    answer = _next(link, "welcome", "refused")
    if answer["kind"] == "refused":
        raise BadInput(f"The run refused this worker: {answer.get('why')}.", "Make version and token the same on both.")
    if not hmac.compare_digest(str(answer.get("proof", "")), _proof("run", token, str(theirs.get("nonce", "")), ours)):
        raise BadInput(
            f"Who answers there does not know our {TOKEN_VARIABLE}: nothing of it is run.",
            "Set the same secret on both.",
        )
    return bool(answer.get("stays"))


def long_lived(end: socket.socket) -> socket.socket:
    """A connection that says within seconds when the other host is gone, and that waits for nothing before it sends."""
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 2),
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", _SILENT_MS),
    ):
        if hasattr(socket, name):  # Linux; elsewhere the system's own, longer times hold
            end.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return end


def _next(link: Link, *kinds: str) -> dict[str, Any]:
    message = link.receive(_ANSWER_S)
    if message is None or message["kind"] not in kinds:
        said = "nothing" if message is None else f"`{message['kind']}`"
        raise EnvironmentFailed(
            f"The other end said {said} where `{kinds[0]}` was due.", "Is that a harness run with --master?"
        )
    return message


def _proof(who: str, token: str, run_nonce: str, worker_nonce: str) -> str:
    return hmac.new(token.encode(), f"{who}:{run_nonce}:{worker_nonce}".encode(), hashlib.sha256).hexdigest()
