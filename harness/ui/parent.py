"""The UI process's side of its parent: what it told, and what it is asked. Everything here is a greenlet of the patched process."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.event import AsyncResult, Event

from harness.errors import EnvironmentFailed, HarnessError
from harness.load.link import Link, LinkClosed
from harness.ui.series import Series
from harness.ui.topics import Topic

__all__ = ["Parent", "Refused", "Shown"]

ORPHANED = 4  # exit code of a UI whose parent went away
ANSWER_S = 60.0
GOODBYE_S = 0.3
ENDED = "harness was ended. What was in force was healed."
KILLED = "The process behind this page is gone: it was killed, or fell over. Its guard heals what was in force, and ends the load."


class Refused(HarnessError):
    """The parent said no; `what` and `todo` are for the reader."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest document of a topic, as JSON text; `version` grows with each."""

    version: int
    text: str


class Parent:
    """`listen` runs in a greenlet of its own and ends the process when the parent is gone."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._waiting: dict[int, AsyncResult] = {}
        self._ids = itertools.count(1)
        self._shown: dict[Topic, Shown] = {}
        self._parsed: dict[Topic, tuple[int, dict[str, Any]]] = {}
        self.series = Series()
        self.changed = Event()
        self.on_end: Callable[[], None] = lambda: None
        self.gone = ""
        self._ended = False

    def listen(self) -> None:
        """Never returns."""
        while True:
            try:
                message = self._link.receive()
            except (LinkClosed, EnvironmentFailed):
                self._say_goodbye()
                os._exit(ORPHANED)
            if message is not None:
                self._take(message)

    def _say_goodbye(self) -> None:
        """Open pages learn at once what happened, and not only that nobody answers any more."""
        self.gone = ENDED if self._ended else KILLED
        for waiting in self._waiting.values():
            waiting.set({"ok": False, "what": self.gone, "todo": ""})
        self.changed.set()
        self.on_end()
        gevent.sleep(GOODBYE_S)  # the streams' greenlets write it meanwhile

    def begin(self) -> None:
        """Wait until there is something to show of every topic."""
        while len(self._shown) < len(Topic):
            message = self._link.receive()
            if message is not None:
                self._take(message)

    def say(self, message: dict[str, object]) -> None:
        """Send one message."""
        self._link.send(message)

    def shown(self, topic: Topic) -> Shown:
        """What there is to show."""
        return self._shown[topic]

    def document(self, topic: Topic) -> dict[str, Any]:
        """The same, read; parsed once per version."""
        shown = self.shown(topic)
        version, document = self._parsed.get(topic, (-1, {}))
        if version != shown.version:
            document = json.loads(shown.text)
            self._parsed[topic] = (shown.version, document)
        return document

    def ask(
        self, what: str, body: Mapping[str, Any] | None = None, *, who: str = "", timeout: float = ANSWER_S
    ) -> dict[str, Any]:
        """Ask and wait. Raises Refused with the parent's reason, EnvironmentFailed after `timeout` seconds without an answer."""
        number = next(self._ids)
        waiting = self._waiting[number] = AsyncResult()
        try:
            self._link.send({"kind": "ask", "id": number, "what": what, "body": dict(body or {}), "who": who})
            answer = waiting.get(timeout=timeout)
        except gevent.Timeout:
            raise EnvironmentFailed(
                f"`{what}` was not answered within {timeout:g} s.",
                "The process behind this page is busy or hangs; look at its terminal.",
            ) from None
        finally:
            del self._waiting[number]
        if not answer["ok"]:
            raise Refused(str(answer.get("what", "")), str(answer.get("todo", "")))
        return dict(answer["body"])

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["kind"]
        if kind == "answer":
            if waiting := self._waiting.get(message["id"]):
                waiting.set(message)
            return
        if kind == "topic":
            topic = Topic(message["topic"])
            before = self._shown.get(topic)
            self._shown[topic] = Shown(before.version + 1 if before else 0, message["json"])
        elif kind == "points":
            self.series.take(message["json"])
        elif kind == "end":
            self._ended = True
            return
        else:
            return
        self.changed.set()
        self.changed.clear()
