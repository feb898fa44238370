"""What every command that touches the world works in: a guard, and a folder for logs."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.guard import Guard, state_dir


def new_id() -> str:
    """Six random hex digits: enough to tell runs of one second apart."""
    return secrets.token_hex(3)


def owner() -> str:
    """Who did it, for journals and toxics: `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


@contextmanager
def guarded(name: str, environ: Mapping[str, str]) -> Iterator[Guard]:
    """A guard for one command. Leaving the block undoes what is still promised; raises HealFailed where that fails."""
    folder = state_dir(environ)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with Guard.start(Path(folder) / f"{name}-{os.getpid()}-{new_id()}.jsonl", name=name) as guard:
        yield guard
