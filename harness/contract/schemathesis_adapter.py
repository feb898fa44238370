"""The only module that imports Schemathesis. Its engine is not a public API, so it is pinned and everything we use of it stands here."""

from __future__ import annotations

import ast
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import schemathesis
from schemathesis import engine
from schemathesis.core.failures import Failure, MalformedJson, ServerError
from schemathesis.engine import events
from schemathesis.openapi import checks

from harness.contract import grading
from harness.contract.leash import Emit
from harness.contract.tally import Key, Tally
from harness.model.curl import curl_line, hide

_SENT = ("examples", "coverage", "fuzzing", "stateful")
_KEY_HEADER = "idempotency-key"
_NETWORK = ("Network Error", "Unresponsive Operation", "Unhealthy API")


# Which phases share an engine run, and how much of the time that is left each may take: random fuzzing would take all of it.
_PASSES = ((("examples", "coverage"), 0.6), (("stateful",), 0.5), (("fuzzing",), 1.0))


def run(spec: Mapping[str, Any], emit: Emit) -> None:
    """Run the engine on `spec` (see `fuzz._spec`) until its phases are done or the budget is spent; tell rows as it goes."""
    _fresh_keys()
    if spec["workers"] > 1:
        _parse_one_at_a_time()
    names = {f"{about['method']} {about['path']}": about["name"] for about in spec["operations"]}
    watch = _Watch(spec=spec, names=names, emit=emit)
    started, stopped_by = time.monotonic(), "completed"
    for phases, share in _PASSES:
        wanted = [phase for phase in phases if phase in spec["phases"]]
        left = float(spec["budget"]) - (time.monotonic() - started)
        if not wanted:
            continue
        if left <= 0:
            stopped_by = "budget"
            break
        stopped_by = _worse(stopped_by, _pass(spec, wanted, left * share, watch))
        if stopped_by not in ("completed", "budget"):
            break
    watch.tell()
    emit({"kind": "end", "stopped_by": stopped_by, "seconds": time.monotonic() - started})


def _pass(spec: Mapping[str, Any], phases: list[str], seconds: float, watch: _Watch) -> str:
    """One run of the engine. Not `max-time`: with it the engine repeats its phases until the time is up."""
    config = schemathesis.Config.from_dict(_config(spec, phases))
    schema = schemathesis.openapi.from_dict(spec["document"], config=config)
    selected = schema.include(lambda ctx: f"{ctx.operation.method.upper()} {ctx.operation.path}" in watch.names)
    stream = engine.from_schema(selected).execute()
    late = threading.Event()

    def expire() -> None:
        late.set()
        stream.stop()

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    watch.phases, stopped_by = phases, "cut off"
    try:
        for event in stream:
            stopped_by = watch.see(event) or stopped_by
    finally:
        timer.cancel()
    return "budget" if late.is_set() and stopped_by == "interrupted" else stopped_by


def _worse(before: str, now: str) -> str:
    return before if now == "completed" else now


def _fresh_keys() -> None:
    """A client takes a fresh Idempotency-Key for each new request (draft-ietf-httpapi-idempotency-key-header); a generator that repeats one
    with another body is rightly refused, and would blame the service for it. Only requests that are meant to be valid are touched: a
    hook that touches another makes it count as valid."""

    @schemathesis.hook
    def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
        valid = case.meta is None or case.meta.generation.mode.is_positive
        for name in case.headers if valid and case.headers else ():
            if name.lower() == _KEY_HEADER:
                case.headers[name] = uuid.uuid4().hex


