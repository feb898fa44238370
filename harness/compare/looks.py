"""When a comparison may be looked at, and how sure it must be each time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

ALPHA = 0.05
SPENT = 0.8  # of ALPHA where there are several looks: what simulation leaves (tests/bench/bench_compare.py)
STEP = 2  # pairs between looks: a block of both orders


@dataclass(frozen=True, slots=True)
class Looks:
    """A verdict is possible at `at` pairs, each time at the level `alpha`, so that all looks together err in at most 5 % of comparisons.

    Looking again and again at 5 % each would err in 10 %. The level of each of L > 1 looks is 4 % / (1 + ln L), after the way in which Lan &
    DeMets (1983) spend Pocock's price; 4 and not 5, for with so few pairs the statistics of two looks are less alike than theirs.
    """

    at: tuple[int, ...]
    alpha: float

    @classmethod
    def plan(cls, first: int, most: int) -> Looks:
        """Looks at `first` pairs, then every two more up to `most`. Raises ValueError where there are fewer than 5, or most is below first."""
        if first < 5:
            raise ValueError("fewer than 5 pairs decide nothing")
        if most < first:
            raise ValueError("the most pairs are fewer than the first look needs")
        at = tuple(range(first, most + 1, STEP))
        at = at if at[-1] == most else (*at, most)
        return cls(at, ALPHA if len(at) == 1 else SPENT * ALPHA / (1 + log(len(at))))

    def due(self, pairs: int) -> bool:
        """Whether a verdict is possible at that many pairs that count."""
        return pairs in self.at

    @property
    def most(self) -> int:
        """The last look."""
        return self.at[-1]
