"""What the page's script says under a pointer, carried by the picture itself; without scripts nobody misses it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, slots=True, kw_only=True)
class Hover:
    """Values evenly spaced from the plot's left edge, every `step` px (or at `at`, px). `end_s`, where x is time, lets the script zoom, and
    says what a place is called; elsewhere `labels` do.

    `unit` is `ms`, `/s`, `%` or a word; what is not finite is told as `–`.
    """

    series: Mapping[str, Sequence[float]]
    unit: str
    step: float = 0.0
    at: Sequence[float] = ()
    labels: Sequence[str] = ()
    end_s: float = 0.0

    def attributes(self) -> dict[str, str]:
        """As attributes of the SVG."""
        told: dict[str, object] = {
            "unit": self.unit,
            "series": {name: [_three(value) for value in values] for name, values in self.series.items()},
        }
        if self.at:
            told |= {"at": [round(x, 1) for x in self.at]}
        else:
            told |= {"step": round(self.step, 5)}
        told |= {"end": self.end_s} if self.end_s else {"labels": list(self.labels)}
        return {"data-hover": json.dumps(told, separators=(",", ":"))}


def _three(value: float) -> float | int | None:
    """Three digits are as many as a picture shows."""
    if not isfinite(value):
        return None
    short = float(f"{value:.3g}")
    return int(short) if short == int(short) else short
