"""A client made for load: `FastUser` stands where a locustfile has `FastHttpUser`. Imports Locust: for load processes and locustfiles only."""

from harness.load.fast.answer import Answer
from harness.load.fast.prepared import Prepared
from harness.load.fast.session import FastSession
from harness.load.fast.statistics import Statistics
from harness.load.fast.transport import tls_context
from harness.load.fast.user import FastUser

__all__ = ["Answer", "FastSession", "FastUser", "Prepared", "Statistics", "tls_context"]
