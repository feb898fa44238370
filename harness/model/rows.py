"""Rows of a data file from its lines: CSV with a header, or one JSON object a line. Pure: the lines are an argument."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.errors import BadDocument

JSON_LINES = (".jsonl", ".ndjson")
CSV = (".csv", ".tsv")


def parse_rows(path: Path, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The rows of `lines`, which stand in `path`; its ending says how to read them. CSV has texts for values, JSON what it says.

    Empty lines are skipped. Raises BadDocument with the line for what is no row, and for a file without any.
    """
    ending = path.suffix.lower()
    if ending not in (*CSV, *JSON_LINES):
        raise BadDocument("is no data file that can be read.", f"Use {', '.join((*CSV, *JSON_LINES))}.", path=path)
    found = False
    for row in _json_rows(path, lines) if ending in JSON_LINES else _csv_rows(path, lines, ending):
        found = True
        yield row
    if not found:
        raise BadDocument("has no rows.", "Add one at least, or leave `data` out.", path=path)


def _csv_rows(path: Path, lines: Iterable[str], ending: str) -> Iterator[dict[str, Any]]:
    reader = csv.reader(lines, delimiter="\t" if ending == ".tsv" else ",", strict=True)
    names: list[str] = []
    try:
        for cells in reader:
            if not cells:
                continue
            if not names:
                names = _header(path, reader.line_num, cells)
                continue
            if len(cells) != len(names):
                raise BadDocument(
                    f"This row has {len(cells)} cells, and the header {len(names)}.",
                    "Quote cells that hold the separator.",
                    path=path,
                    line=reader.line_num,
                )
            yield dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise BadDocument(f"is not CSV: {error}.", "Mend this line.", path=path, line=reader.line_num) from error


def _header(path: Path, line: int, cells: list[str]) -> list[str]:
    names = [cell.strip().removeprefix("\ufeff") for cell in cells]
    if "" in names or len(set(names)) < len(names):
        raise BadDocument(
            "The header has a column without a name, or a name twice.",
            "The first line names every column, such as `customer,item`.",
            path=path,
            line=line,
        )
    return names


def _json_rows(path: Path, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadDocument(
                f"This line is not JSON: {error}.", "Write one object a line.", path=path, line=number
            ) from error
        if not isinstance(row, dict):
            raise BadDocument(
                "This line is no JSON object.", 'Write one, such as {"customer": 7}.', path=path, line=number
            )
        yield row
