"""One request at a time, each answer held against the description: by the same oracle that watches the load."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from harness.contract.description import Description
from harness.contract.masked import hidden
from harness.contract.oracle import Oracle
from harness.contract.oracle_spec import OracleSpec
from harness.contract.statuses.strangers import Door, LetIn, row_of
from harness.contract.statuses.ways import SAFE_METHOD
from harness.contract.statuses.witness import MAX_BODY, Answer, Request
from harness.contract.tally import Key
from harness.model.curl import curl_line
from harness.model.observer import Exchange
from harness.model.target import Target
from harness.model.window import Outcome

MAX_ANSWER = 4_000_000  # bytes that are read of one answer
AGAIN = 3  # times a finding is sent again
_PLAIN = {"User-Agent": "harness"}


@dataclass(slots=True)
class Heard:
    """What was learnt: rows as the fuzzer tells them, what sends each finding again, and how often it came back."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    replays: dict[Key, dict[str, object]] = field(default_factory=dict)
    tried: dict[Key, tuple[int, int]] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    sent: int = 0

    @property
    def findings(self) -> int:
        """Kinds of them."""
        return len(self.replays)


class Judge:
    """The oracle, one answer at a time: which findings an answer gives. Those of checks that are not `made` are left out."""

    def __init__(
        self, description: Description, secrets: Mapping[str, str], made: Callable[[str], bool] = lambda _: True
    ) -> None:
        self._oracle = Oracle(OracleSpec.of(description, secrets=secrets))
        self._made = made
        self.secrets = secrets
        self._methods = {one.name: one.method for one in description.operations}

    def hidden(self, kept: dict[str, object]) -> dict[str, object]:
        """With names in place of secrets."""
        masked: dict[str, object] = hidden(kept, self.secrets)
        return masked

    def rows(self, request: Request, answer: Answer) -> list[dict[str, Any]]:
        """As `Oracle.drain` gives them, without times. A method that nobody described is judged as the operation whose path it was sent to."""
        self._oracle.saw(_exchange(request, answer, self._methods.get(request.operation, request.method)))
        rows = [{k: v for k, v in row.items() if k not in ("from_ns", "to_ns")} for row in self._oracle.drain()]
        rows = [row for row in rows if row["kind"] != "finding" or self._made(str(row["check"]))]
        for row in rows:
            if row["kind"] == "finding" and "curl" in row:
                row["at_ns"], row["curl"] = None, _curl(request, self.secrets)
        return rows


def key_of(row: Mapping[str, Any]) -> Key:
    """Of a finding's row."""
    return row["operation"], row["check"], row["signature"]


class Sender:
    """Sends at most `rate` requests a second until the time is up. A context manager."""

    def __init__(self, target: Target, judge: Judge, *, timeout_s: float, until: float) -> None:
        self._judge = judge
        self._timeout_s, self._until = timeout_s, until
        self._pause_s = 1 / target.limits.rate if target.limits.rate else 0.0
        self._due = time.monotonic()
        # The environment's proxy settings are not for loopback.
        self._client = httpx.Client(
            verify=target.verify_tls, trust_env=not target.on_loopback, headers=_PLAIN, follow_redirects=False
        )
        self.heard = Heard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def left_s(self) -> float:
        """Until the time is up; negative after it."""
        return self._until - time.monotonic()

    def send(self, request: Request, *, under: str = "", confirm: bool = True) -> Answer | None:
        """The answer, judged; None where none came in time. A new finding is sent again at once, unless it took a state of things
        (`under`, told with it) that is gone by then."""
        answer = self.ask(request)
        if answer is not None:
            self.judge(request, answer, under=under, confirm=confirm and not under)
        return answer

    def judge(self, request: Request, answer: Answer, *, under: str = "", confirm: bool = False) -> None:
        """Take note of an answer, whoever got it."""
        for row in self._judge.rows(request, answer):
            match row["kind"]:
                case "finding":
                    self._found(row, request, under, confirm=confirm)
                case "seen" | "exercised":
                    self.heard.rows.append(row)
                case "broken":
                    self.heard.trouble.append(f"{request.operation}: its answer could not be judged: {row['message']}")

    def _found(self, row: dict[str, Any], request: Request, under: str, *, confirm: bool) -> None:
        key = key_of(row)
        if under and "message" in row:
            row["message"] = f"{row['message']} ({under})"
        self.heard.rows.append(row)
        if key in self.heard.replays:
            return
        self.heard.replays[key] = self._judge.hidden({"request": as_kept(request), "judged": True}) if confirm else {}
        if confirm:
            self.heard.tried[key] = came_back(request, key, self.ask, self._judge)

    def take(self, door: Door, who: str, found: LetIn) -> None:
        """Take note of how a stranger fared."""
        for row in row_of(
            door.own.operation, who, found, _curl(found.last[0], self._judge.secrets) if found.last else ""
        ):
            key = key_of(row)
            self.heard.rows.append(row)
            kept = {"make": as_kept(door.make), "own": as_kept(door.own), "stranger": door.kept(who)}
            self.heard.replays.setdefault(key, self._judge.hidden({**kept, "judged": True}))
            self.heard.tried.setdefault(key, (found.tried, found.granted))

    def ask(self, request: Request) -> Answer | None:
        """The answer, not judged; None where none came in time."""
        wait = self._due - time.monotonic()
        if wait > 0:
            time.sleep(min(wait, max(0.0, self.left_s)))
        self._due = max(self._due, time.monotonic()) + self._pause_s
        if self.left_s <= 0:
            return None
        self.heard.sent += 1
        return ask(self._client, request, min(self._timeout_s, self.left_s + 1))


