"""Locust's own web UI as the cockpit of runs, in a process of its own. Importing this room imports no Locust.

`state` (what there is to show) and `settings` travel over one socket pair: the parent tells, the UI process asks. Pure: `gate`
(who may do what), `statistics` (Locust's own tables and CSV files, with our figures), `metrics` (Prometheus), `series`.
Locust and gevent live in `locust_ui` and what it imports; the entry point is `harness.ui.process`.
"""

from harness.ui.settings import UiSettings
from harness.ui.state import (
    AuditState,
    EdgeState,
    FaultsState,
    FaultState,
    Figures,
    FindingsState,
    LogLine,
    Now,
    Point,
    Points,
    TestState,
    Topic,
    WorkerState,
)
from harness.ui.window import Answer, UiProcess

__all__ = [
    "Answer",
    "AuditState",
    "EdgeState",
    "FaultState",
    "FaultsState",
    "Figures",
    "FindingsState",
    "LogLine",
    "Now",
    "Point",
    "Points",
    "TestState",
    "Topic",
    "UiProcess",
    "UiSettings",
    "WorkerState",
]
