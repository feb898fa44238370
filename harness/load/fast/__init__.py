"""A client made for load: `FastUser` stands where a locustfile has `FastHttpUser`.

Locust, which patches the process, is imported by the names below and not by the package, so its pure modules can be had alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.load.fast.answer import Answer
    from harness.load.fast.prepared import Prepared
    from harness.load.fast.session import FastSession
    from harness.load.fast.statistics import Statistics
    from harness.load.fast.transport import tls_context
    from harness.load.fast.user import FastUser

__all__ = ["Answer", "FastSession", "FastUser", "Prepared", "Statistics", "tls_context"]

_HOMES = {
    "Answer": "answer",
    "FastSession": "session",
    "FastUser": "user",
    "Prepared": "prepared",
    "Statistics": "statistics",
    "tls_context": "transport",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
