"""Numbers as people read them, in reports and on pages alike: units everywhere, no more digits than mean something."""

from __future__ import annotations

from datetime import datetime
from math import inf, isnan

__all__ = ["NONE", "count", "millis", "quantity", "rate", "seconds", "share", "when"]

NONE = "–"


def millis(value: float | None) -> str:
    """`0.43 ms`, `4.1 ms`, `38 ms`, `1.24 s`; infinite is `never`."""
    if value is None or isnan(value):
        return NONE
    if value == inf:
        return "never"
    if value >= 999.5:
        return seconds(value / 1000)
    return f"{value:.0f} ms" if value >= 9.95 else f"{value:.1f} ms" if value >= 0.95 else f"{value:.2g} ms"


def seconds(value: float | None) -> str:
    """`0.25 s`, `1.8 s`, `42 s`, `12 min 30 s`."""
    if value is None or isnan(value):
        return NONE
    if value == inf:
        return "never"
    if value >= 119.5:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes:,} min {rest} s" if rest else f"{minutes:,} min"
    text = f"{value:.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} s"


def share(value: float | None) -> str:
    """`0 %`, `0.62 %`, `41 %`. What is not nothing is never shown as 0, what is not all never as 100."""
    if value is None or isnan(value):
        return NONE
    percent = value * 100
    if 0 < percent < 0.01:
        return "<0.01 %"
    if percent > 99.9 and value < 1:
        return ">99.9 %"
    if 99 < percent < 100:
        return f"{percent:.1f} %"
    return f"{percent:.0f} %" if percent == 0 or percent >= 20 else f"{percent:.2g} %"


def count(value: float | None) -> str:
    """With thousands apart: `13,359`."""
    return (
        NONE if value is None else "∞" if value == inf else f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    )


def rate(value: float | None) -> str:
    """Per second: `0.4`, `45.1`, `224`."""
    return NONE if value is None else f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}"


def quantity(value: float | None, unit: str) -> str:
    """By unit: `ms`, `s`, `/s`, `share`, `count`, `B`, `KB/s` or none."""
    shown = {"ms": millis, "s": seconds, "share": share}.get(unit)
    if shown:
        return shown(value)
    if unit in ("B", "KB/s") and value is not None:
        return f"{count(value)} {unit}"
    return f"{rate(value)}/s" if unit == "/s" and value is not None else count(value)


def when(text: str) -> str:
    """`24 Nov 2026, 10:42 UTC` from RFC 3339; what is no time stays as it is."""
    try:
        return f"{datetime.fromisoformat(text):%-d %b %Y, %H:%M} UTC"
    except ValueError:
        return text
