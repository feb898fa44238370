"""A difference in one operation, before equal ones of several operations become one change."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contract.diff.change import Touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """See `Change`. Whether `rule` is one at all, the table says. `bare` is the message without where in this operation it is felt: what
    stands once in the document, and is felt by many, is told once."""

    rule: str
    place: tuple[str, ...]
    message: str
    touch: Touch
    removed: bool = False
    bare: str = ""
