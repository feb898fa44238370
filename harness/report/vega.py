"""Altair, imported when the first chart is drawn: half a second of processor time that a run, a check and an error message do without."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt
else:

    class _Altair:
        """Stands for the module; the first attribute that is asked for imports it."""

        def __getattr__(self, name: str) -> Any:
            value = getattr(import_module("altair"), name)
            setattr(self, name, value)
            return value

    alt = _Altair()

__all__ = ["alt"]
