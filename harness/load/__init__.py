"""Load: the plan of arrivals, the process that makes them with Locust, and what it says. Importing this room imports no Locust."""

from pathlib import Path

from harness.load.clock import Clock
from harness.load.feed import rows
from harness.load.generator import ENTRY, Generator
from harness.load.keys import idempotency_key
from harness.load.messages import (
    Backlog,
    Failures,
    Finished,
    Health,
    Message,
    Note,
    Observed,
    Problem,
    Ready,
    Samples,
    Timings,
    Windows,
)
from harness.load.peer import Spawn
from harness.load.plan import LoadPlan
from harness.load.recorder import NO_OPERATION, RAISED
from harness.load.users import users_at
from harness.load.validity import clock_checks, load_checks, standing_checks
from harness.load.workers import Lost, Workers, shared

PREPARED = Path(__file__).with_name("prepared_users.py")
"""The locustfile of a load that has none: it makes the plan's `calls`."""

__all__ = [
    "ENTRY",
    "NO_OPERATION",
    "PREPARED",
    "RAISED",
    "Backlog",
    "Clock",
    "Failures",
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
    "Samples",
    "Spawn",
    "Timings",
    "Windows",
    "Workers",
    "clock_checks",
    "idempotency_key",
    "load_checks",
    "rows",
    "shared",
    "standing_checks",
    "users_at",
]
