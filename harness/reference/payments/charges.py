"""All charges ever made, in an SQLite file, so that a killed provider forgets none."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ChargeBook", "ChargeMade"]

_TABLE = """
CREATE TABLE IF NOT EXISTS charges (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, "order" TEXT NOT NULL, amount INTEGER NOT NULL, at TEXT NOT NULL
)
"""
_COLUMNS = 'id, key, "order", amount, at'


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeMade:
    """`amount` in cents for `order`, under `key`; `at` in ISO 8601."""

    id: str
    key: str
    order: str
    amount: int
    at: str


class ChargeBook:
    """One process writes, and from one thread, so that two requests with one key can't both find it new.

    A write is over in about 0.1 ms: with WAL and synchronous=NORMAL it survives the end of the process, though not of the machine.
    """

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(_TABLE)

    def charge(self, new: ChargeMade) -> tuple[ChargeMade, bool]:
        """The charge that stands under the key, and whether it is the new one. The caller compares what was asked for."""
        cursor = self._connection.execute(
            f"INSERT INTO charges ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",  # noqa: S608  constants
            (new.id, new.key, new.order, new.amount, new.at),
        )
        if cursor.rowcount == 1:
            return new, True
        row = self._connection.execute(f"SELECT {_COLUMNS} FROM charges WHERE key = ?", (new.key,)).fetchone()  # noqa: S608
        return _charge(row), False

    def page(self, *, after: int, limit: int) -> Sequence[tuple[int, ChargeMade]]:
        """At most `limit` charges past sequence number `after`, with theirs."""
        rows = self._connection.execute(
            f"SELECT sequence, {_COLUMNS} FROM charges WHERE sequence > ? ORDER BY sequence LIMIT ?",  # noqa: S608
            (after, limit),
        )
        return [(row[0], _charge(row[1:])) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _charge(row: Sequence[object]) -> ChargeMade:
    identifier, key, order, amount, at = row
    return ChargeMade(id=str(identifier), key=str(key), order=str(order), amount=int(str(amount)), at=str(at))
