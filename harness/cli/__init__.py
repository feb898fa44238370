"""The command line: one file per command, thin. `main` is the console script."""

from __future__ import annotations

import os
import signal

__all__ = ["main"]

INTERRUPTED = 130


def main() -> None:
    """The console script. The commands are imported within it, so that an interrupt meanwhile ends as any other does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # `nohup harness run` runs on
            signal.signal(number, _leave)  # until `heed_signals`
    from harness.cli.entry import main as begin

    begin()


def _leave(number: int, _frame: object) -> None:
    """Nothing was begun, so nothing has to be healed. No exception, which would surface in the middle of somebody's import."""
    try:
        os.write(2, f"harness: Interrupted by {signal.Signals(number).name}.\n".encode())
    finally:
        os._exit(INTERRUPTED)
