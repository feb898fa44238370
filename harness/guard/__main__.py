"""`python -m harness.guard JOURNAL FD`: the guard process. Started by `Guard.start`, not by people."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

if __package__ in (None, ""):  # started by file name, so that no file of the working folder can be taken for a module
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from harness.guard.watch import watch


def main(arguments: list[str]) -> int:
    """Ctrl-C on the terminal, or TERM to all our processes, must not end the one who cleans up after them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    journal, fd = arguments
    return watch(Path(journal), socket.socket(fileno=int(fd)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
