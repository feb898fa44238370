"""The Toxiproxy server's program."""

from harness.stack.toxiproxy.build import TOXIPROXY_VERSION
from harness.stack.toxiproxy.find import find_toxiproxy

__all__ = ["TOXIPROXY_VERSION", "find_toxiproxy"]
