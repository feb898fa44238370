"""The port to whatever keeps undos; `harness.guard.Guard` fills it."""

from __future__ import annotations

from typing import Protocol

from harness.guard import Undo

__all__ = ["Promised", "Promises"]


class Promised(Protocol):
    """One undo that will be done unless it is kept by ourselves."""

    @property
    def undo(self) -> Undo:
        """What takes the change back."""

    def kept(self) -> None:
        """The change was taken back."""


class Promises(Protocol):
    """Takes an undo before the change is made, and does it when we cannot."""

    def promise(self, undo: Undo, *, lease_s: float | None = None) -> Promised:
        """Raises EnvironmentFailed where it cannot be kept: then the change is not made."""
