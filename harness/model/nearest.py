"""The nearest valid spelling of a mistyped name, for error messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like `word`, or None where nothing is near."""
    found = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence for the end of an error: the nearest name, or all that are known."""
    names = sorted(set(known))
    near = nearest(word, names)
    if near:
        return f"Did you mean `{near}`?"
    return f"Known here: {', '.join(names)}." if names else "None is known here."
