"""Where things are printed: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from rich.console import Console


class Terminal(Console):
    """A console whose reader may go away (`harness runs ls | head`): rich would exit with 1, which means `fail` here."""

    def on_broken_pipe(self) -> None:
        """Write on into nothing; the command ends with its own exit code."""
        hush(sys.stderr if self.stderr else sys.stdout)


out = Terminal(highlight=False, soft_wrap=True)
err = Terminal(stderr=True, highlight=False, soft_wrap=True)


def hush(stream: TextIO) -> None:
    """Point a stream that nobody reads any more at nothing, also for what Python flushes at exit."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)


def open_standard_streams() -> None:
    """Where the caller closed stdin, stdout or stderr, put nothing there: a socket or pipe of ours must not take the number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def say(text: str = "") -> None:
    """A line of the result."""
    out.print(text)


def note(text: str) -> None:
    """A line about how it goes."""
    err.print(text, markup=False)


def complain(text: str) -> None:
    """An error: what, where, what to do. Plain print, because markup in somebody's file must not matter."""
    _write(sys.stderr, f"harness: {text}")


def say_json(document: Any) -> None:
    """The one document of `--json`."""
    _write(sys.stdout, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def say_text(text: str) -> None:
    """A document as it stands."""
    _write(sys.stdout, text.rstrip("\n"))


def _write(stream: TextIO, text: str) -> None:
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        hush(stream)
