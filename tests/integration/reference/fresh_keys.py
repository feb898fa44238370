"""A hook for plain `st run`: a client takes a fresh Idempotency-Key for each new request, which a fuzzer can't know from the document."""

from __future__ import annotations

import uuid
from typing import Any

import schemathesis


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Only in requests that are meant to be valid: a hook that touches another makes it count as valid."""
    valid = case.meta is None or case.meta.generation.mode.is_positive
    if valid and case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
