"""Identifiers that sort by the time they were made, so that a page of the newest is an index scan."""

from __future__ import annotations

__all__ = ["ENTROPY_BYTES", "sortable_id"]

ENTROPY_BYTES = 6
_MILLISECOND_BITS = 48


def sortable_id(prefix: str, at_ms: int, entropy: bytes) -> str:
    """`prefix-` and 24 hex digits: 48 bits of milliseconds since 1970, then 48 random bits (the idea of UUIDv7, RFC 9562)."""
    if not 0 <= at_ms < 1 << _MILLISECOND_BITS:
        raise ValueError(f"{at_ms} ms does not fit into 48 bits")
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"entropy is {len(entropy)} bytes long, not {ENTROPY_BYTES}")
    return f"{prefix}-{at_ms:012x}{entropy.hex()}"
