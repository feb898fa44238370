"""Ctrl-C, SIGTERM and SIGHUP become one Interrupted."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

from harness.cli.terminal import complain
from harness.errors import Interrupted
from harness.interrupts import held_back

__all__ = ["heed_signals", "let_it_end"]

_AGAIN_S = 0.02
_HEEDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heed_signals() -> None:
    """The first raises Interrupted where the program stands; later ones wait for the healing.

    Within an import it is raised a moment later: a module that is cut in the middle stays half there, and whoever needs it to save what was
    recorded would fail (the report draws with a library that is imported late).
    """
    heard: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not heard and _imports(frame):
            again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number))
            again.daemon = True
            again.start()
            return
        heard.append(number)
        if len(heard) == 1:
            error = Interrupted(f"Interrupted by {signal.Signals(number).name}.")
            if not held_back(error):
                raise error
        complain("Still healing and saving; the guard ends everything even if this process is killed.")

    for number in _HEEDED:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # `nohup harness run` runs on
            signal.signal(number, interrupt)


def let_it_end() -> None:
    """The command is over and its exit code stands: whoever interrupts it now gets that, not a traceback while Python tidies up."""
    for number in _HEEDED:
        signal.signal(number, signal.SIG_IGN)


def _imports(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
