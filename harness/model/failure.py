"""What failed requests said: the row of `failures.parquet`."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.window import WIDTH_NS, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """`n` requests of one operation and outcome that failed with the same `text`, of the window that starts at `start_ns` (see `Window`).

    Numbers and ids are taken out of the text. Rows with equal keys add. A request that said nothing (it was dropped, or still open
    at the end) has no row.
    """

    start_ns: int
    operation: str
    outcome: Outcome
    text: str
    n: int
    width_ns: int = WIDTH_NS
