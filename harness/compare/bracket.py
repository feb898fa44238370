"""Where something breaks: a bracketing search over one number, whose every trial may be wrong once, or unable to tell.

Pure: it is told the trials so far and says where to try next. A level is settled by trials that agree; the two that make up
the answer always are. It goes towards the worst by doubling (or halving, where less is worse), so that a service is not hit with the
worst first, then halves on a logarithmic scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from harness.model.verdict import Verdict

__all__ = ["Bracket", "Search", "Trial", "search"]

_SLACK = 1e-9  # of a ratio: binary fractions must not cost a trial
_DIGITS = 4  # of a value to try: 4 digits are finer than any tolerance that is allowed
LEAST_TOLERANCE = 0.01
_IN_THE_DARK = 3  # values that could not be told, with none that could, after which the search gives up
_WIDEST = 3  # tolerances between the sides of an answer with something between them that could not be told


@dataclass(frozen=True, slots=True)
class Trial:
    """One try at a value: it held (`pass`), it broke (`fail`), or it could not be told."""

    value: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Level:
    """What the trials at one value say together."""

    value: float
    held: int
    broke: int
    unknown: int

    @classmethod
    def of(cls, value: float, trials: Sequence[Trial]) -> Level:
        """Count the trials at that value."""
        said = [trial.verdict for trial in trials if trial.value == value]
        return cls(value, *(said.count(verdict) for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)))

    @property
    def votes(self) -> int:
        """How many speak for the side that leads."""
        return max(self.held, self.broke)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """The answer: it holds at `holds`, and no longer at `breaks`. `unclear` is the mildest value beyond `holds` that could not be told.

    `pass`: both are settled and close (within three tolerances, where what lies between could not be told), or it holds at
    the worst value allowed (`breaks` is None). `fail`: it breaks at the mildest already (`holds` is None). `unknown`: anything
    else, with what is known until then.
    """

    verdict: Verdict
    why: str
    holds: float | None = None
    breaks: float | None = None
    unclear: float | None = None
    falling: bool = False

    @property
    def mildest_bad(self) -> float | None:
        """The first of `unclear` and `breaks`; None where neither is."""
        bad = [at for at in (self.unclear, self.breaks) if at is not None]
        return (max if self.falling else min)(bad, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """From `start` up to `ceiling`, or down to `floor`, until the two sides are within `tolerance` (a share) of one another.

    More is worse, unless it is `falling`: then the search goes down first, and the ceiling is the mildest value.

    `agree` equal verdicts settle a level; one that could not be told `unknowns` times is unclear. `most` trials in all; `whole` numbers only.
    Raises ValueError for bounds that are not 0 < floor <= start <= ceiling, or a tolerance under 1 %.
    """

    start: float
    floor: float
    ceiling: float
    tolerance: float = 0.1
    agree: int = 2
    unknowns: int = 2
    most: int = 40
    whole: bool = False
    falling: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.floor <= self.start <= self.ceiling:
            raise ValueError("the search needs 0 < floor <= start <= ceiling")
        if not LEAST_TOLERANCE <= self.tolerance < 1:
            raise ValueError("the tolerance must be from 1 % to below 100 %")

    def next_value(self, trials: Sequence[Trial]) -> float | None:
        """Where to try next; None when the answer is there, or `most` trials are."""
        return None if len(trials) >= self.most else self._next(self._levels(trials))

    def bracket(self, trials: Sequence[Trial]) -> Bracket:
        """What is known by now."""
        levels = self._levels(trials)
        held, bad = self._sides(levels)
        breaks = next(
            (one.value for one in levels if self._breaks(one) and (held is None or self._beyond(one, held))), None
        )
        verdict, why = self._answer(levels, len(trials))
        all_the_same = sum(self._holds(one) for one in levels if bad is not None and self._beyond(one, bad))
        if all_the_same:
            values, word = "values" if all_the_same > 1 else "value", "lower" if self.falling else "higher"
            why += f"; {all_the_same} {word} {values} held all the same: it does not get worse steadily"
        return Bracket(
            verdict=verdict,
            why=why,
            holds=held.value if held else None,
            breaks=breaks,
            unclear=bad.value if bad is not None and not self._breaks(bad) else None,
            falling=self.falling,
        )

    def _answer(self, levels: Sequence[Level], count: int) -> tuple[Verdict, str]:
        if self._next(levels) is not None:
            return (
                Verdict.UNKNOWN,
                f"the search ended after {count} trial{'' if count == 1 else 's'}, before it was sure",
            )
        held, bad = self._sides(levels)
        mildest, worst = ("highest", "down to the lowest") if self.falling else ("lowest", "up to the highest")
        if bad is None:
            return Verdict.PASS, f"it held at every value {worst} allowed, {self._worst:g}"
        if not self._breaks(bad):
            broken = next((one.value for one in levels if self._breaks(one) and self._beyond(one, bad)), None)
            if held is None or broken is None or not self._is_near(held.value, broken, _WIDEST):
                return Verdict.UNKNOWN, f"at {bad.value:g} the trials could not tell"
            return (
                Verdict.PASS,
                f"it held at {held.value:g} and broke at {broken:g}; between them trials could not tell",
            )
        if held is None:
            return Verdict.FAIL, f"it broke at the {mildest} value allowed already, {bad.value:g}"
        return (
            Verdict.PASS,
            f"it held at {held.value:g} and broke at {bad.value:g}, each in {self.agree} trials or more",
        )

    def _next(self, levels: Sequence[Level]) -> float | None:
        """Where the answer lacks a trial; None when it is there."""
        if not levels:
            return self.start
        tied = next((one.value for one in levels if one.held == one.broke and one.unknown < self.unknowns), None)
        if tied is not None:
            return tied
        held, bad = self._sides(levels)
        if bad is None:
            assert held is not None  # there is a level, and each that is not bad held
            if held.value != self._worst:
                return self._worsened(held.value, 2)
        # Both sides are settled before the search goes on between them: one that went on from a lie comes back slowly.
        unsettled = next((one.value for one in (bad, held) if one is not None and not self._is_settled(one)), None)
        if unsettled is not None or bad is None:
            return unsettled
        if held is None and sum(self._is_unclear(one) for one in levels) == len(levels) >= _IN_THE_DARK:
            return None
        if held is None:
            return self._worsened(bad.value, 1 / 2) if bad.value != self._mildest else None
        if not self._is_near(held.value, bad.value):
            return self._neat(sqrt(held.value * bad.value))
        return None if self._breaks(bad) else self._past(held, bad, levels)

    def _past(self, held: Level, unclear: Level, levels: Sequence[Level]) -> float | None:
        """Near a break a trial often cannot tell: where to try for the break that lies beyond."""
        broken = next((one for one in levels if self._breaks(one) and self._beyond(one, unclear)), None)
        if broken is None:  # once, as far as a break would still be an answer
            furthest = self._worsened(held.value, (1 + self.tolerance) ** _WIDEST * (1 - 1e-3))
            return furthest if self._beyond(Level(furthest, 0, 0, 0), levels[-1]) else None
        if not self._is_settled(broken):
            return broken.value
        edge = [one.value for one in levels if self._beyond(broken, one)][-1]
        return None if self._is_near(edge, broken.value) else self._neat(sqrt(edge * broken.value))

    def _sides(self, levels: Sequence[Level]) -> tuple[Level | None, Level | None]:
        """The mildest level that does not hold, and the one before it, which does."""
        at = next((number for number, one in enumerate(levels) if not self._holds(one)), len(levels))
        return (levels[at - 1] if at else None), (levels[at] if at < len(levels) else None)

    def _levels(self, trials: Sequence[Trial]) -> list[Level]:
        """By value, the mildest first."""
        return [Level.of(value, trials) for value in sorted({trial.value for trial in trials}, reverse=self.falling)]

    @property
    def _mildest(self) -> float:
        return self.ceiling if self.falling else self.floor

    @property
    def _worst(self) -> float:
        return self.floor if self.falling else self.ceiling

    def _beyond(self, one: Level, other: Level) -> bool:
        """Whether it is worse."""
        return one.value < other.value if self.falling else one.value > other.value

    def _worsened(self, value: float, times: float) -> float:
        """So many times worse, within the bounds."""
        changed = self._neat(value / times if self.falling else value * times)
        return min(max(changed, self.floor), self.ceiling)

    def _neat(self, value: float) -> float:
        return max(1.0, float(round(value))) if self.whole else float(f"{value:.{_DIGITS}g}")

    def _is_near(self, one: float, other: float, times: int = 1) -> bool:
        low, high = sorted((one, other))
        return (self.whole and high - low <= 1) or high <= low * (1 + self.tolerance) ** times * (1 + _SLACK)

    def _is_settled(self, level: Level) -> bool:
        return level.votes >= self.agree or self._is_unclear(level)

    def _is_unclear(self, level: Level) -> bool:
        """One that was unknown too often never counts by the odd verdict beside it."""
        return level.unknown >= self.unknowns and level.votes < self.agree

    def _holds(self, level: Level) -> bool:
        return level.held > level.broke and not self._is_unclear(level)

    def _breaks(self, level: Level) -> bool:
        return level.broke > level.held and not self._is_unclear(level)


def search(plan: Search, trial: Callable[[float], Verdict]) -> tuple[Bracket, tuple[Trial, ...]]:
    """Try until the answer is there. Returns it with every trial, in order."""
    trials: list[Trial] = []
    while (value := plan.next_value(trials)) is not None:
        trials.append(Trial(value, trial(value)))
    return plan.bracket(trials), tuple(trials)
