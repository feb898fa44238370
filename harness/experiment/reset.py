"""Puts a target's data back as they were, by the command that its owner wrote, before each run that is compared."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress

from harness.errors import BadInput, EnvironmentFailed
from harness.model import Reset, Target

SHOWN_LINES = 10


def reset(target: Target, environ: Mapping[str, str]) -> bool:
    """Run it, and say whether there was one. Its environment is ours and `HARNESS_TARGET_URL`.

    Raises BadInput for a command that is none, EnvironmentFailed where it fails or takes too long: data that were not put back would
    make the second run another experiment.
    """
    if target.reset is None:
        return False
    argv = _words(target.reset)
    try:
        process = subprocess.Popen(
            argv,
            cwd=target.reset.folder,
            env={**environ, "HARNESS_TARGET_URL": target.url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise BadInput(
            f"`reset` of target `{target.name}` could not be run: {error.strerror or error}: {argv[0]}",
            "Write a program with its path, such as ./reset-data.sh, that may be executed.",
        ) from error
    try:
        said, _ = process.communicate(timeout=target.reset.timeout)
    except subprocess.TimeoutExpired as error:
        raise EnvironmentFailed(
            f"`reset` of target `{target.name}` took longer than {target.reset.timeout:g} s, and was ended.",
            "Make it faster, or allow more: reset: {command: ..., timeout: 5m}",
        ) from error
    finally:
        _end(process)
    if process.returncode != 0:
        lines = "\n".join(f"    {line}" for line in said.strip().splitlines()[-SHOWN_LINES:])
        raise EnvironmentFailed(f"`reset` of target `{target.name}` ended with {process.returncode}:\n{lines}")
    return True


def _words(command: Reset) -> list[str]:
    try:
        words = shlex.split(command.command)
    except ValueError as error:
        raise BadInput(f"`reset: {command.command}` cannot be read: {error}.", "Close the quotation.") from error
    if not words:
        raise BadInput("`reset` has an empty command.", "Write `reset: {command: ./reset-data.sh}`.")
    return words


def _end(process: subprocess.Popen[str]) -> None:
    """With whatever it started: it leads a session of its own."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
