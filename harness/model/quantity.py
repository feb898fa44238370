"""Units as people write them: `800ms`, `1m30s`, `150/s`, `5%`, `64KB`. Each parser raises `ValueError` that says what to write instead."""

from __future__ import annotations

import re

NS_PER_S = 1_000_000_000
MOST_RATE = 10_000_000  # per second: far beyond any generator
_SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_BYTES = {"b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
_NUMBER = r"\d+(?:\.\d+)?"
_PART = re.compile(rf"({_NUMBER})\s*(us|µs|ms|s|min|m|h)")
_DURATION = re.compile(rf"(?:{_NUMBER}\s*(?:us|µs|ms|s|min|m|h)\s*)+")
_RATE = re.compile(rf"({_NUMBER})\s*/\s*(s|min|m|h)")
_PERCENT = re.compile(rf"({_NUMBER})\s*%")
_SIZE = re.compile(rf"({_NUMBER})\s*([kmg]?i?b)", re.IGNORECASE)


def parse_duration(text: object) -> float:
    """Seconds from `10s`, `800ms`, `1m30s`."""
    if isinstance(text, str) and _DURATION.fullmatch(text.strip()):
        return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 800ms, 10s or 1m30s")


def parse_rate(text: object) -> float:
    """Arrivals per second from `150/s` or `9000/min`; above zero."""
    found = _RATE.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is not a rate; write how many in which time, such as 150/s or 9000/min")
    rate = float(found[1]) / _SECONDS[found[2]]
    if rate <= 0:
        raise ValueError(f"a rate must be above zero, and {text!r} is not; leave the stage out to send nothing")
    if rate > MOST_RATE:
        raise ValueError(f"{text!r} is more than any machine sends; write at most {MOST_RATE}/s")
    return rate


def parse_share(text: object) -> float:
    """A share from 0 to 1 from `5%`."""
    found = _PERCENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is not a share; write a percentage, such as 5%")
    return float(found[1]) / 100


def parse_size(text: object) -> int:
    """Bytes from `64KB` (1000) or `64KiB` (1024)."""
    found = _SIZE.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is not a size; write a number and a unit, such as 64KB")
    return round(float(found[1]) * _BYTES[found[2].lower()])


def show_duration(seconds: float) -> str:
    """The shortest exact spelling that `parse_duration` reads back: `800ms`, `10s`, `1.5s`."""
    if seconds and seconds < 1:
        return f"{seconds * 1000:g}ms"
    return f"{seconds:g}s"
