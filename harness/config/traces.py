"""Recorded arrivals from a file: one moment a row of CSV, or one line an access log (common or combined format)."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import chain
from math import isfinite
from pathlib import Path

from harness.errors import BadDocument
from harness.model.trace import Trace

MOST_ARRIVALS = 5_000_000
COLUMNS = ("timestamp", "time", "ts", "at", "date", "datetime", "@timestamp")
_LOGGED = re.compile(
    r"\S+ \S+ .*?\[(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))? ([+-])(\d{2})(\d{2})\]"
)
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: i for i, name in enumerate(_NAMES, start=1)}
_EXAMPLE = "Write seconds, such as 12.5 or 1700000000.25, or a date and time, such as 2024-05-01T10:00:00Z."


def read_trace(path: Path, *, column: str = "", speed: float = 1.0) -> Trace:
    """The file's moments as seconds since the earliest, sorted, divided by `speed`. Raises BadDocument that names the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            moments = list(_moments(path, lines, column))
    except OSError as error:
        raise BadDocument(f"cannot be read: {error.strerror}.", "Check the path after `trace`.", path=path) from error
    except UnicodeDecodeError as error:
        raise BadDocument("is not UTF-8 text.", "Unpack it, or save it as UTF-8.", path=path) from error
    if not moments:
        raise BadDocument("has no arrivals.", _EXAMPLE, path=path)
    moments = sorted(_spread(moments))
    first = moments[0]
    return Trace(path.name, tuple((moment - first) / speed for moment in moments), speed)


def _moments(path: Path, lines: Iterable[str], column: str) -> Iterator[float]:
    kept = iter(lines)
    first = next(kept, "")
    parse = _logged if "," not in first.split("[")[0] and _LOGGED.match(first) else _listed
    for number, moment in enumerate(parse(path, chain([first], kept), column), start=1):
        if number > MOST_ARRIVALS:
            raise BadDocument(f"has more than {MOST_ARRIVALS:,} arrivals.", "Replay a part of it.", path=path)
        yield moment


def _spread(moments: list[float]) -> Iterator[float]:
    """Where the clock that stamped them told whole seconds only, those of one second are spread evenly over it."""
    if not all(moment.is_integer() for moment in moments):
        yield from moments
        return
    together = Counter(moments)
    seen: Counter[float] = Counter()
    for moment in moments:
        yield moment + seen[moment] / together[moment]
        seen[moment] += 1


def _logged(path: Path, lines: Iterable[str], column: str) -> Iterator[float]:
    if column:
        raise BadDocument("is an access log, which has no columns.", "Leave `column` out.", path=path)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _stamp(line)
        except ValueError as error:
            raise BadDocument(
                f"This is no line of an access log: {error}.",
                "Every line is in the common or combined log format.",
                path=path,
                line=number,
            ) from error


def _stamp(line: str) -> float:
    """When a line of an access log says that it was. Raises ValueError."""
    found = _LOGGED.match(line)
    if found is None:
        raise ValueError("it has no [day/Mon/year:hh:mm:ss zone] where one should be")
    day, month, year, hour, minute, second, fraction, sign, zone_h, zone_m = found.groups()
    offset = timedelta(hours=int(zone_h), minutes=int(zone_m))
    zone = timezone(-offset if sign == "-" else offset)
    at = datetime(int(year), _MONTHS.get(month, 0), int(day), int(hour), int(minute), int(second), tzinfo=zone)
    return at.timestamp() + (float(f"0.{fraction}") if fraction else 0.0)


def _listed(path: Path, lines: Iterable[str], column: str) -> Iterator[float]:
    reader = csv.reader(lines)
    place = 0
    begun = False
    try:
        for cells in reader:
            if not "".join(cells).strip():
                continue
            if not begun:
                begun = True
                headed, place = _header(path, reader.line_num, cells, column)
                if headed:
                    continue
            try:
                yield _moment(cells[place])
            except (ValueError, IndexError, OverflowError) as error:
                said = repr(cells[place][:60]) if place < len(cells) else f"a row of {len(cells)} cells"
                raise BadDocument(f"{said} is no moment.", _EXAMPLE, path=path, line=reader.line_num) from error
    except csv.Error as error:
        raise BadDocument(f"is not CSV: {error}.", "Mend this line.", path=path, line=reader.line_num) from error


def _header(path: Path, line: int, cells: list[str], column: str) -> tuple[bool, int]:
    """Whether the first row is a header, and which cell of a row is the moment."""
    names = [cell.strip().lower() for cell in cells]
    if column:
        if column.lower() not in names:
            raise BadDocument(f"has no column `{column}`.", f"It has {', '.join(names)}.", path=path, line=line)
        return True, names.index(column.lower())
    try:
        _moment(cells[0])
    except (ValueError, OverflowError):
        known = [place for place, name in enumerate(names) if name in COLUMNS]
        if len(known) == 1:
            return True, known[0]
        if len(names) == 1 and re.fullmatch(r"[a-z_@ ]+", names[0]):
            return True, 0
        raise BadDocument(
            f"does not say which of {', '.join(names)[:80]} is the moment of the arrival.",
            "Name it: `column: ...` beside `trace`. " + _EXAMPLE,
            path=path,
            line=line,
        ) from None
    return False, 0


def _moment(text: str) -> float:
    """Seconds. Numbers from 1e11 on are epoch times in milli-, micro- or nanoseconds: as seconds they lie beyond the year 5000."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if not isfinite(number):
        raise ValueError(f"{text} is no moment")
    for bound, unit in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if number >= bound:
            return number / unit
    return number
