"""Users and the arrivals they take: who is free, what is queued, how every due arrival ended. Knows gevent, not Locust.

Every due arrival ends exactly once:

* *ok*: its iteration ended, no request in it was an error and nothing was raised;
* *error*: its iteration ended otherwise;
* *unanswered*: at the stop its iteration was open, or it waited for a user that was still starting;
* *dropped*: at the stop it waited for a free user, and the cap allowed no further one; or as many as may wait did when it was due.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gevent
from gevent import get_hub
from gevent.event import Event
from greenlet import getcurrent

from harness.load.arrivals import Arrival
from harness.load.lending import lend, pause
from harness.load.timer import serve

__all__ = ["Pool", "Seat", "Tally", "Turns"]

_RETRY_S = 1.0  # after a user that failed to start


@dataclass(slots=True)
class Tally:
    """How many arrivals were due, had to wait for a free user, were begun, and ended how."""

    due: int = 0
    queued: int = 0
    begun: int = 0
    ok: int = 0
    error: int = 0
    dropped: int = 0
    unanswered: int = 0


class Seat:
    """What we know of one user: its class, the arrival it works on, and how that goes. `label` numbers the logical process; `sent` says that
    its greenlet has waited for an answer since somebody last took that note."""

    __slots__ = (
        "arrival",
        "begun",
        "failed",
        "label",
        "number",
        "requests",
        "seated",
        "sent",
        "turn",
        "user_class",
        "waiter",
    )

    def __init__(self, number: int, user_class: int) -> None:
        self.number = number
        self.user_class = user_class
        self.arrival: Arrival | None = None
        self.begun = False  # whether the arrival's first request has started
        self.failed = False  # whether a request of it was an error, or the task raised
        self.requests = 0
        self.waiter: Any = None  # a Waiter, or what stands for one
        self.seated = self.sent = False
        self.turn = 0
        self.label = ""

    def take(self, arrival: Arrival | None) -> None:
        """Begin a new iteration."""
        self.arrival = arrival
        self.begun = self.failed = False
        self.requests = 0


class Pool:
    """`grow(class_index)` starts one user more; it returns once the user runs and may raise nothing. `room` arrivals may wait for a free
    user, so that a target which hangs for hours costs no more memory than one which hangs for a minute; `drop` hears of any beyond.

    Free users are taken last in, first out: connections in use stay warm, the rest may rest.
    """

    def __init__(
        self, classes: int, cap: int, grow: Callable[[int], None], *, room: int, drop: Callable[[Arrival], None]
    ) -> None:
        self._free: list[list[Seat]] = [[] for _ in range(classes)]
        self._queues: list[deque[Arrival]] = [deque() for _ in range(classes)]
        self._starting = [0] * classes
        self._resting: set[int] = set()  # classes whose last start failed a moment ago
        self._open = 0
        self._hopeless = False
        self._cap = cap
        self._room = room
        self._drop = drop
        self._grow = grow
        self._wanted = Event()
        self._settled = Event()
        self._seats: set[Seat] = set()
        self.tally = Tally()
        self.closed = False
        self._no_more = False

    @property
    def users(self) -> int:
        """Those past `on_start` and those on their way."""
        return len(self._seats) + sum(self._starting)

    @property
    def seated(self) -> int:
        """Those past `on_start`."""
        return len(self._seats)

    @property
    def queued(self) -> int:
        """Arrivals that wait for a free user."""
        return sum(len(queue) for queue in self._queues)

    @property
    def idle(self) -> bool:
        """Whether no arrival is queued or open."""
        return self._open == 0 and not self.queued

    def expect(self, user_class: int) -> None:
        """A user of that class is being started."""
        self._starting[user_class] += 1

    def sit(self, seat: Seat) -> None:
        """A user is past its `on_start`."""
        seat.seated = True
        self._starting[seat.user_class] = max(0, self._starting[seat.user_class] - 1)
        self._seats.add(seat)

    def fail_to_sit(self, user_class: int) -> None:
        """A user ended before it got so far."""
        self._starting[user_class] = max(0, self._starting[user_class] - 1)
        if user_class not in self._resting:
            self._resting.add(user_class)
            gevent.spawn_later(_RETRY_S, self._rested, user_class)

    def hand_out(self, arrival: Arrival) -> None:
        """Give a due arrival to a free user of its class, or queue it."""
        if self._no_more:
            return
        self.tally.due += 1
        free = self._free[arrival.user_class]
        if not free:
            self._queue(arrival)
            return
        seat = free.pop()
        self._begin(seat, arrival)
        waiter, seat.waiter = seat.waiter, None
        waiter.go()

    def _queue(self, arrival: Arrival) -> None:
        if self.queued >= self._room:
            self.tally.dropped += 1
            self._drop(arrival)
            return
        self.tally.queued += 1
        self._queues[arrival.user_class].append(arrival)
        self._wanted.set()

    def next_ones(self, per_class: int) -> list[Seat]:
        """So many free users of each class that will be taken first."""
        return [seat for free in self._free for seat in free[-per_class:]]

    def wait_turn(self, seat: Seat) -> None:
        """Called in the user's own greenlet: end the iteration before, and return with the next arrival begun."""
        sent, seat.sent = seat.sent, False
        if self.begins(seat, _Sleeper()):
            if not sent:
                serve()  # a task without input or output must not hold the loop
            return
        hub = get_hub()
        try:
            while seat.waiter is not None:
                pause(hub)
        finally:
            self.wait_no_more(seat)

    def begins(self, seat: Seat, waiter: Any) -> bool:
        """The same for who cannot block: whether the next arrival has begun. If not, `waiter.go()` is called once it has."""
        self.end_iteration(seat)
        queue = self._queues[seat.user_class]
        if queue and not self.closed:
            self._begin(seat, queue.popleft())
            return True
        seat.waiter = waiter
        self._free[seat.user_class].append(seat)
        return False

    def wait_no_more(self, seat: Seat) -> bool:
        """Its waiter is gone. Whether an arrival has begun nevertheless."""
        if seat.waiter is not None:
            seat.waiter = None
            self._free[seat.user_class].remove(seat)
        return seat.arrival is not None

    def end_iteration(self, seat: Seat) -> None:
        """Count how the arrival of this seat ended, if it has one."""
        if seat.arrival is None:
            return
        if self.closed:
            return  # counted as unanswered
        if seat.failed:
            self.tally.error += 1
        else:
            self.tally.ok += 1
        self._open -= 1
        seat.take(None)
        if self.idle:
            self._settled.set()

    def take_back(self) -> None:
        """No more arrivals, and those that wait for a user never were due: there is nothing left for them to do."""
        self._no_more = True
        self.tally.due -= self.queued
        self.tally.queued -= self.queued
        for queue in self._queues:
            queue.clear()

    def take_back_from(self, seat: Seat) -> None:
        """The arrival of this seat, too: its user could do nothing with it."""
        if self.closed or seat.arrival is None:
            return
        self.tally.due -= 1
        self.tally.begun -= 1
        self._open -= 1
        seat.take(None)
        if self.idle:
            self._settled.set()

    def leave(self, seat: Seat) -> None:
        """The user's greenlet ended: killed, or stopped by its own locustfile. What it did until then counts."""
        self.end_iteration(seat)
        self._seats.discard(seat)
        if not self.closed and self._queues[seat.user_class]:
            self._wanted.set()

    def keep_growing(self) -> None:
        """A greenlet's work: start users one at a time while arrivals of their class wait and the cap allows."""
        while True:
            self._wanted.wait()
            self._wanted.clear()
            while not self.closed and self.users < self._cap and (short := self._short()) is not None:
                self.expect(short)
                self._grow(short)
                serve()  # between any two, the scheduler has its turn

    def wait_idle(self, timeout_s: float) -> bool:
        """Whether every due arrival ended within `timeout_s`."""
        if not self.idle and not self._hopeless:
            self._settled.clear()
            self._settled.wait(timeout_s)
        return self.idle

    def give_up(self) -> None:
        """Wait no longer in `wait_idle`."""
        self._hopeless = True
        self._settled.set()

    def close(self) -> Iterator[tuple[Arrival, bool, Seat | None]]:
        """Stop handing out. Yields each arrival that has not ended, whether it is dropped, and the user that has it."""
        self.closed = True
        at_cap = self.users >= self._cap
        for user_class, queue in enumerate(self._queues):
            for place, arrival in enumerate(queue):
                dropped = at_cap and place >= self._starting[user_class]
                if dropped:
                    self.tally.dropped += 1
                else:
                    self.tally.unanswered += 1
                yield arrival, dropped, None
            queue.clear()
        for seat in self._seats:
            if seat.arrival is not None:
                self.tally.unanswered += 1
                yield seat.arrival, False, seat

    def _begin(self, seat: Seat, arrival: Arrival) -> None:
        seat.take(arrival)
        self.tally.begun += 1
        self._open += 1

    def _short(self) -> int | None:
        """The class with most arrivals that nobody, not even a starting user, will take; None where there is none."""
        lacks = {
            number: len(queue) - self._starting[number]
            for number, queue in enumerate(self._queues)
            if number not in self._resting
        }
        most = max(lacks, key=lacks.__getitem__, default=None)
        return most if most is not None and lacks[most] > 0 else None

    def _rested(self, user_class: int) -> None:
        self._resting.discard(user_class)
        self._wanted.set()


class _Sleeper:
    """A greenlet that waits for its turn."""

    __slots__ = ("_greenlet",)

    def __init__(self) -> None:
        self._greenlet = getcurrent()

    def go(self) -> None:
        """Let it begin at once; whoever calls goes on when it waits for something."""
        lend(self._greenlet)


class Turns:
    """When one user may go on to its next iteration, for who cannot block."""

    def __init__(self, pool: Pool, seat: Seat) -> None:
        self._pool = pool
        self._seat = seat

    def begins(self, waiter: Any) -> bool:
        """The last iteration ended; whether the next one has begun. If not, `waiter.go()` is called once it has."""
        return self._pool.begins(self._seat, waiter)

    def wait_no_more(self) -> bool:
        """The waiter is gone: whether an iteration has begun nevertheless."""
        return self._pool.wait_no_more(self._seat)
