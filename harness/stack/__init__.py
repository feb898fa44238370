"""Real processes for the bundled target: Postgres, Valkey, Toxiproxy and the reference service's own.

All on loopback and on free ports; each is started under a `Guard`, so that it ends with its parent, SIGKILL included.
"""

from harness.stack.edges import Ports
from harness.stack.ports import PortTaken, free_ports
from harness.stack.service import Service, ServiceSpec
from harness.stack.settings import StackSettings
from harness.stack.stack import Stack
from harness.stack.state import StackState, forget_state, load_state, save_state
from harness.stack.toxiproxy import TOXIPROXY_VERSION, find_toxiproxy

__all__ = [
    "TOXIPROXY_VERSION",
    "PortTaken",
    "Ports",
    "Service",
    "ServiceSpec",
    "Stack",
    "StackSettings",
    "StackState",
    "find_toxiproxy",
    "forget_state",
    "free_ports",
    "load_state",
    "save_state",
]
