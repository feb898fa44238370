"""Sends again what was found, by Schemathesis's own replay: to see whether it comes back, and for `--replay`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import requests
from schemathesis.cli.commands.replay.executor import ReplayStatus, _replay_sequence, _resolve_operation
from schemathesis.engine.context import make_session
from schemathesis.reporting.crashes import CrashFile, build_crashes_from_recorder

TIMES = 3
MOST = 80  # findings that are sent again
Case = Mapping[str, Any]


def recorded(recorder: Any, case_id: str, check: str, sanitization: Any) -> dict[str, Any] | None:
    """What it takes to send a failed case again, its earlier steps included; None where it cannot be recorded."""
    for crash in build_crashes_from_recorder(recorder=recorder, failing_case_id=case_id, sanitization=sanitization):
        if crash.sequence[-1].checks[0].name == check:
            return {"crash": _with_bodies(crash.to_dict(), recorder)}
    return None


def _with_bodies(crash: dict[str, Any], recorder: Any) -> dict[str, Any]:
    """Each step also says the body as it was sent, for those who repeat it without the engine."""
    sent = {(i.request.method, i.request.uri): i.request.body for i in recorder.interactions.values()}
    for step in crash["sequence"]:
        body = sent.get((step["method"], step["url"])) or b""
        step["sent"] = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return crash


def request_of(request: Any) -> dict[str, Any] | None:
    """The same for a request that got no answer: there is no check to repeat, only silence."""
    if not isinstance(request, requests.PreparedRequest) or request.url is None:
        return None
    body = request.body if isinstance(request.body, bytes | str) else b""
    text = body.decode("latin-1") if isinstance(body, bytes) else body
    return {"request": {"method": request.method, "url": request.url, "headers": dict(request.headers), "body": text}}


def came_back(case: Case, schema: Any, timeout_s: float, times: int = TIMES) -> tuple[int, int, str]:
    """(tried, came back, why it could not be tried)."""
    send = _sender(case, schema, timeout_s)
    tried = back = 0
    for _ in range(times):
        seen = send()
        if isinstance(seen, str):
            return tried, back, seen
        tried += 1
        back += seen
    return tried, back, ""


def _sender(case: Case, schema: Any, timeout_s: float) -> Callable[[], bool | str]:
    if "request" in case:
        return lambda: _silent(case["request"], timeout_s)
    try:
        crash = CrashFile.from_dict(case["crash"])
    except (KeyError, TypeError, ValueError) as error:
        unreadable = f"what was saved cannot be read: {error!r}"
        return lambda: unreadable
    return lambda: _fails(crash, schema)


def _fails(crash: Any, schema: Any) -> bool | str:
    operation = _resolve_operation(schema, crash)
    session = make_session(schema.config, operation=operation)
    try:
        outcome = _replay_sequence(crash.sequence, base_url=None, session=session, schema=schema, operation=operation)
    finally:
        session.close()
    if outcome.rejected is not None and outcome.status is not ReplayStatus.FAILED:
        return "the credentials were refused"
    if outcome.status is ReplayStatus.ERRORED:
        return str(outcome.error_message or "the check could not be made again")
    return bool(outcome.status is ReplayStatus.FAILED)


def _silent(about: Case, timeout_s: float) -> bool | str:
    try:
        answer = requests.request(
            about["method"],
            about["url"],
            headers=about["headers"],
            data=about["body"].encode("latin-1"),
            timeout=timeout_s,
            allow_redirects=False,
        )
    except requests.RequestException:
        return True
    except (ValueError, UnicodeEncodeError) as error:
        return str(error)
    answer.close()
    return False


def confirm(
    cases: Iterable[tuple[Any, Case]], schema: Any, *, until: float, timeout_s: float
) -> Iterable[tuple[Any, int, int, str]]:
    """Send each again until the time (monotonic) is up: (key, tried, came back, why not)."""
    for number, (key, case) in enumerate(cases):
        if number >= MOST or time.monotonic() > until:
            return
        yield key, *came_back(case, schema, timeout_s)
