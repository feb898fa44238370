"""Pieces one after the other: what a shape is over a given stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.model.shapes.line import Line
from harness.model.shapes.wave import Wave

Piece = Line | Wave


class Shaped(Protocol):
    """What a shape can do."""

    def pieces(self, duration: float) -> tuple[Piece, ...]:
        """Laid over `duration` seconds."""


@dataclass(frozen=True, slots=True)
class Course:
    """A level over time, in pieces that follow one another."""

    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, level: float | Shaped, duration: float) -> Course:
        """Of a number or a shape, laid over `duration` seconds."""
        if isinstance(level, int | float):
            return cls((Line(duration, level, level),))
        return cls(level.pieces(duration))

    @property
    def peak(self) -> float:
        """The highest level."""
        return max(piece.peak for piece in self.pieces)

    def at(self, seconds: float) -> float:
        """The level `seconds` after the start: of a jump, the level after it; beyond the end, the last."""
        for piece in self.pieces[:-1]:
            if seconds < piece.duration:
                return piece.at(seconds)
            seconds -= piece.duration
        last = self.pieces[-1]
        return last.at(min(seconds, last.duration))

    def until(self, seconds: float) -> float:
        """The area from the start; it stops growing at the end."""
        area = 0.0
        for piece in self.pieces:
            if seconds <= 0:
                break
            area += piece.until(min(seconds, piece.duration))
            seconds -= piece.duration
        return area
