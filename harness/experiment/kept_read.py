"""The final read of a service of one's own: asked as its `audit.read` says, again and again until nothing is under way."""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from harness.audit import Kept
from harness.errors import EnvironmentFailed
from harness.experiment.spawning import GuardedSpawn
from harness.model import KeptRead, Target, TargetAudit
from harness.model.loopback import is_loopback

__all__ = ["read_kept"]

AGAIN_S = 0.5
MOST_BYTES = 64_000_000  # some two million keys


class _Silent(EnvironmentFailed):
    """No answer this time; the service may still be recovering, so it is worth asking again."""


def read_kept(
    target: Target,
    run: str,
    spawn: GuardedSpawn,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    most_bytes: int = MOST_BYTES,
) -> Kept:
    """Ask until the service says that it rests, or for `rest` seconds; the last answer counts. `run` is the prefix of the run's keys.

    Raises EnvironmentFailed where no answer came in that time, or one that cannot be meant.
    """
    plan = target.audit
    assert plan is not None
    until = clock() + plan.rest
    while True:
        try:
            kept = Kept.of(_document(_ask(plan, target, run, spawn, most_bytes)), plan.kinds)
        except _Silent:
            if clock() >= until:
                raise
        else:
            if kept.quiescent or clock() >= until:
                return kept
        sleep(AGAIN_S)


def _ask(plan: TargetAudit, target: Target, run: str, spawn: GuardedSpawn, most_bytes: int) -> bytes:
    if plan.read.url:
        return _answer(plan.read, target, most_bytes)
    return _printed(plan.read, target, run, spawn, most_bytes)


def _document(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        begins = raw[:60].decode(errors="replace").strip()
        raise EnvironmentFailed(f"The final read is no JSON; it begins with {begins!r}.") from error


def _printed(read: KeptRead, target: Target, run: str, spawn: GuardedSpawn, most_bytes: int) -> bytes:
    named = f"The final read `{read.command}`"
    try:
        done = spawn.all_of_it(
            shlex.split(read.command),
            cwd=read.folder,
            env={**os.environ, "HARNESS_RUN": run, "HARNESS_TARGET_URL": target.url},
            timeout_s=read.timeout,
            most_bytes=most_bytes,
        )
    except OSError as error:
        raise EnvironmentFailed(f"{named} could not be run: {error.strerror or error}.") from error
    if len(done.out) > most_bytes:
        raise EnvironmentFailed(f"{named} printed more than {most_bytes // 1_000_000} MB.")
    if done.code is None:
        raise _Silent(f"{named} did not end within {read.timeout:g} s.")
    if done.code:
        said = done.err.decode(errors="replace").strip().splitlines()
        raise _Silent(f"{named} ended with {done.code}{f': {said[-1][:200]}' if said else ''}.")
    return done.out


def _answer(read: KeptRead, target: Target, most_bytes: int) -> bytes:
    """It carries the target's credentials, so it follows no redirect: who knows where to."""
    local = is_loopback(urlsplit(read.url).hostname or "")  # proxies of the environment are not for loopback
    until, body = time.monotonic() + read.timeout, bytearray()
    named = f"The final read {read.url}"
    try:
        with (
            httpx.Client(verify=target.verify_tls, timeout=read.timeout, trust_env=not local) as client,
            client.stream("GET", read.url, headers={"Accept": "application/json", **target.headers}) as answer,
        ):
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > most_bytes:
                    raise EnvironmentFailed(f"{named} answered more than {most_bytes // 1_000_000} MB.")
                if time.monotonic() > until:
                    raise _Silent(f"{named} was not whole after {read.timeout:g} s.")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        said = str(error).strip()
        raise _Silent(f"{named} got no answer: {type(error).__name__}{f': {said}' if said else ''}.") from error
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise _Silent(f"{named} answered {answer.status_code}.")
    if answer.status_code != HTTPStatus.OK:
        raise EnvironmentFailed(f"{named} answered {answer.status_code}.")
    return bytes(body)
