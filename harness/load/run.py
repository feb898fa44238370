"""One load in its process: ready, go, pace or ramp, drain, report. Everything here is a greenlet of the patched process."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import gevent
from gevent.event import AsyncResult, Event

from harness.load.arrivals import first_pool
from harness.load.calls import take_calls
from harness.load.capture import Capture
from harness.load.detour import lead
from harness.load.feed import Share, take_share
from harness.load.link import Link, LinkClosed
from harness.load.locust_engine import VERSION, Engine
from harness.load.locustfile import LocustfileFailed
from harness.load.messages import Finished, Note, Problem, Ready, encoded
from harness.load.pacer import Pacer
from harness.load.phases import Phases
from harness.load.plan import LoadPlan
from harness.load.pool import Pool, Seat, Turns
from harness.load.priority import prepare_process, raise_limits
from harness.load.recorder import OTHER, Recorder
from harness.load.reporter import Reporter
from harness.load.sampled import SampledRecorder
from harness.load.timed import TimedCapture
from harness.load.timer import Timer
from harness.load.tracebacks import own_traceback
from harness.load.users import steps
from harness.load.wording import Wording
from harness.model.observer import Observer
from harness.model.operation import Operations
from harness.model.profile import ClosedStage
from harness.model.window import Outcome

__all__ = ["run_load"]

ORPHANED = 4  # exit code of a load process whose run went away
_STOP_LIMIT_S = 5.0  # for the `on_stop` of all users together
_DISTINCT_PROBLEMS = 10
_SPARE_S = 0.1  # between the last connection that is opened ahead and zero
_AHEAD_S = 0.025  # of arrivals that find connections, where there are many of them
_MANY = 5_000  # arrivals a second


def run_load(link: Link, plan: LoadPlan, observers: Sequence[Observer]) -> int:
    """Serve one run over `link` to its end. Returns the exit code of the process; ends the process when the run goes away."""
    link = link.reopened()
    raise_limits()
    try:
        return _Run(link, plan, observers).perform()
    except LocustfileFailed as error:
        link.send(encoded(Problem(text=str(error), fatal=True)))
        return 3
    except LinkClosed:
        return ORPHANED


class _Run:
    def __init__(self, link: Link, plan: LoadPlan, observers: Sequence[Observer]) -> None:
        self._link = link
        self._plan = plan
        self._observers = tuple(observers)
        self._timer = Timer()
        self._recorder = SampledRecorder() if plan.samples else Recorder()
        self._go: AsyncResult = AsyncResult()
        self._started = Event()
        self._ready: AsyncResult = AsyncResult()
        self._stop = Event()
        self._drain_s = plan.drain_s
        self._early = ""
        self._ending = False
        self._ended_ns: int | None = None
        self._awaited = 0
        self._problems: set[str] = set()
        self._unstarted: list[str] = []
        self._phases = Phases() if plan.timings else None
        options: dict[str, Any] = dict(  # noqa: C408
            clock=time.monotonic_ns,
            stage_at=plan.profile.stage_at,
            operations=Operations(plan.operations),
            recorder=self._recorder,
            observers=self._observers,
            worker=plan.worker,
            wording=Wording(plan.secrets),
        )
        self._capture = Capture(**options) if self._phases is None else TimedCapture(phases=self._phases, **options)
        self._rows_ran_out = False
        gevent.spawn(self._listen)
        if plan.detour is not None:
            lead(plan.detour)
        take_share(Share(plan.worker, plan.workers, plan.data, plan.locustfile.parent, self._out_of_rows))
        take_calls(plan.calls)
        self._engine = Engine(
            plan,
            self._capture,
            sat=self._sat,
            turn=self._take_turn,
            turns=lambda seat: Turns(self._pool, seat),
            left=self._left,
            raised=self._raised,
            noted=lambda text: self.say(Note(text=text)),
        )
        self._pool = Pool(
            len(self._engine.user_classes),
            plan.users,
            self._grow,
            room=plan.room,
            drop=lambda arrival: self._recorder.add_dropped(arrival.due_ns, arrival.stage),
        )
        self._pacer = Pacer(plan, self._engine.weights, self._timer, self._pool.hand_out)

    def perform(self) -> int:
        """From the first user to the last message."""
        self._engine.begin(self._ended_by_locustfile)
        self._start_first_users()
        self._announce()
        gevent.wait([self._go, self._stop], count=1)
        if not self._go.ready():
            raise LocustfileFailed(f"The load was ended before it began: {self._early}.")
        zero = self._go.get()
        self._open_ahead(zero)
        prepare_process()
        self._timer.wait_until(zero)
        self._capture.zero_ns = zero
        self._started.set()
        reporter = Reporter(
            self._link, self._recorder, self._observers, self._figures, zero, self._timer.precise, self._phases
        )
        reporting = gevent.spawn(reporter.keep_reporting)
        body = gevent.spawn(self._pacer.run if self._plan.profile.is_open else self._ramp, zero)
        gevent.wait([body, self._stop], count=1)
        if body.ready():
            body.get()  # an error of ours must not look like a short load
            self._early = self._early or self._pacer.fell_behind
        body.kill()
        finished = self._end(zero)
        reporting.kill()
        reporter.flush()
        reporter.say_health()
        self.say(replace(finished, reports=reporter.reports))
        return 0

    def _open_ahead(self, zero: int) -> None:
        """The first arrivals of a high rate find connections: else each of them would open one, which takes longer than its request, so that
        more arrivals come meanwhile and open theirs, up to all users there are.

        At no other rate: a server that serves one connection per worker waits for the request of each, and would answer on no other.
        """
        if not self._plan.profile.is_open:
            return
        peak = max(stage.peak for stage in self._plan.profile.stages) / self._plan.workers
        if peak >= _MANY:
            until = time.perf_counter() + (zero - time.monotonic_ns()) / 1e9 - _SPARE_S
            self._engine.open_ahead(self._pool.next_ones(ceil(peak * _AHEAD_S)), until)

    def say(self, message: Ready | Note | Problem | Finished) -> None:
        """Send it to the run."""
        self._link.send(encoded(message))

    def _listen(self) -> None:
        """The run's orders; its end of file ends this process at once, since nobody is left to report to."""
        while True:
            try:
                message = self._link.receive()
            except LinkClosed:
                os._exit(ORPHANED)
            if message is None:
                continue
            if message["kind"] == "go":
                self._go.set(_whole(message["zero_ns"]))
            elif message["kind"] == "stop":
                self._drain_s = min(self._drain_s, float(str(message.get("drain_s", self._drain_s))))
                self._early = str(message.get("why", "")) or "stopped"
                self._stop.set()
                if self._ending:
                    self._pool.give_up()

    def _start_first_users(self) -> None:
        """Those that zero waits for: the open model's first pool, or the closed model's first stage."""
        if self._plan.profile.is_open:
            peaks = [stage.peak for stage in self._plan.profile.stages]
            counts = first_pool(self._engine.weights, max(peaks) / self._plan.workers, self._plan.users)
            self._awaited = sum(counts)
            for number, count in enumerate(counts):
                for _ in range(count):
                    self._pool.expect(number)
                    self._engine.spawn(number)
            self._engine.all_spawned()
            gevent.spawn(self._pool.keep_growing)
        else:
            first = self._closed_steps()[0]
            stage = self._plan.profile.stages[0]
            if isinstance(stage, ClosedStage) and stage.spawn_rate is None and first.users:
                self._awaited = first.users
                self._engine.head_for(first.users, first.spawn_rate, self._failed_to_spawn)
        if self._awaited:
            self._ready.get()

    def _announce(self) -> None:
        self.say(
            Ready(
                users=self._awaited, user_classes=tuple(c.__name__ for c in self._engine.user_classes), locust=VERSION
            )
        )
        for text in self._engine.notes:
            self.say(Note(text=text))
        if not self._timer.precise:
            self.say(
                Note(
                    text="There is no timerfd here: arrivals are paced by gevent.sleep, which is often over 1 ms late."
                )
            )

    def _ramp(self, zero: int) -> None:
        """The closed model: head for each stage's number of users when it begins."""
        for number, step in enumerate(self._closed_steps()):
            self._timer.wait_until(zero + step.at_ns)
            if number or not self._awaited:
                self._engine.head_for(step.users, step.spawn_rate, self._failed_to_spawn)
        self._timer.wait_until(zero + round(self._plan.profile.duration * 1e9))

    def _closed_steps(self) -> Any:
        stages = [stage for stage in self._plan.profile.stages if isinstance(stage, ClosedStage)]
        return steps(stages, worker=self._plan.worker, workers=self._plan.workers)

    def _end(self, zero: int) -> Finished:
        """No more arrivals; time for the open ones; then count what is left, and only then kill."""
        self._ending = True
        if self._plan.profile.is_open:
            self._pool.wait_idle(self._drain_s)
            ended_ns = self._close(zero)
            in_time = self._engine.stop(graceful_s=0, limit_s=_STOP_LIMIT_S)
        else:
            in_time = self._engine.stop(graceful_s=self._drain_s, limit_s=_STOP_LIMIT_S)
            ended_ns = self._close(zero)
        if not in_time:
            self.say(Note(text=f"The users' on_stop took over {_STOP_LIMIT_S:g} s and was cut short."))
        if self._recorder.full:
            self.say(
                Note(
                    text=f"There were too many names of requests; the rest is counted as `{OTHER}`. Give them `name=`."
                )
            )
        ended = self._recorder.ended
        requests = ended.total()
        if self._plan.profile.is_open:
            tally = self._pool.tally
            counts = {name: getattr(tally, name) for name in ("due", "queued", "ok", "error", "dropped", "unanswered")}
        else:
            unanswered = ended[Outcome.UNANSWERED]
            errors = sum(n for outcome, n in ended.items() if outcome.is_error) - unanswered
            counts = {"due": requests, "ok": requests - errors - unanswered, "error": errors}
            counts |= {"dropped": 0, "unanswered": unanswered}
        return Finished(
            **counts,
            requests=requests,
            ended_ns=ended_ns,
            early=self._early,
            unstarted=len(self._unstarted),
            why_unstarted=next((text.strip().splitlines()[-1] for text in self._unstarted), ""),
            exit_code=self._engine.listeners.exit_code,
            unheard=self._engine.listeners.unheard,
        )

    def _close(self, zero: int) -> int:
        """Account for everything that has not ended. Returns the moment, since zero."""
        if self._ended_ns is not None:
            return self._ended_ns
        now = self._ended_ns = time.monotonic_ns() - zero
        self._capture.close()
        for arrival, dropped, seat in self._pool.close():
            if dropped:
                self._recorder.add_dropped(arrival.due_ns, arrival.stage)
            elif seat is None or seat.requests == 0:
                self._recorder.add_waiting(arrival.due_ns, arrival.stage, now - arrival.due_ns)
        return now

    def _figures(self) -> dict[str, int]:
        """What the reporter tells of the load itself."""
        tally = self._pool.tally
        return {
            "due": tally.due,
            "begun": tally.begun,
            "dropped": tally.dropped,
            "late": self._pacer.late,
            "max_late_ns": self._pacer.max_late_ns,
            "users": self._pool.users,
            "open": self._capture.open,
            "queued": self._pool.queued,
            "no_descriptors": self._capture.starved["file descriptors"],
            "no_ports": self._capture.starved["ports"],
            "no_memory": self._capture.starved["memory"],
        }

    def _sat(self, seat: Seat) -> None:
        self._pool.sit(seat)
        self._awaited_one()
        if self._plan.profile.is_open:
            self._pool.wait_turn(seat)
        else:
            self._started.wait()

    def _awaited_one(self) -> None:
        if not self._ready.ready() and self._pool.seated >= self._awaited:
            self._ready.set(True)

    def _take_turn(self, seat: Seat) -> None:
        self._capture.iteration_ended(seat, raised=False)
        self._pool.wait_turn(seat)

    def _left(self, seat: Seat, error: BaseException | None) -> None:
        if seat.seated:
            if self._rows_ran_out and not seat.requests:
                self._pool.take_back_from(seat)  # it found no row, which says nothing of the target
            self._pool.leave(seat)
            return
        self._pool.fail_to_sit(seat.user_class)
        name = self._engine.user_classes[seat.user_class].__name__
        text = f"A user of class {name} did not get past its on_start" + (
            f":\n{own_traceback(error, self._plan.locustfile)}" if error is not None else ": it stopped itself."
        )
        self._user_failed(text)

    def _failed_to_spawn(self, error: BaseException) -> None:
        self._user_failed(f"A user cannot be made:\n{own_traceback(error, self._plan.locustfile)}")

    def _user_failed(self, text: str) -> None:
        """Before zero it ends the run, if zero waits for users. Later the open model tries again; the closed one is a user short."""
        if self._awaited and not self._ready.ready():
            self._ready.set_exception(LocustfileFailed(text))
            return
        if not self._plan.profile.is_open and not self._ending:
            self._unstarted.append(text)
        gevent.spawn(self._raised, text)  # this may be a callback of the hub, which must not wait for the link

    def _raised(self, text: str) -> None:
        if text not in self._problems and len(self._problems) < _DISTINCT_PROBLEMS:
            self._problems.add(text)
            self.say(Problem(text=text))

    def _grow(self, user_class: int) -> None:
        try:
            self._engine.spawn(user_class)
        except LocustfileFailed as error:
            self._pool.fail_to_sit(user_class)
            self._raised(str(error))

    def _out_of_rows(self, why: str) -> None:
        """A user asked for a row, and there is none: no more arrivals, and those that are open may end."""
        if self._capture.zero_ns is None:
            if not self._ready.ready():
                self._ready.set_exception(LocustfileFailed(f"Before the load began, {why}."))
        elif not self._rows_ran_out and not self._ending:
            self._rows_ran_out = True
            self._early = self._early or why
            self._pool.take_back()
            self._stop.set()

    def _ended_by_locustfile(self) -> None:
        if self._ending:
            return
        self._early = "the locustfile ended the test"
        self._drain_s = 0.0
        if self._capture.zero_ns is not None:
            self._close(self._capture.zero_ns)
        elif not self._ready.ready():
            self._ready.set_exception(LocustfileFailed("The locustfile ended the test before it began."))
        self._stop.set()


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not a moment in ns")
    return value
