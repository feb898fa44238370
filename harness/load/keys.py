"""Idempotency keys that the audit can trace: `<run>-<worker>-<sequence>`. For locustfiles; imports nothing heavy."""

from __future__ import annotations

import itertools
import os
import secrets
from functools import lru_cache

__all__ = ["idempotency_key"]

_sequence = itertools.count(1)


def idempotency_key() -> str:
    """A key that no other request has. Run and worker come from HARNESS_RUN and HARNESS_WORKER.

    Under plain Locust, where nobody sets them, the run is random and the worker is the process id.
    """
    return f"{_prefix(os.getpid())}-{next(_sequence)}"


@lru_cache(maxsize=4)
def _prefix(pid: int) -> str:
    # By process: `locust --processes` forks, and two workers must not share a prefix.
    run = os.environ.get("HARNESS_RUN") or f"plain{secrets.token_hex(4)}"
    return f"{run}-{os.environ.get('HARNESS_WORKER') or pid}"
