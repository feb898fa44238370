"""Numbers as Toxiproxy takes them: whole and in one unit each. `parse` reads what people write; constructors take the plain number."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from harness.model.nearest import nearest
from harness.model.quantity import parse_duration, parse_share, parse_size, show_duration

__all__ = [
    "AT_ONCE",
    "EVERY",
    "NOTHING",
    "NO_PAUSE",
    "ByteCount",
    "KilobyteRate",
    "Micros",
    "Millis",
    "Share",
    "Stream",
    "read_fields",
]


class _Whole(int):
    """A whole number that is not below zero. Toxiproxy answers 400 to 10.5, and takes a negative one at its word."""

    def __new__(cls, value: int) -> _Whole:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{value!r} is not a whole number of at least 0")
        return super().__new__(cls, value)


class Millis(_Whole):
    """Milliseconds."""

    @classmethod
    def parse(cls, text: object) -> Millis:
        """From `800ms` or `1.5s`. Raises ValueError, also for a part of a millisecond."""
        return cls(_whole(parse_duration(text) * 1e3, text, "1ms"))

    def __str__(self) -> str:
        return f"{int(self)} ms"


class Micros(_Whole):
    """Microseconds."""

    @classmethod
    def parse(cls, text: object) -> Micros:
        """From `50us` or `2ms`. Raises ValueError."""
        return cls(_whole(parse_duration(text) * 1e6, text, "1us"))

    def __str__(self) -> str:
        return show_duration(int(self) / 1e6) if self >= 1000 else f"{int(self)} µs"


class ByteCount(_Whole):
    """Bytes."""

    @classmethod
    def parse(cls, text: object) -> ByteCount:
        """From `64KB` (1000) or `64KiB` (1024). Raises ValueError."""
        return cls(parse_size(text))

    def __str__(self) -> str:
        return f"{int(self)} B"


class KilobyteRate(_Whole):
    """Thousands of bytes per second, at least 1: Toxiproxy 2.12 stalls at 0 and panics below."""

    def __new__(cls, value: int) -> KilobyteRate:
        if isinstance(value, int) and value < 1:
            raise ValueError("a rate below 1 KB/s stalls or crashes the server; write 1KB/s or more")
        return super().__new__(cls, value)  # type: ignore[return-value]

    @classmethod
    def parse(cls, text: object) -> KilobyteRate:
        """From `100KB/s`. Raises ValueError."""
        if not isinstance(text, str) or not text.strip().endswith("/s"):
            raise ValueError(f"{text!r} is not a rate; write a size per second, such as 100KB/s")
        return cls(_whole(parse_size(text.strip()[:-2]) / 1000, text, "1KB/s"))

    def __str__(self) -> str:
        return f"{int(self)} KB/s"


class Share(float):
    """A share of connections above 0, up to 1."""

    def __new__(cls, value: float) -> Share:
        if not 0 < value <= 1:
            raise ValueError(f"{value!r} is no share of connections; it lies above 0% and goes up to 100%")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: object) -> Share:
        """From `50%`. Raises ValueError."""
        return cls(parse_share(text))

    def __str__(self) -> str:
        return f"{float(self) * 100:g}%"


class Stream(StrEnum):
    """Which way: `upstream` is what the client sends, `downstream` what the server answers."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"

    @classmethod
    def parse(cls, text: object) -> Stream:
        """Raises ValueError with the nearest."""
        if isinstance(text, str) and text in tuple(cls):
            return cls(text)
        near = nearest(str(text), [one.value for one in cls])
        raise ValueError(f"{text!r} is not a stream; write {near or 'upstream or downstream'}")


EVERY = Share(1)
AT_ONCE = Millis(0)
NO_PAUSE = Micros(0)
NOTHING = ByteCount(0)


def _whole(number: float, text: object, step: str) -> int:
    whole = round(number)
    if abs(number - whole) > 1e-6 * max(1, whole):
        raise ValueError(f"{text!r} is finer than Toxiproxy counts; write a multiple of {step}")
    return whole


def read_fields(value: Any, **units: type[Any]) -> None:
    """For a frozen value's `__post_init__`: let its fields be given as text, too, such as `Latency(delay="500ms")`.

    Raises ValueError that names the field.
    """
    for name, unit in units.items():
        given = getattr(value, name)
        if isinstance(given, unit):
            continue
        try:
            read = unit.parse(given) if isinstance(given, str) else unit(given)
        except (ValueError, TypeError) as error:
            raise ValueError(f"`{name}`: {error}") from error
        object.__setattr__(value, name, read)
