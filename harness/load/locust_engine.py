"""Locust's runner under our plan. Locust patches the process that imports it: only a load process may import this.

Locust itself stays unpatched. What its runner runs are subclasses of the locustfile's users: they sit down in the pool after
`on_start`, their `wait_time` is the gate of the open model, and their HTTP sessions report each request to `Capture`.
Leans on internals of Locust 2.47: `User._taskset_instance`, `TaskSet._sleep`, `ResponseContextManager.request_meta`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import gevent
import locust
import locust.env
import locust.runners
from gevent import getcurrent
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.runners import STATE_SPAWNING
from locust.user.task import TaskSet, filter_tasks_by_tags

from harness.load.capture import Capture
from harness.load.fast import FastSession, FastUser, Statistics, tls_context
from harness.load.listeners import Listeners, within
from harness.load.locustfile import LocustfileFailed, options_of, read_locustfile
from harness.load.plan import LoadPlan
from harness.load.pool import Seat, Turns
from harness.load.sessions import Sessions
from harness.load.tracebacks import own_traceback
from harness.model.profile import ClosedStage

__all__ = ["VERSION", "Engine"]

VERSION: str = locust.__version__
_WORKS = "_harness_works"
_SEAT = "_harness_seat"


class Engine:
    """Locust's runner on one locustfile. `sat` is called in a user's greenlet after its `on_start` and blocks until it may go on; `turn`
    between its iterations (open model), or those of `turns` where nothing may block; `left` when its greenlet ended; `raised` when a task
    or a listener raised; `noted` hears what the reader of the report should know."""

    def __init__(
        self,
        plan: LoadPlan,
        capture: Capture,
        *,
        sat: Callable[[Seat], None],
        turn: Callable[[Seat], None],
        turns: Callable[[Seat], Turns],
        left: Callable[[Seat, BaseException | None], None],
        raised: Callable[[str], None],
        noted: Callable[[str], None],
    ) -> None:
        self._plan = plan
        self._capture = capture
        self._sat, self._turn, self._left, self._raised = sat, turn, left, raised
        self._start_errors: dict[Seat, BaseException] = {}
        self._count = 0
        self.listeners = Listeners(plan.locustfile, raised, noted)
        self._open_model = plan.profile.is_open
        random.seed(f"{plan.seed}:tasks:{plan.worker}")  # Locust picks tasks by the global generator
        classes, self.notes = read_locustfile(plan.locustfile, plan.user_classes)
        self._own_classes = classes
        self.user_classes = self._at_the_gate(classes)
        self.notes += self._take_over_waits()
        self._environment = self._environ()
        self._runner = self._environment.create_local_runner()
        gather = Statistics.of(self._environment).gather
        self._sessions = Sessions(
            plan, capture, locust.events.request.fire, gather, turns if self._open_model else None
        )

    @property
    def weights(self) -> list[float]:
        """Of the user classes, in their order."""
        return [float(user_class.weight) for user_class in self.user_classes]

    def begin(self, on_end: Callable[[], None]) -> None:
        """Fire `init` and `test_start`; no user runs yet. `on_end` is called when the locustfile itself ends the test."""
        events = self._environment.events
        events.request.add_listener(self._sessions.on_request)
        events.user_error.add_listener(self._on_user_error)
        events.test_stopping.add_listener(lambda **_: on_end())
        events.init.fire(environment=self._environment, runner=self._runner, web_ui=None)
        self._runner.target_user_count = users = self._users()
        events.test_start.fire(environment=self._environment)
        self._runner.update_state(
            STATE_SPAWNING
        )  # else the runner would fire it, and say that no user is meant to come
        complete = events.spawning_complete
        heard, complete._handlers = complete._handlers, []  # noqa: SLF001 # of nobody: whoever waits for all users shall not go on
        self._runner.start(0, 1)
        self._runner.spawning_greenlet.get()
        complete._handlers = heard  # noqa: SLF001
        self._runner.target_user_count = users

    def all_spawned(self) -> None:
        """The open model: the users that it begins with are on their way, so `spawning_complete` is fired, as Locust does before they are ready."""
        self._environment.events.spawning_complete.fire(user_count=self._runner.user_count)

    def spawn(self, user_class: int) -> None:
        """Start one user. Raises LocustfileFailed when it cannot even be made."""
        try:
            self._runner.spawn_users({self.user_classes[user_class].__name__: 1})
        except Exception as error:
            text = own_traceback(error, self._plan.locustfile)
            raise LocustfileFailed(
                f"A user of class {self.user_classes[user_class].__name__} cannot be made:\n{text}"
            ) from error

    def open_ahead(self, seats: Iterable[Seat], until: float) -> None:
        """Before zero: connections for those who will be the first to need one (see `Sessions.open_ahead`)."""
        self._sessions.open_ahead(seats, until)

    def head_for(self, users: int, spawn_rate: float, failed: Callable[[BaseException], None]) -> None:
        """The closed model: Locust's own dispatcher goes to that number of users. `failed` hears when one can't be made."""
        self._runner.start(users, spawn_rate)
        self._runner.spawning_greenlet.link_exception(lambda ended: failed(ended.exception))

    def stop(self, *, graceful_s: float, limit_s: float) -> bool:
        """End the users, their iterations first for `graceful_s`, and tell the locustfile that all is over. Whether the users' end took at
        most `limit_s` beyond that."""
        self._environment.stop_timeout = graceful_s
        in_time = within(graceful_s + limit_s, self._runner.stop)
        self.listeners.take_leave(self._environment, limit_s)
        return in_time

    def _environ(self) -> Any:
        options = options_of(self._plan)
        return locust.env.Environment(
            user_classes=list(self.user_classes),
            locustfile=self._plan.locustfile.name,
            events=locust.events,
            host=self._plan.host,
            stop_timeout=self._plan.drain_s,  # those whom a ramp-down ends may finish their iteration
            parsed_options=options,
            parsed_locustfiles=[str(self._plan.locustfile)],
        )

    def _at_the_gate(self, classes: Iterable[Any]) -> list[Any]:
        """Those that have something to do. A class without a task is most often the base of others; whoever asked for it is told."""
        gated: list[Any] = []
        idle: list[str] = []
        for user_class in classes:
            made = self._gated(user_class, len(gated))
            if made.tasks:
                gated.append(made)
            else:
                idle.append(made.__name__)
        left = " left after the tags" if self._plan.tags or self._plan.exclude_tags else ""
        if not gated or set(idle) & set(self._plan.user_classes):
            raise LocustfileFailed(
                f"The user class {idle[0]} in {self._plan.locustfile} has no task{left}. Decorate a method with @task."
            )
        self.notes += [f"The user class {name} has no task{left}; it takes no part." for name in idle]
        return gated

    def _users(self) -> int:
        """How many users are meant to be there at most: what Locust calls the target count."""
        stages = self._plan.profile.stages
        return (
            self._plan.users
            if self._open_model
            else max(stage.peak for stage in stages if isinstance(stage, ClosedStage))
        )

    def _gated(self, user_class: Any, number: int) -> Any:
        """A subclass of the same name whose users take their arrivals from us."""
        engine = self

        def __init__(user: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 # becomes the class's own
            engine._count += 1
            setattr(user, _SEAT, Seat(engine._count, number))
            user_class.__init__(user, *args, **kwargs)
            engine._watch(user)

        def on_start(user: Any) -> None:
            engine._enter(user, user_class)

        body: dict[str, Any] = {"__init__": __init__, "on_start": on_start, "abstract": False}
        body |= {name: getattr(user_class, name) for name in ("__module__", "__qualname__", "__doc__")}
        if self._open_model:
            body["wait_time"] = lambda user: engine._turn(getattr(user, _SEAT)) or 0
            body["wait"] = lambda _user: None  # think time inside a task: `wait_time` has no meaning here
        if issubclass(user_class, locust.FastHttpUser | FastUser) and not _sets(user_class, "insecure"):
            body["insecure"] = self._plan.verify_tls is False
            if isinstance(self._plan.verify_tls, str) and not _sets(user_class, "ssl_context_factory"):
                body["ssl_context_factory"] = staticmethod(partial(tls_context, False, self._plan.verify_tls))
        made = type(user_class)(user_class.__name__, (user_class,), body)
        if made.tasks:
            filter_tasks_by_tags(made, set(self._plan.tags) or None, set(self._plan.exclude_tags) or None)
        return made

    def _enter(self, user: Any, user_class: Any) -> None:
        """The user's `on_start`, and then its place in the pool."""
        seat: Seat = getattr(user, _SEAT)
        greenlet = getcurrent()
        self._sessions.enter(greenlet, seat)
        greenlet.link(lambda ended: self._leave(ended, seat))
        tasks = user._taskset_instance  # noqa: SLF001
        tasks._sleep = _no_sleep if self._open_model else partial(_nap, seat)  # noqa: SLF001
        if self._open_model:
            tasks.wait_time = partial(self._turn, seat)  # what `wait_time` of the class comes to, two calls later
        user_class.on_start(user)
        self._watch(user)
        self._sat(seat)

    def _leave(self, greenlet: Any, seat: Seat) -> None:
        self._sessions.leave(greenlet)
        self._capture.iteration_ended(seat, raised=False)
        self._left(seat, self._start_errors.pop(seat, None) or greenlet.exception)

    def _take_over_waits(self) -> list[str]:
        """In the open model every nested `wait_time` becomes the gate, too. What is to be noted of that."""
        if not self._open_model:
            return []
        fixed = [user_class.__name__ for user_class in self.user_classes if user_class.fixed_count]
        found = any(_sets(user_class, "wait_time") for user_class in self._own_classes)
        for task_set in _below(TaskSet):
            if task_set.__module__.startswith("locust."):
                continue
            found = found or "wait_time" in vars(task_set)
            task_set._sleep = _no_sleep  # noqa: SLF001
            task_set.execute_task = _at_work(task_set.execute_task)
            task_set.wait_time = lambda this: 0 if getattr(this, _WORKS, False) else this.user.wait_time()
        notes = ["`wait_time` is ignored: arrivals follow the profile's rate (open model)."] if found else []
        return notes + [
            f"`fixed_count` of {name} is ignored: arrivals are drawn by weight (open model)." for name in fixed
        ]

    def _watch(self, user: Any) -> None:
        """Every HTTP session that hangs on the user, once each."""
        for session in list(vars(user).values()):
            if isinstance(session, FastSession) and session.watch is None:
                self._sessions.watch_fast(session, getattr(user, _SEAT))
            elif isinstance(session, HttpSession | FastHttpSession) and not hasattr(session, _SEAT):
                setattr(session, _SEAT, getattr(user, _SEAT))
                if isinstance(session, HttpSession) and self._plan.verify_tls is not True:
                    session.verify = self._plan.verify_tls
                self._sessions.watch(session, getattr(user, _SEAT))

    def _on_user_error(self, user_instance: Any, exception: BaseException, **_: Any) -> None:
        seat: Seat | None = getattr(getattr(user_instance, "user", user_instance), _SEAT, None)
        if seat is None:
            return
        if not seat.seated:
            self._start_errors[seat] = exception
            return
        self._capture.raised(seat, exception)
        self._raised(own_traceback(exception, self._plan.locustfile))


def _sets(user_class: Any, name: str) -> bool:
    """Whether the locustfile itself, not Locust, gives the class that attribute."""
    foreign = ("locust.", "builtins", "harness.load.fast")
    return any(name in vars(base) for base in user_class.__mro__ if not base.__module__.startswith(foreign))


def _below(base: Any) -> Iterator[Any]:
    for child in base.__subclasses__():
        yield child
        yield from _below(child)


def _nap(seat: Seat, seconds: float) -> None:
    """Locust's sleep between two tasks. One of no time at all only lets others run: an answer of our own client has been waited for in the
    loop, so they have."""
    if seconds > 0 or not seat.sent:
        gevent.sleep(seconds)
    seat.sent = False


def _at_work(execute: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """A task set's `execute_task` that tells whether `wait` is called within a task, where it is think time, or after it, where it is the gate."""

    def execute_task(task_set: Any, task: Any) -> None:
        setattr(task_set, _WORKS, True)
        try:
            execute(task_set, task)
        finally:
            setattr(task_set, _WORKS, False)

    return execute_task


def _no_sleep(*_: Any) -> None:
    """The gate has waited already."""
