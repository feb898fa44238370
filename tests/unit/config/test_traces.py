"""Traces of arrivals, in the forms in which they are found."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config.traces import read_trace
from harness.errors import BadDocument

COMMON = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326'
COMBINED = '10.0.0.1 - a b [10/Oct/2000:20:55:38 +0000] "GET /b HTTP/1.1" 404 - "http://x/" "Mozilla/5.0 (a, b)"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traces")


def times(folder: Path, text: str, **more: str) -> list[float]:
    path = folder / "trace.csv"
    path.write_text(text)
    return [round(at, 6) for at in read_trace(path, **more).times]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5\n0.75\n2\n", [0, 0.25, 1.5]),
        ("at\n3.5\n1.25\n", [0, 2.25]),
        ("1700000000.5,x\n1700000001.25,y\n", [0, 0.75]),
        ("1700000000500\n1700000001250\n", [0, 0.75]),
        ("1700000000500000001\n1700000001250000001\n", [0, 0.75]),
        ("\ufeffpath,timestamp\n/a,2024-05-01T10:00:00.5Z\n/b,2024-05-01T12:00:01+02:00\n", [0, 0.5]),
        ("time\n2024-05-01 10:00:00\n2024-05-01 10:00:00\n2024-05-01 10:00:02\n", [0, 0.5, 2]),
        (f"{COMMON}\n{COMBINED}\n{COMMON}\n", [0, 0.5, 2]),
        (COMMON.replace(":36 ", ":36.250 ") + "\n" + COMMON.replace(":36 ", ":36.500 "), [0, 0.25]),
    ],
)
def test_a_trace_reads_as_seconds_since_its_earliest_moment(folder: Path, text: str, expected: list[float]) -> None:
    """Seconds, epoch times, dates and access logs, in any order; whole-second stamps are spread over their second."""
    assert times(folder, text) == expected


@given(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=40), st.integers(1, 9))
def test_a_trace_is_sorted_and_begins_at_zero(folder: Path, moments: list[int], speed: int) -> None:
    """Whatever the order of the file; twice the speed takes half the time."""
    path = folder / "any.csv"
    path.write_text("".join(f"{at / 1e6 + 0.0000005:.7f}\n" for at in moments))
    found = read_trace(path, speed=speed).times
    assert list(found) == sorted(found)
    assert found[0] == 0
    assert found[-1] == pytest.approx((max(moments) - min(moments)) / 1e6 / speed, abs=1e-6)


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), min_size=1, max_size=20))
def test_an_access_log_and_a_table_of_the_same_moments_agree(folder: Path, moments: list[datetime]) -> None:
    """Both forms are the same trace."""
    stamps = [at.replace(microsecond=0, tzinfo=UTC) for at in moments]
    log, table = folder / "same.log", folder / "same.csv"
    log.write_text("".join(f'1.1.1.1 - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "GET / HTTP/1.1" 200 1\n' for at in stamps))
    table.write_text("".join(f"{at.isoformat()}\n" for at in stamps))
    assert read_trace(log).times == read_trace(table).times


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 0, "no arrivals"),
        ("timestamp\n", 0, "no arrivals"),
        ("1.0\n2.0\nnan\n", 3, "'nan' is no moment"),
        ("1.0\n\n2.0\nx\n", 4, "'x' is no moment"),
        ("1e999\n", 1, "moment"),
        ("a,b\n1,2\n", 1, "Name it: `column:"),
        ("b,time\n2\n", 2, "a row of 1 cells"),
        (f"{COMMON}\nnonsense\n", 2, "no line of an access log"),
        (f"{COMMON}\n{COMMON.replace('10/Oct', '31/Feb')}\n", 2, "no line of an access log"),
        (f"{COMMON}\n{COMMON.replace('Oct', 'Okt')}\n", 2, "no line of an access log"),
    ],
)
def test_a_malformed_trace_is_refused_with_its_line(folder: Path, text: str, line: int, says: str) -> None:
    """Nothing is left out quietly: a shorter trace would be another load."""
    with pytest.raises(BadDocument) as caught:
        times(folder, text)
    assert says in str(caught.value)
    assert caught.value.line == line


def test_a_trace_that_is_no_text_is_refused(folder: Path) -> None:
    """A packed log says so instead of being replayed as noise."""
    path = folder / "packed.log"
    path.write_bytes(b"\x1f\x8b\x08\x00\xff\xfe")
    with pytest.raises(BadDocument, match="not UTF-8"):
        read_trace(path)
