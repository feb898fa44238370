"""The last seconds of a running load: figures for the screen, and whether to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.experiment.judge import Facts, judge
from harness.experiment.listener import Progress
from harness.experiment.measured import Counts, Measured
from harness.experiment.sampled import Sampled
from harness.experiment.scopes import Scopes
from harness.model import (
    WIDTH_NS,
    FaultRecord,
    Histogram,
    Operations,
    Profile,
    StopWhen,
    Timeline,
    Verdict,
    Window,
)

WIDTH_S = WIDTH_NS / 1e9
SHOWN_S = 2.0  # figures on the screen look this far back
SETTLE_S = 1.0  # windows arrive a little after they close: the newest second is not judged yet


@dataclass(slots=True)
class Live:
    """Keeps as much of the past as the longest stop condition looks at."""

    profile: Profile | None
    timeline: Timeline
    operations: Operations
    stop_when: Sequence[StopWhen] = ()
    measured: Measured = field(default_factory=Measured)
    sampled: Sampled = field(default_factory=Sampled)

    def add(self, window: Window) -> None:
        """Take one more window."""
        self.measured.add(window)

    def progress(self, now: float, *, queued: int, dropped: int, late_share: float) -> Progress:
        """The figures of the last two seconds before `now` (seconds since zero)."""
        end = (now - SETTLE_S) // WIDTH_S * WIDTH_S  # whole windows only, or a part of one would look like lost load
        recent = self.measured.windows(None, [(end - SHOWN_S, end)])
        counts, latency = Counts.of(recent), Histogram.merged(w.latency for w in recent)
        return Progress(
            at=now,
            duration=self.timeline.duration,
            stage=self.profile.stage_at(now) if self.profile else "",
            fault=self.timeline.fault_at(now),
            asked=self.profile.rate_at(now) if self.profile else 0.0,
            achieved=counts.answered / SHOWN_S,
            p50=latency.quantile(0.5),
            p99=latency.quantile(0.99),
            errors=counts.errors,
            queued=queued,
            dropped=dropped,
            late_share=late_share,
            probes={name: sample.value for name in self.sampled.probes if (sample := self.sampled.last(name))},
            has_load=self.profile is not None,
        )

    def must_stop(self, now: float, faults: Sequence[FaultRecord]) -> str:
        """Why the run must end now, or an empty string. Forgets what nothing will ask about any more."""
        longest = max((one.expectation.over or 0.0 for one in self.stop_when), default=0.0)
        self.measured.forget_before(now - longest - SHOWN_S - 4 * SETTLE_S)
        for one in self.stop_when:
            end = (now - SETTLE_S) // WIDTH_S * WIDTH_S  # as `progress` does
            start = end - (one.expectation.over or 0.0)
            if start < 0:
                continue
            facts = Facts(
                measured=self.measured,
                scopes=_Recent(self.timeline, faults, end, start=start),
                operations=self.operations,
                faults=faults,
                sampled=self.sampled,
            )
            check = judge(one.expectation, facts)
            if check.verdict is Verdict.PASS:
                return f"{one.expectation.text}: {check.why}"
        return ""


@dataclass(frozen=True, slots=True)
class _Recent(Scopes):
    """Scopes of a run under way: nothing before `start` counts."""

    start: float = 0.0

    def stretches(self, scope: str) -> list[tuple[float, float]]:
        whole = Scopes.stretches(self, scope)
        return [(max(a, self.start), b) for a, b in whole if b > self.start]
