"""What became of one fault, as it is learnt: the way from rows of `faults.jsonl` to a FaultRecord."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.faults.canary import Sight
from harness.model import Fault, FaultRecord

__all__ = ["Story"]


@dataclass(slots=True, kw_only=True)
class Story:
    """Seconds since zero; None where it did not happen. `cut` says that it was in force for a part of its time only."""

    fault: Fault
    asked_s: float
    from_s: float | None = None
    to_s: float | None = None
    sight: Sight | None = None
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
            to_s=self.to_s,
            in_force=self._in_force(),
            evidence=self._evidence(),
            healed=self.healed,
        )

    def _in_force(self) -> bool | None:
        """What was cut short, or failed, was not in force as asked, whatever a probe saw in between."""
        if self.failed or self.cut or self.from_s is None:
            return False
        return self.sight.seen if self.sight else None

    def _evidence(self) -> str:
        if self.from_s is None and not self.failed:
            return "the run ended before its time"
        parts = [self.failed, self.cut, self.sight.evidence if self.sight else "unverified: no probe came to an end"]
        if self.after is not None and self.after.seen is False:
            parts.append(f"after healing the edge did not answer as before: {self.after.evidence}")
        return "; ".join(part for part in (*parts, *self.notes) if part)
