"""The parent's side of the UI process: start it, tell it, answer it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from harness.errors import EnvironmentFailed, HarnessError, ServiceDied
from harness.load.link import ENV_FD, Link, LinkClosed
from harness.ui.settings import UiSettings
from harness.ui.state import Points, empty
from harness.ui.topics import Topic

__all__ = ["ENTRY", "Answer", "Spawn", "UiProcess"]

Answer = Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]
"""What is asked, with what, by whom; gives plain data, or raises a HarnessError whose text the asker sees."""
Spawn = Callable[[Sequence[str], Mapping[str, str], Sequence[int], Path], "subprocess.Popen[bytes]"]

ENTRY = (sys.executable, "-m", "harness.ui.process")
_READY_S = 60.0
_SEND_S = 20.0
_ASKED_AT_ONCE = 8
_QUOTED_LINES = 12


class UiProcess:
    """Close it in the end, whatever happened. `tell` may be called by any thread."""

    def __init__(self, process: subprocess.Popen[bytes], link: Link, log: Path, answer: Answer) -> None:
        self._process = process
        self._link = link
        self._log = log
        self._answer = answer
        self._ready = threading.Event()
        self._trouble = ""
        self._told: dict[Topic, str] = {}
        self._pool = ThreadPoolExecutor(_ASKED_AT_ONCE, thread_name_prefix="ui-ask")
        self._ear = threading.Thread(target=self._listen, name="ui-ear", daemon=True)

    @classmethod
    def start(
        cls,
        settings: UiSettings,
        answer: Answer,
        *,
        env: Mapping[str, str],
        log: Path,
        spawn: Spawn,
        argv: Sequence[str] = ENTRY,
    ) -> UiProcess:
        """Start it and wait until it listens. Raises EnvironmentFailed, with what it said, where it does not."""
        ours, theirs = socket.socketpair()
        try:
            process = spawn(argv, {**env, ENV_FD: str(theirs.fileno())}, (theirs.fileno(),), log)
        except OSError as error:
            ours.close()
            raise EnvironmentFailed(f"The UI process could not be started: {error}.") from error
        finally:
            theirs.close()
        window = cls(process, Link(ours, patience=_SEND_S), log, answer)
        try:
            window._send({"kind": "settings", "settings": settings.to_message()})
            for topic, document in empty().items():
                window.tell(topic, document)
            window._ear.start()
            window._wait_ready()
        except BaseException:
            window.close()
            raise
        return window

    def tell(self, topic: Topic, document: BaseModel) -> None:
        """Send what is to be shown, if it has changed. A UI process that is gone is told by `died`, not here."""
        text = document.model_dump_json()
        if self._told.get(topic) != text:
            self._told[topic] = text
            self._send({"kind": "topic", "topic": topic.value, "json": text})

    def tell_points(self, points: Points) -> None:
        """Send seconds of the charts."""
        self._send({"kind": "points", "json": points.model_dump_json()})

    def died(self) -> ServiceDied | None:
        """Whether the process ended by itself."""
        code = self._process.poll()
        return (
            None
            if code is None
            else ServiceDied(f"The UI process ended with {code}.{self._said()}", f"See {self._log}.")
        )

    def close(self, timeout: float = 5.0) -> None:
        """End it. Twice is harmless."""
        self._send({"kind": "end"})
        self._link.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
            self._process.wait()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wait_ready(self) -> None:
        if not self._ready.wait(_READY_S):
            raise EnvironmentFailed(f"The UI did not listen within {_READY_S:g} s.{self._said()}", f"See {self._log}.")
        if self._trouble:
            raise EnvironmentFailed(f"The UI could not be served: {self._trouble}", "Take another port with --port.")

    def _listen(self) -> None:
        while True:
            try:
                message = self._link.receive()
            except (LinkClosed, EnvironmentFailed):
                self._trouble = self._trouble or "its process ended." + self._said()
                self._ready.set()
                return
            if message is None:
                continue
            if message["kind"] == "ready":
                self._trouble = str(message.get("trouble", ""))
                self._ready.set()
            elif message["kind"] == "ask":
                self._pool.submit(self._reply, message)

    def _reply(self, ask: Mapping[str, Any]) -> None:
        try:
            body = dict(self._answer(str(ask["what"]), ask["body"], str(ask["who"])))
            reply: dict[str, object] = {"kind": "answer", "id": ask["id"], "ok": True, "body": body}
        except HarnessError as error:
            reply = {"kind": "answer", "id": ask["id"], "ok": False, "what": error.what, "todo": error.todo}
        except Exception as error:  # noqa: BLE001 - the asker waits; the traceback is ours to report
            reply = {
                "kind": "answer",
                "id": ask["id"],
                "ok": False,
                "todo": "This is a bug in harness. Please report it.",
            }
            reply["what"] = f"{type(error).__name__}: {error}"
        self._send(reply)

    def _send(self, message: dict[str, object]) -> None:
        try:
            self._link.send(message)
        except LinkClosed:
            return  # `died` says so

    def _said(self) -> str:
        try:
            lines = self._log.read_text(errors="replace").splitlines()[-_QUOTED_LINES:]
        except OSError:
            return ""
        return "".join(f"\n    {line}" for line in lines)
