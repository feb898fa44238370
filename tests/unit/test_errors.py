"""The error tree: what may be caught where."""

from __future__ import annotations

import pytest

from harness.errors import Interrupted


def test_no_library_can_swallow_an_interrupt() -> None:
    """A signal may come while foreign code runs, whose `except Exception` would lose it; ours is not caught there."""

    def signal_comes() -> None:
        raise Interrupted("Interrupted by SIGTERM.")

    def library() -> str:
        try:
            signal_comes()
        except Exception:  # noqa: BLE001 - what a library does
            return "swallowed"
        return "done"

    with pytest.raises(Interrupted, match="SIGTERM"):
        library()
