"""Rows that feed users: each to one user of one process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadDocument, BadInput
from harness.load.feed import Rows, Share, rows, take_share
from harness.model import DataFile


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    take_share(Share())


def taken(total: int, share: Share, at_end: str, most: int) -> list[int]:
    found = Rows("numbers", lambda: range(total), at_end, share)  # type: ignore[arg-type]
    return [row for _, row in zip(range(most), found, strict=False)]


@given(st.integers(0, 60), st.integers(1, 7))
def test_workers_share_the_rows_without_loss_and_without_twins(total: int, workers: int) -> None:
    """What all take together is every row once, each worker its own stride."""
    parts = [taken(total, Share(worker, workers), "stop", 100) for worker in range(workers)]
    assert sorted(row for part in parts for row in part) == list(range(total))
    assert all(part == list(range(worker, total, workers)) for worker, part in enumerate(parts))


@given(st.integers(1, 20), st.integers(1, 7), st.integers(1, 50))
def test_recycled_rows_go_round_evenly(total: int, workers: int, each: int) -> None:
    """Also with more workers than rows nobody starves, and over all workers each row is used equally often, but for one round."""
    parts = [taken(total, Share(worker, workers), "recycle", each) for worker in range(workers)]
    assert all(len(part) == each for part in parts)
    used = [sum(part.count(row) for part in parts) for row in range(total)]
    assert max(used) - min(used) <= 1


def test_the_end_is_told_with_the_count() -> None:
    """Whoever asks after the last row ends, and the load hears why."""
    heard: list[str] = []
    assert taken(3, Share(ran_out=heard.append), "stop", 9) == [0, 1, 2]
    assert heard == ["the rows of numbers ran out; this process took 3"]


def test_rows_that_recycle_nothing_end() -> None:
    """An empty generator is no endless loop."""
    assert taken(0, Share(), "recycle", 5) == []


def test_everybody_who_asks_for_the_same_source_shares_it(tmp_path: Path) -> None:
    """Two users that open the same file never get the same row; the file may be named in any way."""
    path = tmp_path / "c.csv"
    path.write_text('id,name\n1,"A, B"\n2,C\n')
    take_share(Share(data=DataFile(path.resolve()), folder=tmp_path))
    assert next(rows()) == {"id": "1", "name": "A, B"}
    assert next(rows("c.csv")) == {"id": "2", "name": "C"}
    with pytest.raises(BadInput, match="to stop at its end"):
        rows("c.csv", at_end="recycle")


def test_a_generator_function_feeds_as_a_file_does() -> None:
    """Asked twice, it is one generator; its rows are whatever it yields."""

    def customers() -> Iterator[tuple[str, int]]:
        for number in range(9):
            yield "customer", number

    take_share(Share(worker=1, workers=3))
    assert [next(rows(customers)), next(rows(customers))] == [("customer", 1), ("customer", 4)]


def test_a_generator_that_raises_is_never_taken_for_one_that_ended() -> None:
    """Its error comes to everybody who asks, and the load is not told that rows ran out."""

    def broken() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    heard: list[str] = []
    take_share(Share(ran_out=heard.append))
    assert next(rows(broken)) == 1
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            next(rows(broken))
    assert heard == []


def test_rows_without_data_say_what_to_write() -> None:
    """The locustfile's author learns both ways out."""
    take_share(Share())
    with pytest.raises(BadInput, match="no `data`"):
        rows()
    with pytest.raises(BadInput, match="not there"):
        rows("nobody.csv")


@given(st.lists(st.dictionaries(st.text(), st.integers() | st.text() | st.none()), min_size=1, max_size=9))
def test_json_lines_read_back(tmp_path_factory: pytest.TempPathFactory, wanted: list[dict[str, object]]) -> None:
    """Values keep their types."""
    path = tmp_path_factory.mktemp("rows") / "c.jsonl"
    path.write_text("\n\n".join(json.dumps(row) for row in wanted))
    take_share(Share())
    assert list(rows(path)) == wanted


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("a.csv", "id,name\n1\n", 2, "1 cells, and the header 2"),
        ("a.csv", "id,id\n1,2\n", 1, "a name twice"),
        ("a.csv", 'id\n"1\n', 2, "not CSV"),
        ("a.csv", "id\n", 0, "no rows"),
        ("a.jsonl", '{"a": 1}\n{\n', 2, "not JSON"),
        ("a.jsonl", "", 0, "no rows"),
        ("a.txt", "id\n1\n", 0, "Use .csv"),
    ],
)
def test_a_malformed_data_file_names_its_line(tmp_path: Path, name: str, text: str, line: int, says: str) -> None:
    """It is a BadDocument, not a traceback of the csv module."""
    path = tmp_path / name
    path.write_text(text)
    take_share(Share())
    with pytest.raises(BadDocument) as caught:
        list(rows(path))
    assert says in str(caught.value)
    assert caught.value.line == line
