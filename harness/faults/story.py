"""What became of one fault, as it is learnt: the way from rows of `faults.jsonl` to a FaultRecord."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.faults.canary import Sight
from harness.model import Fault, FaultRecord

__all__ = ["Story"]


@dataclass(slots=True, kw_only=True)
class Story:
    """Seconds since zero; None where it did not happen. `cut` says that it was in force for a part of its time only.

    `reached` is the last phase that it entered, -1 before the first.
    """

    fault: Fault
    asked_s: float
    from_s: float | None = None
    healing_s: float | None = None
    to_s: float | None = None
    reached: int = -1
    windows: list[tuple[float, float | None]] = field(default_factory=list)
    sights: dict[int, Sight] = field(default_factory=dict)
    after: Sight | None = None
    failed: str = ""
    cut: str = ""
    healed: bool = False
    notes: list[str] = field(default_factory=list)

    def record(self) -> FaultRecord:
        """The noun that others read. Recovery and detection are added by who has the windows."""
        return FaultRecord(
            name=self.fault.name,
            edge=self.fault.edge,
            kind=self.fault.disturbance.kind,
            describe=self.fault.disturbance.describe(),
            asked_s=self.asked_s,
            from_s=self.from_s,
            healing_s=self.healing_s,
            to_s=self.to_s,
            in_force=self._in_force(),
            evidence=self._evidence(),
            healed=self.healed,
            windows=tuple(self.windows) if len(self.windows) > 1 else (),
        )

    def _in_force(self) -> bool | None:
        """What was cut short, or failed, was not in force as asked, whatever a probe saw in between."""
        if self.failed or self.cut or self.from_s is None:
            return False
        seen = [sight.seen for sight in self.sights.values() if sight.seen is not None]
        return all(seen) if seen else None

    def began(self, at: float) -> None:
        """In force from now on, for the first time or again."""
        self.from_s = at if self.from_s is None else self.from_s
        self.healing_s = self.to_s = None
        self.windows.append((at, None))

    def ended(self, at: float, *, healing: float) -> None:
        """In force no longer, for now or for good; its healing began at `healing`."""
        self.healing_s, self.to_s = healing, at
        self.windows[-1] = (self.windows[-1][0], at)

    def _seen(self) -> str:
        """The first phase that was not seen, else the last that was, else why none could be."""
        if not self.sights:
            return "unverified: no probe came to an end"
        told = [self.sights[phase] for phase in sorted(self.sights)]
        wrong = next((sight for sight in told if sight.seen is False), None)
        right = [sight for sight in told if sight.seen]
        chosen = wrong or (right[-1] if right else told[-1])
        if len(told) == 1 or chosen.seen is None:
            return chosen.evidence
        return f"seen in {len(right)} of {sum(sight.seen is not None for sight in told)} phases that could be probed; {chosen.evidence}"

    def _evidence(self) -> str:
        if self.from_s is None and not self.failed:
            return "the run ended before its time"
        told = self.failed or self.cut
        parts = [self.failed, self.cut, "" if told and not self.sights else self._seen()]
        if self.after is not None and self.after.seen is False:
            parts.append(f"after healing the edge did not answer as before: {self.after.evidence}")
        return "; ".join(part for part in (*parts, *self.notes) if part)
