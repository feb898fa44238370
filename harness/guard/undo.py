"""What can be taken back: the port that every kind of undo fills, and the one list of kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Protocol

__all__ = ["Outcome", "Rank", "Undo", "register", "undo_from_json", "undo_to_json"]


class Rank(IntEnum):
    """What is taken back first: the network while its servers still answer, folders when nobody writes into them."""

    NETWORK = 0
    COMMAND = 1
    PROCESS = 2
    FOLDER = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the change is gone, and how that is known.

    `instead` is a harder way, which must be journalled before it is begun, since it may not be left half done.
    """

    done: bool
    what: str
    instead: Undo | None = None


class Undo(Protocol):
    """A change to the world, as what takes it back. Doing it twice is as good as once."""

    kind: ClassVar[str]
    rank: ClassVar[Rank]

    def undo(self, within_s: float) -> Outcome:
        """Take the change back; come back after about `within_s` seconds at the latest. Never raises OSError."""

    def by_hand(self) -> str:
        """The shell command that does the same."""

    def fields(self) -> dict[str, str | int]:
        """The arguments of the constructor, as JSON knows them."""


_KINDS: dict[str, Callable[..., Undo]] = {}


def register(kind: type[Any]) -> type[Any]:
    """Class decorator: make a kind of undo known to journals."""
    _KINDS[kind.kind] = kind
    return kind


def undo_to_json(undo: Undo) -> dict[str, str | int]:
    """One flat object; `undo_from_json` is its inverse."""
    return {"kind": undo.kind, **undo.fields()}


def undo_from_json(data: dict[str, Any]) -> Undo:
    """Raises ValueError for a kind or a field that is not known."""
    arguments = dict(data)
    kind = _KINDS.get(arguments.pop("kind", ""))
    if kind is None:
        raise ValueError(f"unknown kind of undo {data.get('kind')!r}")
    try:
        return kind(**arguments)
    except TypeError as error:
        raise ValueError(f"undo of kind {data['kind']!r}: {error}") from error
