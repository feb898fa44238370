"""uvloop's word for a connection that was cut a moment ago."""

from __future__ import annotations

__all__ = ["wrote_to_closed_transport"]


def wrote_to_closed_transport(error: BaseException) -> bool:
    """Whether `error` says that the peer was gone before we wrote.

    Between the reset and the callback that tells the client library of it, asyncio drops what is written, and uvloop raises a bare
    RuntimeError (`UVHandle._ensure_alive`), which redis-py and asyncpg pass on. It means what a ConnectionResetError means.
    """
    return isinstance(error, RuntimeError) and "the handler is closed" in str(error)
