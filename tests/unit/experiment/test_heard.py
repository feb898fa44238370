"""What several load processes said, added up."""

from __future__ import annotations

from harness.experiment.heard import Heard, opened
from harness.load import Backlog, Finished, Health


def _health(due: int, late: int = 0, dropped: int = 0) -> Health:
    return Health(at_ns=0, interval_s=1.0, cpu=0.1, due=due, late=late, dropped=dropped)


def _finished(due: int, ended_ns: int) -> Finished:
    return Finished(due=due, ok=due - 1, error=1, dropped=0, unanswered=0, requests=due, ended_ns=ended_ns)


def test_sums_are_over_all_processes() -> None:
    """Counts add, lateness is weighted by what was due, and the load ended with its last process."""
    heard = Heard.of(2)
    for worker, late in ((0, 0), (1, 6)):
        heard.take(worker, _health(10))
        heard.take(worker, _health(30, late))
        heard.take(worker, Backlog(queued=7, dropped=0))
        heard.take(worker, Backlog(queued=1, dropped=2))
        heard.take(worker, _finished(40, 1_000_000_000 * (worker + 1)))
    assert heard.late_share == 0.1
    assert (heard.queued, heard.dropped) == (2, 4)
    assert heard.ended_s == 2.0
    assert heard.arrivals.due == 80
    assert (heard.arrivals.ok, heard.arrivals.error) == (78, 2)


def test_a_lost_process_has_no_end() -> None:
    """Its last health still counts what was due; when the load ended is not known."""
    heard = Heard.of(2)
    heard.take(0, _finished(40, 1))
    heard.take(1, _health(17))
    assert heard.ended_s is None
    assert heard.arrivals.due == 57
    assert heard.arrivals.ok == 39


def test_refusals_of_a_lost_worker_are_open() -> None:
    """A retry under the same key may have been granted, and its row lost; other workers' words stand."""
    rows = [{"process": f"{w}-3.0", "type": t, "key": f"r-{w}-1"} for w in (1, 11) for t in ("fail", "ok")]
    assert [row["type"] for row in opened(rows, {1})] == ["info", "ok", "fail", "ok"]
    assert opened(rows, ()) == rows
