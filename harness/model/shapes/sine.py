"""A level that swings about a mean, as days do."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.quantity import show_duration
from harness.model.shapes.wave import Wave


@dataclass(frozen=True, slots=True)
class Sine:
    """Begins at `mean`, upwards; up and down by `amplitude`, which is at most `mean`; once around in `period` seconds."""

    mean: float
    amplitude: float
    period: float

    def pieces(self, duration: float) -> tuple[Wave, ...]:
        """Laid over `duration` seconds."""
        return (Wave(duration, self.mean, self.amplitude, self.period),)

    def describe(self, unit: str) -> str:
        """For people, such as `100 ± 50/s every 60s`."""
        return f"{self.mean:g} ± {self.amplitude:g}{unit} every {show_duration(self.period)}"
