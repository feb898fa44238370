"""Every sample of a run, by probe and time."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.experiment.measured import Stretch
from harness.model import Probe, Sample


@dataclass(slots=True)
class Sampled:
    """`probes` are those that were to be asked. Samples may be added by several threads; those of one probe come in order of time."""

    probes: Mapping[str, Probe] = field(default_factory=dict)
    _by: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, sample: Sample) -> None:
        """Take one more."""
        with self._lock:
            self._by[sample.probe].append(sample)

    @property
    def all(self) -> tuple[Sample, ...]:
        """In no particular order."""
        with self._lock:
            return tuple(sample for some in self._by.values() for sample in some)

    def during(self, probe: str, stretch: Stretch) -> Sequence[Sample]:
        """Those that were asked for in [from, to), without a value too."""
        start, end = stretch
        with self._lock:
            some = self._by.get(probe, [])
            first = bisect_left(some, start, key=lambda one: one.at)
            last = bisect_left(some, end, key=lambda one: one.at)
            return tuple(some[first:last])

    def answered_by(self, seconds: float) -> Sampled:
        """The same without those that were asked for before that time and said something only after it."""
        kept = Sampled(probes=self.probes)
        for sample in sorted(self.all, key=lambda one: one.t_ns):
            if not sample.at < seconds < sample.told_at:
                kept.add(sample)
        return kept

    def last(self, probe: str) -> Sample | None:
        """The newest."""
        with self._lock:
            some = self._by.get(probe, [])
            return some[-1] if some else None
