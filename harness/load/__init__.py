"""Load: the plan of arrivals, the process that makes them with Locust, and what it says. Importing this room imports no Locust."""

from harness.load.feed import rows
from harness.load.generator import ENTRY, Generator, Spawn
from harness.load.keys import idempotency_key
from harness.load.messages import Finished, Health, Message, Note, Observed, Problem, Ready, Windows
from harness.load.plan import LoadPlan
from harness.load.users import users_at
from harness.load.validity import load_checks
from harness.load.workers import Lost, Workers, shared

__all__ = [
    "ENTRY",
    "Finished",
    "Generator",
    "Health",
    "LoadPlan",
    "Lost",
    "Message",
    "Note",
    "Observed",
    "Problem",
    "Ready",
    "Spawn",
    "Windows",
    "Workers",
    "idempotency_key",
    "load_checks",
    "rows",
    "shared",
    "users_at",
]