def ask(client: httpx.Client, request: Request, timeout_s: float) -> Answer | None:
    """One answer, bounded in size and time; None where there is none."""
    deadline, got = time.monotonic() + timeout_s, bytearray()
    try:
        with client.stream(
            request.method, request.url, headers=dict(request.headers), content=request.body, timeout=timeout_s
        ) as answer:
            for chunk in answer.iter_bytes():
                got += chunk
                if len(got) > MAX_ANSWER or time.monotonic() > deadline:
                    return None
            return Answer(status=answer.status_code, headers=dict(answer.headers), body=bytes(got))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):  # what httpx cannot encode is a ValueError
        return None


def came_back(request: Request, key: Key, ask_again: Any, judge: Judge) -> tuple[int, int]:
    """(tried, came back) of a finding; what got no answer was not tried."""
    tried = back = 0
    for _ in range(AGAIN):
        answer = ask_again(request)
        if answer is None:
            break
        tried += 1
        back += any(row["kind"] == "finding" and key_of(row) == key for row in judge.rows(request, answer))
    return tried, back


def as_kept(request: Request) -> dict[str, object]:
    """As a replay keeps it. A large body is blanks, so their number is enough."""
    large = len(request.body) > MAX_BODY
    return {
        "operation": request.operation,
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "body": "" if large else request.body.decode("latin-1"),
        "blanks": len(request.body) if large else 0,
    }


def from_kept(kept: Mapping[str, Any]) -> Request:
    """The inverse of `as_kept`."""
    body = b" " * int(kept["blanks"]) or str(kept["body"]).encode("latin-1")
    return Request(
        operation=kept["operation"], method=kept["method"], url=kept["url"], headers=kept["headers"], body=body
    )


def _exchange(request: Request, answer: Answer, described: str) -> Exchange:
    status = answer.status
    outcome = Outcome.OK if status < 400 else Outcome.CLIENT_ERROR if status < 500 else Outcome.SERVER_ERROR
    return Exchange(
        operation=request.operation,
        method=described if request.method == SAFE_METHOD else request.method,
        url=request.url,
        outcome=outcome,
        status=status,
        intended_ns=0,
        start_ns=0,
        end_ns=0,
        user="statuses",
        request_headers=dict(request.headers),
        request_body=request.body if len(request.body) <= MAX_BODY else b"",
        headers=answer.headers,
        body=answer.body,
    )


def _curl(request: Request, secrets: Mapping[str, str]) -> str:
    if len(request.body) <= MAX_BODY:
        return curl_line(request.method, request.url, request.headers, request.body, secrets)
    line = curl_line(request.method, request.url, request.headers, None, secrets)
    return f"head -c {len(request.body)} /dev/zero | tr '\\0' ' ' | {line} --data-binary @-"
