"""A line as small as a word: no axis, no number; the table beside it has those."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log

from markupsafe import Markup

WIDTH, HEIGHT = 120, 26


def sparkline(values: Sequence[float], bands: Sequence[tuple[float, float]] = (), base: Sequence[float] = ()) -> Markup:
    """Values evenly spaced, logarithmic; gaps where one is not finite. `bands` are shaded, from and to as shares of the width.

    `base` is a second line below the first, on the same scale.
    """
    known = [log(v) for v in (*values, *base) if isfinite(v) and v > 0]
    low, high = min(known, default=0.0), max(known, default=0.0)
    shades = "".join(
        f'<rect x="{a * WIDTH:.1f}" y="0" width="{(b - a) * WIDTH:.1f}" height="{HEIGHT}" fill="#f9e9e8"/>'
        for a, b in bands
    )
    below = _line(base, low, high, 'class="base" stroke="#2456a6"')
    line = _line(values, low, high, 'stroke="#b8500a"')
    box = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return Markup(f'<svg class="spark" {box} aria-hidden="true">{shades}{below}{line}</svg>')  # noqa: S704  # only numbers go in


def _line(values: Sequence[float], low: float, high: float, look: str) -> str:
    path, pen = [], "M"
    for index, value in enumerate(values):
        if not (isfinite(value) and value > 0):
            pen = "M"
            continue
        x = index / max(1, len(values) - 1) * WIDTH
        y = HEIGHT - 3 - (log(value) - low) / ((high - low) or 1) * (HEIGHT - 6)
        path.append(f"{pen}{x:.1f},{y:.1f}")
        pen = "L"
    return f'<path d="{"".join(path)}" fill="none" {look}/>' if path else ""
