"""What the load processes said of themselves. Pure: messages in, sums over all of them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from harness.audit import Told
from harness.load import Backlog, Finished, Health
from harness.results import Arrivals


@dataclass(slots=True)
class Heard:
    """One entry per load process in each. A process without a `Finished` was lost."""

    health: list[list[Health]] = field(default_factory=list)
    backlog: list[Backlog] = field(default_factory=list)
    finished: list[Finished | None] = field(default_factory=list)

    @classmethod
    def of(cls, processes: int) -> Heard:
        """Before anything was said."""
        nothing = Backlog(queued=0, dropped=0)
        return cls(health=[[] for _ in range(processes)], backlog=[nothing] * processes, finished=[None] * processes)

    def take(self, worker: int, message: Health | Backlog | Finished) -> None:
        """Keep one message of a process, numbered from 0."""
        if isinstance(message, Finished):
            self.finished[worker] = message
        elif isinstance(message, Backlog):
            self.backlog[worker] = message
        else:
            self.health[worker].append(message)

    @property
    def now(self) -> tuple[Health, ...]:
        """The last word of each on its health."""
        return tuple(series[-1] for series in self.health if series)

    @property
    def late_share(self) -> float:
        """Arrivals that were scheduled over 1 ms late, of those that were due."""
        due = sum(one.due for one in self.now)
        return sum(one.late for one in self.now) / due if due else 0.0

    @property
    def queued(self) -> int:
        """Arrivals that wait for a free user, as of a quarter of a second ago at most."""
        return sum(one.queued for one in self.backlog)

    @property
    def dropped(self) -> int:
        """Arrivals that found no user at the cap, likewise."""
        return sum(one.dropped for one in self.backlog)

    @property
    def ended_s(self) -> float | None:
        """When the last one stopped, seconds since zero; None unless all said so."""
        ended = [one.ended_ns for one in self.finished if one is not None]
        return max(ended) / 1e9 if ended and len(ended) == len(self.finished) else None

    @property
    def exit_code(self) -> int:
        """What the locustfile wants the run to end with: the first load process that wants anything but 0."""
        return next((one.exit_code for one in self.finished if one is not None and one.exit_code), 0)

    @property
    def arrivals(self) -> Arrivals:
        """Sums. Of a lost process only what its health told last: how its arrivals ended is not known."""
        ended = [one for one in self.finished if one is not None]
        lost = [series[-1] for series, end in zip(self.health, self.finished, strict=True) if end is None and series]
        return Arrivals(
            due=sum(one.due for one in ended) + sum(one.due for one in lost),
            queued=sum(one.queued for one in ended),
            ok=sum(one.ok for one in ended),
            error=sum(one.error for one in ended),
            dropped=sum(one.dropped for one in ended) + sum(one.dropped for one in lost),
            unanswered=sum(one.unanswered for one in ended),
        )


def opened(rows: Iterable[dict[str, Any]], lost: Iterable[int]) -> list[dict[str, Any]]:
    """History in which a lost worker's refusals are open: a retry under the same key may have been granted, and its row lost."""
    prefixes = tuple(f"{worker}-" for worker in lost)
    return [
        {**row, "type": str(Told.INFO)}
        if row["type"] == Told.FAIL and str(row["process"]).startswith(prefixes)
        else row
        for row in rows
    ]
