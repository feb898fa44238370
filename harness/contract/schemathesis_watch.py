"""What Schemathesis's engine tells while it runs, turned into rows: findings, answers, what was exercised, and why it stopped."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from schemathesis.core.failures import Failure, ServerError
from schemathesis.engine import events
from schemathesis.engine.errors import is_connection_refused

from harness.contract import grading, schemathesis_replay
from harness.contract.coverage import written_as
from harness.contract.exercise import Exercise
from harness.contract.leash import Emit
from harness.contract.masked import hidden
from harness.contract.schemathesis_words import header_of, message_of, signature_of
from harness.contract.statuses.witness import Answer, Request, Witness, Witnesses
from harness.contract.tally import Key, Tally
from harness.model.curl import curl_line, hide

_NETWORK = ("Network Error", "Unresponsive Operation", "Unhealthy API")
NOT_FOUND, NOT_IMPLEMENTED = 404, 501
LOST = 60  # answers, all of them 404, after which the base URL is taken for wrong
GONE = "Server Unavailable"
REFUSED = 15  # answers 401 in a row, to credentials that had worked, that mean they do not any more
_LAST_REQUEST = re.compile(r"curl -X (\S+) .*?'?(https?://[^\s']+)")


@dataclass(slots=True)
class Watch:
    """Turns engine events into rows. `names` maps the engine's label to the operation, `statuses` an operation to what it documents;
    `cases_of` keeps what sends a finding again."""

    spec: Mapping[str, Any]
    names: Mapping[str, str]
    emit: Emit
    tally: Tally = field(default_factory=Tally)
    cases: int = 0
    seen: dict[tuple[str, int], int] = field(default_factory=dict)
    phase: str = ""
    phases: list[str] = field(default_factory=list)
    cases_of: dict[Key, dict[str, Any]] = field(default_factory=dict)
    sanitization: Any = None
    gone: bool = False
    last: deque[str] = field(default_factory=lambda: deque(maxlen=5))
    found: bool = False
    answers: int = 0
    taken: bool = False
    refusals: int = 0
    exercise: Exercise | None = None
    witnesses: Witnesses = field(default_factory=Witnesses)
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def lost(self) -> bool:
        """Nothing that is described is there: more of the same would tell nothing."""
        return not self.found and self.answers >= LOST

    def see(self, event: Any) -> str | None:
        """Why the engine stopped, once it did."""
        match event:
            case events.PhaseStarted() if event.phase.name.value in self.phases:
                self.phase = str(event.phase.name.value)
            case events.PhaseFinished() if event.phase.name.value in self.phases:
                skipped = event.phase.skip_reason.value if event.phase.skip_reason else ""
                self.emit(
                    {"kind": "phase", "name": event.phase.name.value, "status": event.status.value, "why": skipped}
                )
            case events.ScenarioFinished():
                self._scenario(event.recorder)
                self.tell()
            case events.NonFatalError():
                self._trouble(event)
            case events.RateLimitRetry():
                self.emit({"kind": "limited", "operation": self._name(event.operation), "seconds": event.delay})
            case events.FatalError():
                raise event.exception
            case events.EngineFinished():
                return str(event.stop_reason.value)
        return None

    def tell(self) -> None:
        """What is new since the last time: findings, answers, progress."""
        for row in self.tally.drain():
            self.emit(row)
        for (operation, status), n in self.seen.items():
            self.emit({"kind": "seen", "operation": operation, "status": status, "n": n})
        self.seen.clear()
        for row in self.exercise.drain() if self.exercise else ():
            self.emit(row)
        self.emit({"kind": "progress", "phase": self.phase, "cases": self.cases, "findings": len(self.tally)})

    def _scenario(self, recorder: Any) -> None:
        self.cases += len(recorder.cases)
        for case_id, node in recorder.cases.items():
            interaction = recorder.interactions.get(case_id)
            if interaction is None or interaction.response is None:
                continue
            self.last.append(f"{interaction.request.method} {urlsplit(interaction.request.uri).path}")
            case = node.value
            if case.method.upper() == case.operation.method.upper():
                key = (self._name(case.operation.label), int(interaction.response.status_code))
                self.seen[key] = self.seen.get(key, 0) + 1
                self.answers, self.found = self.answers + 1, self.found or key[1] != NOT_FOUND
                self._exercised(key[0], interaction)
                if self.spec["witness"]:
                    self._witness(key[0], case, interaction)
            self._login(case, interaction)
        for case_id, nodes in recorder.checks.items():
            failed = [(node.name, node.failure_info) for node in nodes if node.failure_info is not None]
            failed = [(check, info) for check, info in failed if not self._degraded(recorder.label, info.failure)]
            errors = [info.failure for _, info in failed if isinstance(info.failure, ServerError)]
            for check, info in failed:
                if errors and check == grading.STATUS:
                    continue  # the same root: a 500 that is also undocumented
                if check == grading.SERVER_ERROR and _not_implemented(recorder, case_id, info.failure):
                    continue  # a method that nobody described is rightly refused with 501
                self._failure(recorder, case_id, check, info)

    def _degraded(self, label: str, failure: Failure) -> bool:
        """A 503 that the description names is what it promises when it cannot serve: no error, here as under load."""
        if not isinstance(failure, ServerError):
            return False
        status = failure.status_code
        written = written_as(status, self.statuses.get(self._name(failure.operation or label), ()))
        return not grading.is_server_error(status, written)

    def _exercised(self, operation: str, interaction: Any) -> None:
        if self.exercise is None:
            return
        sent, answer = interaction.request, interaction.response
        self.exercise.note(
            operation,
            url=sent.uri,
            request_headers={name: values[0] for name, values in sent.headers.items()},
            request_body=sent.body or b"",
            status=int(answer.status_code),
            content_type=", ".join(answer.headers.get("content-type", [])),
            body=answer.content or b"",
        )

    def _witness(self, operation: str, case: Any, interaction: Any) -> None:
        """A few exchanges of each kind go to the parent: what it asks for later is built on them."""
        sent, answer = interaction.request, interaction.response
        valid = case.meta is None or bool(case.meta.generation.mode.is_positive)
        if not self.witnesses.wants(operation, int(answer.status_code), valid=valid):
            return
        headers = _text({name: values[0] for name, values in sent.headers.items()})
        one = Witness(
            request=Request(
                operation=operation, method=sent.method, url=sent.uri, headers=headers, body=_bytes(sent.body)
            ),
            answer=Answer(
                status=int(answer.status_code),
                headers={name.lower(): ", ".join(values) for name, values in answer.headers.items()},
                body=answer.content or b"",
            ),
            valid=valid,
        )
        if self.witnesses.add(one):
            self.emit(one.to_row())

    def _login(self, case: Any, interaction: Any) -> None:
        """Credentials that worked, and then were refused many times in a row, are lost: what comes after tells nothing."""
        own, sent = self.spec["headers"], interaction.request.headers
        if not own or any(sent.get(name, sent.get(name.lower(), [None]))[0] != value for name, value in own.items()):
            return
        status = int(interaction.response.status_code)
        if status != 401:
            self.taken, self.refusals = self.taken or status < 400, 0
            return
        self.refusals += 1
        if self.taken and self.refusals == REFUSED:
            self.emit({"kind": "refused", "operation": self._name(case.operation.label)})

    def _failure(self, recorder: Any, checked: str, check: str, info: Any) -> None:
        failure: Failure = info.failure
        case_id = failure.case_id or checked
        interaction = recorder.interactions.get(case_id)
        status = int(interaction.response.status_code) if interaction and interaction.response else 0
        header = header_of(recorder, case_id, failure, status) if check == grading.HEADERS else ""
        key = (self._name(failure.operation or recorder.label), check, signature_of(failure, status, header))
        new = self.tally.add(key, grading.level_of(check))
        sent = [recorder.interactions[i].request for i in _steps(info, case_id) if i in recorder.interactions]
        if new is None and not self.tally.may_shorten(key, sum(map(_size, sent))):
            return
        curl = "\n".join(self._curl(request) for request in sent)
        if new is not None:
            new.message = self.clean(message_of(failure, status, header))
            new.curl, new.first = curl, self._case(interaction)
        elif not self.tally.shorten(key, curl, lambda: self._case(interaction)):
            return
        kept = schemathesis_replay.recorded(recorder, checked, check, self.sanitization)
        if kept is not None:
            self._keep(key, kept)

    def _keep(self, key: Key, case: dict[str, Any]) -> None:
        self.cases_of[key] = case
        self.emit({"kind": "case", "key": list(key), "replay": hidden(case, self.spec["secrets"])})

    def _trouble(self, event: Any) -> None:
        """An error of the engine: no answer is a finding, a server that is gone too, the rest is named as not tested."""
        title, message = event.info.title, ": ".join([str(event.info.message), *event.info.extras[:1]])
        if self.last and isinstance(event.value, requests.ConnectionError) and is_connection_refused(event.value):
            title = GONE  # it answered before, in another pass, of which this run of the engine knows nothing
        check = {GONE: grading.SERVER_GONE}.get(title, grading.NO_ANSWER if title in _NETWORK else "")
        if not check:
            row = {
                "kind": "trouble",
                "operation": self._name(event.label),
                "title": title,
                "message": self.clean(message),
            }
            self.emit(row)
            return
        self.gone = self.gone or title == GONE
        key: Key = ("" if title == GONE or not event.related_to_operation else self._name(event.label), check, title)
        new = self.tally.add(key, grading.level_of(check))
        if new is None:
            return
        new.message = self.clean(_silence(title, message, self.last))
        if title == GONE:
            return
        request = getattr(event.value, "request", None)
        case = schemathesis_replay.request_of(request)
        if case is not None:
            about = case["request"]
            new.curl = self._line(about["method"], about["url"], about["headers"], about["body"])
            self._keep(key, case)

    def _name(self, label: str) -> str:
        return self.names.get(label, label)

    def _case(self, interaction: Any) -> dict[str, object]:
        if interaction is None:
            return {}
        request, answer = interaction.request, interaction.response
        about: dict[str, object] = {"method": request.method, "path": self.clean(urlsplit(request.uri).path)}
        if answer is not None:
            body = (answer.content or b"")[:400].decode(errors="replace")
            about |= {"status": int(answer.status_code), "body": self.clean(body)}
        return about

    def _curl(self, request: Any) -> str:
        return self._line(request.method, request.uri, {n: v[0] for n, v in request.headers.items()}, request.body)

    def _line(self, method: str, url: str, headers: Mapping[str, Any], body: Any) -> str:
        own = {name: value for name, value in headers.items() if not name.lower().startswith("x-schemathesis-")}
        return curl_line(method, url, _text(own), body, self.spec["secrets"])

    def clean(self, text: str) -> str:
        """Without secrets, and no longer than a paragraph."""
        return hide(text, self.spec["secrets"]).replace("\x00", "")[:600]


def _not_implemented(recorder: Any, case_id: str, failure: Any) -> bool:
    node = recorder.cases.get(case_id)
    return (
        getattr(failure, "status_code", 0) == NOT_IMPLEMENTED
        and node is not None
        and node.value.method.upper() != node.value.operation.method.upper()
    )


def _steps(info: Any, case_id: str) -> list[str]:
    return [step.case_id for step in info.steps] or [case_id]


def _size(request: Any) -> int:
    return len(request.uri) + len(request.body or b"")


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()


def _text(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    return {name: v.decode("latin-1") if isinstance(v, bytes) else str(v) for name, v in headers.items()}


def _silence(title: str, message: str, last: Iterable[str]) -> str:
    """No answer, in words; the engine's own text holds a screen of commands."""
    if title != GONE:
        return f"It gave no answer: {' '.join(message.split())}"
    told = [f"{method} {urlsplit(url).path}" for method, url in _LAST_REQUEST.findall(message)]
    before = f" The last requests before: {', '.join(dict.fromkeys(told or reversed(list(last))))}."
    return f"The service went away while it was checked.{before} If one of them ends it by design, exclude it."
