"""The same key and body get the same answer and one effect; the same key with another body is refused.

After draft-ietf-httpapi-idempotency-key-header-07. Only effects are remembered: a request that was refused may be repeated with its key.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.reference.domain import KeyReused

if TYPE_CHECKING:
    from harness.reference.application.ports import Keys

__all__ = ["Answer", "KeyUse", "answered_before", "fingerprint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the client was told: the status, the Location header and the JSON text, byte for byte."""

    status: int
    location: str
    body: str
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """A key as one request used it. Keys are unique for an operation, across customers: the payments provider sees them, too."""

    operation: str
    key: str
    fingerprint: str


def fingerprint(subject: str, body: dict[str, object]) -> str:
    """A digest of who asks for what; members in any order give the same."""
    text = json.dumps([subject, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


async def answered_before(keys: Keys, use: KeyUse, answer: Answer) -> Answer | None:
    """None when the key is new and now stands for `answer`; else the stored answer. Waits for a twin request that is under way.

    Raises KeyReused.
    """
    stored = await keys.claim(use, answer)
    if stored is None:
        return None
    earlier, given = stored
    if earlier != use.fingerprint:
        raise KeyReused(f"The Idempotency-Key {use.key} already stands for another request; use a fresh one.")
    return given
