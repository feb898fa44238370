"""The scheduler of the open model: hands out each arrival when it is due, and measures how late it was itself."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

from harness.load.arrivals import Arrival, planned_arrivals
from harness.load.coalescing import Coalescing
from harness.load.plan import LoadPlan
from harness.load.timer import Timer, serve
from harness.model.profile import OpenStage

__all__ = ["LATE_NS", "Pacer"]

LATE_NS = 1_000_000  # absolute: 1 % of a period would call a timer's own jitter late at high rates
_AT_ONCE = 32
_OVERTIME_NS = 5_000_000_000  # how long arrivals that are late are still handed out, once the profile is over


class Pacer:
    """`late` arrivals were handed out over 1 ms after they were due, the worst by `max_late_ns`. `fell_behind` says that the profile was over
    long before its arrivals were, which then were not handed out; empty where all were."""

    def __init__(
        self, plan: LoadPlan, weights: Sequence[float], timer: Timer, hand_out: Callable[[Arrival], None]
    ) -> None:
        self._plan = plan
        self._weights = weights
        self._timer = timer
        self._hand_out = hand_out
        self.late = 0
        self.max_late_ns = 0
        self.fell_behind = ""

    def run(self, zero_ns: int) -> None:
        """A greenlet's work: to the end of the profile. `zero_ns` is on CLOCK_MONOTONIC."""
        in_a_row = 0
        last_ns = round(self._plan.profile.duration * 1e9) + _OVERTIME_NS
        coalescing = Coalescing()
        for arrival in self._arrivals():
            wake_ns = coalescing.wake_at(arrival.due_ns)
            late = time.monotonic_ns() - zero_ns - arrival.due_ns
            if late < 0:
                self._timer.wait_until(zero_ns + wake_ns, coalescing.awake_ns)
                now_ns = time.monotonic_ns() - zero_ns
                coalescing.woke(now_ns)
                late = now_ns - arrival.due_ns
                in_a_row = 0
            elif (in_a_row := in_a_row + 1) % _AT_ONCE == 0:
                if arrival.due_ns + late > last_ns:
                    self.fell_behind = (
                        f"the generator makes fewer arrivals than the profile asks for: after {last_ns / 1e9:g} s it was at those of "
                        f"{arrival.due_ns / 1e9:.3g} s"
                    )
                    return
                serve()  # behind the plan: let the users work, too
            self.late += late > LATE_NS
            self.max_late_ns = max(self.max_late_ns, late)
            self._hand_out(arrival)
        self._timer.wait_until(zero_ns + round(self._plan.profile.duration * 1e9))

    def _arrivals(self) -> Iterator[Arrival]:
        plan = self._plan
        return planned_arrivals(
            [stage for stage in plan.profile.stages if isinstance(stage, OpenStage)],
            self._weights,
            random.Random(f"{plan.seed}:arrivals"),  # noqa: S311 # a plan, not a secret
            worker=plan.worker,
            workers=plan.workers,
        )
