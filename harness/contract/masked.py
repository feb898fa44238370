"""What is kept to be sent again holds names in place of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.model.curl import hide

__all__ = ["hidden", "revealed"]


def hidden(case: Any, secrets: Mapping[str, str]) -> Any:
    """The same case with every secret replaced by its name, in whatever text it stands."""
    if isinstance(case, dict):
        return {key: hidden(value, secrets) for key, value in case.items()}
    if isinstance(case, list):
        return [hidden(value, secrets) for value in case]
    return hide(case, secrets) if isinstance(case, str) else case


def revealed(case: Any, secrets: Mapping[str, str]) -> Any:
    """The inverse of `hidden`, with today's secrets."""
    if isinstance(case, dict):
        return {key: revealed(value, secrets) for key, value in case.items()}
    if isinstance(case, list):
        return [revealed(value, secrets) for value in case]
    if isinstance(case, str) and "\x00" in case:
        for value, name in secrets.items():
            case = case.replace(f"\x00{name}\x00", value)
    return case
