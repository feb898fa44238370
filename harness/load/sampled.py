"""A recorder that keeps each request as well, where a scenario asks for it (`load: samples: true`). The plain one pays nothing for it."""

from __future__ import annotations

from harness.load.recorder import NO_OPERATION, RAISED, Recorder, SampleColumns
from harness.model.window import Outcome

__all__ = ["SampledRecorder"]

_NEVER = -1


class SampledRecorder(Recorder):
    """Columns of what was added since the last drain; memory grows with the requests of 250 ms, never with the run."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: SampleColumns = ([], [], [], [])

    def add(
        self,
        intended_ns: int,
        operation: str,
        outcome: Outcome,
        stage: str,
        size: int,
        latency_ns: int,
        service_ns: int,
    ) -> None:
        """See `Recorder`."""
        super().add(intended_ns, operation, outcome, stage, size, latency_ns, service_ns)
        self._keep(intended_ns, operation, outcome, latency_ns // 1000)

    def add_waiting(self, intended_ns: int, stage: str, waited_ns: int) -> None:
        """See `Recorder`."""
        super().add_waiting(intended_ns, stage, waited_ns)
        self._keep(intended_ns, NO_OPERATION, Outcome.UNANSWERED, waited_ns // 1000)

    def add_raised(self, intended_ns: int, stage: str, waited_ns: int | None, text: str) -> None:
        """See `Recorder`."""
        super().add_raised(intended_ns, stage, waited_ns, text)
        self._keep(intended_ns, RAISED, Outcome.FAILED, _NEVER if waited_ns is None else waited_ns // 1000)

    def add_dropped(self, intended_ns: int, stage: str) -> None:
        """See `Recorder`."""
        super().add_dropped(intended_ns, stage)
        self._keep(intended_ns, NO_OPERATION, Outcome.DROPPED, _NEVER)

    def drain_samples(self) -> SampleColumns:
        """What was added since the last call."""
        samples, self._samples = self._samples, ([], [], [], [])
        return samples

    def _keep(self, intended_ns: int, operation: str, outcome: Outcome, micros: int) -> None:
        starts, operations, outcomes, latencies = self._samples
        starts.append(intended_ns)
        operations.append(self.counted_as(operation))
        outcomes.append(outcome.value)
        latencies.append(micros)
