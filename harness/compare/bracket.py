"""Where something breaks: a bracketing search over one number, whose every trial may be wrong once, or unable to tell.

Pure: it is told the trials so far and says where to try next. A level is settled by trials that agree; the two that make up
the answer always are. It goes up by doubling, so that a service is not hit with the worst first, then halves on a logarithmic scale.
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
    """The answer: it holds at `holds`, and no longer at `breaks`. `unclear` is the lowest value above `holds` that could not be told.

    `pass`: both are settled and close (within three tolerances, where what lies between could not be told), or it holds at
    the ceiling (`breaks` is None). `fail`: it breaks at the floor already (`holds` is None). `unknown`: anything else, with
    what is known until then.
    """

    verdict: Verdict
    why: str
    holds: float | None = None
    breaks: float | None = None
    unclear: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """From `start` up to `ceiling`, or down to `floor`, until the two sides are within `tolerance` (a share) of one another.

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

    def __post_init__(self) -> None:
        if not 0 < self.floor <= self.start <= self.ceiling:
            raise ValueError("the search needs 0 < floor <= start <= ceiling")
        if not LEAST_TOLERANCE <= self.tolerance < 1:
            raise ValueError("the tolerance must be from 1 % to below 100 %")

    def next_value(self, trials: Sequence[Trial]) -> float | None:
        """Where to try next; None when the answer is there, or `most` trials are."""
        return None if len(trials) >= self.most else self._next(_levels(trials))

    def bracket(self, trials: Sequence[Trial]) -> Bracket:
        """What is known by now."""
        levels = _levels(trials)
        low, high = self._sides(levels)
        breaks = next(
            (one.value for one in levels if self._breaks(one) and (low is None or one.value > low.value)), None
        )
        verdict, why = self._answer(levels, len(trials))
        above = sum(self._holds(one) for one in levels if high is not None and one.value > high.value)
        if above:
            why += f"; {above} higher {'values' if above > 1 else 'value'} held all the same: it does not get worse steadily"
        return Bracket(
            verdict=verdict,
            why=why,
            holds=low.value if low else None,
            breaks=breaks,
            unclear=high.value if high is not None and not self._breaks(high) else None,
        )

    def _answer(self, levels: Sequence[Level], count: int) -> tuple[Verdict, str]:
        if self._next(levels) is not None:
            return (
                Verdict.UNKNOWN,
                f"the search ended after {count} trial{'' if count == 1 else 's'}, before it was sure",
            )
        low, high = self._sides(levels)
        if high is None:
            return Verdict.PASS, f"it held at every value up to the highest allowed, {self.ceiling:g}"
        if not self._breaks(high):
            broken = next((one.value for one in levels if self._breaks(one) and one.value > high.value), None)
            if low is None or broken is None or not self._is_near(low.value, broken, _WIDEST):
                return Verdict.UNKNOWN, f"at {high.value:g} the trials could not tell"
            return Verdict.PASS, f"it held at {low.value:g} and broke at {broken:g}; between them trials could not tell"
        if low is None:
            return Verdict.FAIL, f"it broke at the lowest value allowed already, {high.value:g}"
        return (
            Verdict.PASS,
            f"it held at {low.value:g} and broke at {high.value:g}, each in {self.agree} trials or more",
        )

    def _next(self, levels: Sequence[Level]) -> float | None:
        """Where the answer lacks a trial; None when it is there."""
        if not levels:
            return self.start
        tied = next((one.value for one in levels if one.held == one.broke and one.unknown < self.unknowns), None)
        if tied is not None:
            return tied
        low, high = self._sides(levels)
        if high is None:
            assert low is not None  # there is a level, and each that is not high is low
            if low.value < self.ceiling:
                return min(self._neat(low.value * 2), self.ceiling)
        # Both sides are settled before the search goes on between them: one that went on from a lie comes back slowly.
        unsettled = next((one.value for one in (high, low) if one is not None and not self._is_settled(one)), None)
        if unsettled is not None or high is None:
            return unsettled
        if low is None and sum(self._is_unclear(one) for one in levels) == len(levels) >= _IN_THE_DARK:
            return None
        if low is None:
            return max(self._neat(high.value / 2), self.floor) if high.value > self.floor else None
        if not self._is_near(low.value, high.value):
            return self._neat(sqrt(low.value * high.value))
        return None if self._breaks(high) else self._past(low, high, levels)

    def _past(self, low: Level, unclear: Level, levels: Sequence[Level]) -> float | None:
        """Near a break a trial often cannot tell: where to try for the break that lies above."""
        broken = next((one for one in levels if self._breaks(one) and one.value > unclear.value), None)
        if broken is None:  # once, as far up as a break would still be an answer
            furthest = min(self._neat(low.value * (1 + self.tolerance) ** _WIDEST * (1 - 1e-3)), self.ceiling)
            return furthest if furthest > levels[-1].value else None
        if not self._is_settled(broken):
            return broken.value
        edge = max(one.value for one in levels if one.value < broken.value)
        return None if self._is_near(edge, broken.value) else self._neat(sqrt(edge * broken.value))

    def _sides(self, levels: Sequence[Level]) -> tuple[Level | None, Level | None]:
        """The lowest level that does not hold, and the highest below it that does."""
        high = next((one for one in levels if not self._holds(one)), None)
        below = [one for one in levels if self._holds(one) and (high is None or one.value < high.value)]
        return (below[-1] if below else None), high

    def _neat(self, value: float) -> float:
        return max(1.0, float(round(value))) if self.whole else float(f"{value:.{_DIGITS}g}")

    def _is_near(self, low: float, high: float, times: int = 1) -> bool:
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


def _levels(trials: Sequence[Trial]) -> list[Level]:
    """By value, the lowest first."""
    return [Level.of(value, trials) for value in sorted({trial.value for trial in trials})]
