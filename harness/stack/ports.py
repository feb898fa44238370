"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
import sys
from collections import deque
from pathlib import Path

from harness.errors import EnvironmentFailed, ServiceDied

__all__ = ["LOOPBACK", "PortTaken", "claim_port", "free_ports", "hold_port"]

LOOPBACK = "127.0.0.1"

_LOWEST, _DEFAULT_EPHEMERAL = 12_000, 32_768
_TRIES = 200
_MOST_CLAIMS = 64
_claims: deque[socket.socket] = deque()


class PortTaken(ServiceDied):
    """It could not bind: somebody was faster. Another port will do."""


def free_ports(count: int) -> tuple[int, ...]:
    """Different ports that nobody holds at this moment, below those the kernel gives to outgoing connections.

    From that range a load test's own connections could take the port of a service while it is being restarted.
    Two processes of harness that ask at one moment get different ones. Another program may still be faster: a bind error at start means
    another try. Raises EnvironmentFailed.
    """
    rng, found = random.SystemRandom(), set[int]()
    for _ in range(_TRIES + count):
        if len(found) == count:
            return tuple(found)
        port = rng.randrange(_LOWEST, _first_ephemeral())
        if claim_port(port) and _is_free(port):
            found.add(port)
    raise EnvironmentFailed(
        f"No {count} free ports were found on {LOOPBACK} below {_first_ephemeral()}.", "See who holds them: ss -ltn"
    )


def hold_port(port: int) -> socket.socket:
    """Bind without listening, for as long as the socket is open. Processes of this user may share it with SO_REUSEPORT.

    Without it, two stacks that picked one port at the same moment would silently share the clients too. Raises OSError.
    """
    held = socket.socket()
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((LOOPBACK, port))
    except OSError:
        held.close()
        raise
    return held


def claim_port(port: int) -> bool:
    """Whether no other process of harness was given it lately.

    Each binds an abstract name for it (unix(7)): that belongs to this network namespace and ends with the process. The newest 64 are kept.
    """
    if sys.platform != "linux":
        return True
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0api-harness/port/{port}")
    except OSError:
        name.close()
        return False
    _claims.append(name)
    while len(_claims) > _MOST_CLAIMS:
        _claims.popleft().close()
    return True


def _first_ephemeral() -> int:
    try:
        low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        low = _DEFAULT_EPHEMERAL
    return low if low > _LOWEST + 1_000 else 65_000  # a machine that gives out nearly all: then any will do


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection's TIME_WAIT is no holder
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