def _parse_one_at_a_time() -> None:
    """Hypothesis parses source in the engine's threads; before 3.13, CPython counts the recursion of all threads in one place and gives up
    with a SystemError (python/cpython#106905). This process is ours alone, so a lock around the one function is the whole cure."""
    lock, parse = threading.RLock(), ast.parse

    def locked(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return parse(*args, **kwargs)

    ast.parse = locked


def _config(spec: Mapping[str, Any], phases: list[str]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "base-url": spec["base_url"],
        "headers": dict(spec["headers"]),
        "workers": spec["workers"],
        "continue-on-failure": True,
        "request-timeout": spec["request_timeout"],
        "tls-verify": spec["verify_tls"],
        "suppress-health-check": ["all"],
        "auth": {"auto-signup": False},
        "cache": {"enabled": False},
        "generation": {"database": "none"},
        "phases": {name: {"enabled": name in phases} for name in _SENT},
        "checks": {},
    }
    if spec.get("seed") is not None:
        config["seed"] = spec["seed"]
    if spec.get("max_examples"):
        config["generation"]["max-examples"] = spec["max_examples"]
    if spec.get("rate"):
        config["rate-limit"] = f"{max(1, int(spec['rate']))}/s"
    if spec["read_only"]:
        config["phases"]["coverage"]["unexpected-methods"] = []
        config["checks"]["unsupported_method"] = {"enabled": False}
    return config


@dataclass(slots=True)
class _Watch:
    """Turns engine events into rows."""

    spec: Mapping[str, Any]
    names: Mapping[str, str]  # "METHOD /path as documented" -> operation
    emit: Emit
    tally: Tally = field(default_factory=Tally)
    cases: int = 0
    seen: dict[tuple[str, int], int] = field(default_factory=dict)
    phase: str = ""
    phases: list[str] = field(default_factory=list)

    def see(self, event: Any) -> str | None:
        """Why the engine stopped, once it did."""
        match event:
            case events.PhaseStarted():
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
        self.emit({"kind": "progress", "phase": self.phase, "cases": self.cases, "findings": len(self.tally)})

    def _scenario(self, recorder: Any) -> None:
        self.cases += len(recorder.cases)
        for case_id, node in recorder.cases.items():
            interaction = recorder.interactions.get(case_id)
            if interaction is None or interaction.response is None:
                continue
            case = node.value
            if case.method.upper() == case.operation.method.upper():
                key = (self._name(case.operation.label), int(interaction.response.status_code))
                self.seen[key] = self.seen.get(key, 0) + 1
        for case_id, nodes in recorder.checks.items():
            failed = [(node.name, node.failure_info) for node in nodes if node.failure_info is not None]
            server_error = any(isinstance(info.failure, ServerError) for _, info in failed)
            for check, info in failed:
                if server_error and check == grading.STATUS:
                    continue  # the same root: a 500 that is also undocumented
                self._failure(recorder, case_id, check, info)

    def _failure(self, recorder: Any, case_id: str, check: str, info: Any) -> None:
        failure: Failure = info.failure
        case_id = failure.case_id or case_id
        interaction = recorder.interactions.get(case_id)
        status = int(interaction.response.status_code) if interaction and interaction.response else 0
        key = (self._name(failure.operation or recorder.label), check, _signature(failure, status))
        new = self.tally.add(key, grading.level_of(check))
        ids = [step.case_id for step in info.steps] or [case_id]
        curl = "\n".join(self._curl(recorder.interactions[i].request) for i in ids if i in recorder.interactions)
        if new is not None:
            said = " ".join(failure.message.split("\n\n")[0].split()) or (f"it answered {status}" if status else "")
            new.message = self._clean(f"{failure.title}: {said}" if said else failure.title)
            new.curl, new.first = curl, self._case(interaction)
        else:
            self.tally.shorten(key, curl, lambda: self._case(interaction))

    def _trouble(self, event: Any) -> None:
        """An error of the engine: no answer is a finding, a server that is gone too, the rest is named as not tested."""
        title, message = event.info.title, self._clean(str(event.info.message))
        check = {"Server Unavailable": grading.SERVER_GONE}.get(title, grading.NO_ANSWER if title in _NETWORK else "")
        if not check:
            label = self._name(event.label)
            self.emit({"kind": "trouble", "operation": label, "title": title, "message": message})
            return
        key: Key = (self._name(event.label) if event.related_to_operation else "", check, title)
        new = self.tally.add(key, grading.level_of(check))
        if new is not None:
            new.message = f"{title}: {message}"

    def _name(self, label: str) -> str:
        return self.names.get(label, label)

    def _case(self, interaction: Any) -> dict[str, object]:
        if interaction is None:
            return {}
        request, answer = interaction.request, interaction.response
        about: dict[str, object] = {"method": request.method, "path": self._clean(urlsplit(request.uri).path)}
        if answer is not None:
            body = (answer.content or b"")[:400].decode(errors="replace")
            about |= {"status": int(answer.status_code), "body": self._clean(body)}
        return about

    def _curl(self, request: Any) -> str:
        headers = {n: v[0] for n, v in request.headers.items() if not n.lower().startswith("x-schemathesis-")}
        return curl_line(request.method, request.uri, _text(headers), request.body, self.spec["secrets"])

    def _clean(self, text: str) -> str:
        return hide(text, self.spec["secrets"]).replace("\x00", "")[:600]


def _text(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    return {name: v.decode("latin-1") if isinstance(v, bytes) else str(v) for name, v in headers.items()}


def _signature(failure: Failure, status: int) -> str:
    """The same words as the oracle's, so that one fault has one identity wherever it is seen."""
    match failure:
        case checks.JsonSchemaError():
            keyword = str(failure.schema_path[-1]) if failure.schema_path else ""
            return grading.body_signature(status, failure.instance_path, keyword)
        case MalformedJson() | checks.ContentDeserializationError():
            return grading.body_signature(status, (), "json")
        case checks.MissingHeaders():
            return grading.headers_signature(failure.missing_headers)
        case checks.UndefinedContentType():
            return grading.content_type_signature(failure.content_type)
        case checks.MissingContentType():
            return grading.content_type_signature("")
        case _:
            return str(failure._unique_key)  # noqa: SLF001  Schemathesis's own identity, see its baseline/model.py
