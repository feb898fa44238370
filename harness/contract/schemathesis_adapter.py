"""Runs Schemathesis. Its engine is not a public API, so it is pinned; what we use of it stands here, in `pacing` and the other
`schemathesis_*`."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import engine

from harness.contract import grading, pacing, schemathesis_replay
from harness.contract.coverage import documented_statuses
from harness.contract.description import Description
from harness.contract.engine_config import engine_config
from harness.contract.exercise import Exercise
from harness.contract.leash import Emit
from harness.contract.masked import revealed
from harness.contract.schemathesis_watch import Watch
from harness.contract.slicing import piece_of, pieces
from harness.model.operation import Operations

CONFIRM_S = 5.0  # for sending findings again, however little of the budget is left

# Which phases share an engine run, and how much of the time that is left each may take: random fuzzing would take all of it.
_PASSES = ((("examples", "coverage"), 0.6), (("stateful",), 0.5), (("fuzzing",), 1.0))
BREADTH = 0.4  # of the time, where there are more operations than seconds: a few cases for each, before many for the first ones
PIECE_S = 4.0  # at least, for a piece of a large description
_KEPT = 0.15  # of the budget, and at most so many seconds: to send findings again
_KEPT_MOST_S = 10.0


def run(spec: Mapping[str, Any], emit: Emit) -> None:
    """Run the engine on `spec` (see `fuzz._spec`) until its phases are done or the budget is spent; tell rows as it goes."""
    _prepare(spec)
    _make_tables()  # a third of a short budget, the first time on a machine
    started, budget = time.monotonic(), float(spec["budget"])
    names = {about["label"]: about["name"] for about in spec["operations"]}
    described = _described(spec)
    watch = Watch(
        spec=spec,
        names=names,
        emit=emit,
        exercise=Exercise(described) if described else None,
        statuses=documented_statuses(described) if described else {},
    )
    kept = min(_KEPT_MOST_S, _KEPT * budget)
    stopped_by = "completed"
    passes = [([p for p in phases if p in spec["phases"]], share, False) for phases, share in _PASSES]
    passes = [one for one in passes if one[0]]
    if "fuzzing" in spec["phases"] and len(names) > budget:
        passes.insert(0, (["fuzzing"], BREADTH, True))
    mine = _mine(spec)
    for number, (wanted, share, broad) in enumerate(passes, start=1):
        left = budget - kept - (time.monotonic() - started)
        if left <= 0:
            stopped_by = "budget"
            break
        seconds = left * (share if number < len(passes) else 1)
        stopped_by = _worse(stopped_by, _walk([{**one, "broad": broad} for one in mine], wanted, seconds, watch))
        if stopped_by not in ("completed", "budget"):
            break
    watch.tell()
    if stopped_by in ("completed", "budget"):
        _confirm(spec, watch, until=max(started + budget, time.monotonic() + CONFIRM_S))
    emit({"kind": "end", "stopped_by": stopped_by, "seconds": time.monotonic() - started})


def replay(spec: Mapping[str, Any], emit: Emit) -> None:
    """Send saved findings again, and tell of each how often it came back."""
    _prepare(spec)
    schema = _schema(piece_of(spec, frozenset(one["operation"] for one in spec["replay"])), [])
    for one in spec["replay"]:
        case = revealed(one["replay"], spec["secrets"])
        tried, back, why = schemathesis_replay.came_back(case, schema, spec["request_timeout"])
        emit({"kind": "replayed", "identity": one["identity"], "tried": tried, "came_back": back, "why": why})
    emit({"kind": "end", "stopped_by": "completed", "seconds": 0.0})


def _prepare(spec: Mapping[str, Any]) -> None:
    pacing.fresh_keys()
    if spec.get("rate"):
        pacing.at_most(float(spec["rate"]))
    pacing.obey_retry_after()
    pacing.bound_answers(float(spec["request_timeout"]))
    if spec["threads"] > 1:
        _parse_one_at_a_time()


def _make_tables() -> None:
    """Have Hypothesis make what it keeps of characters and of constants in code: 3 s where its folder is empty, 0.3 s elsewhere."""

    @settings(max_examples=10, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.text(), st.from_regex(r"\A[\w-]{1,9}\Z"))
    def draw(_text: str, _matching: str) -> None:
        pass

    draw()


def _schema(spec: Mapping[str, Any], phases: list[str]) -> Any:
    config = schemathesis.Config.from_dict(engine_config(spec, phases), base_dir=spec.get("config_folder") or None)
    load = schemathesis.graphql.from_dict if spec["graphql"] else schemathesis.openapi.from_dict
    return load(spec["document"], config=config)


def _mine(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """This process's pieces of the description. There are no shares within a piece where there are pieces for all processes."""
    every, (number, of) = pieces(spec), spec.get("share", (0, 1))
    return [{**one, "share": (0, 1)} for one in every[number::of]] if len(every) >= of > 1 else every


def _walk(every: list[dict[str, Any]], phases: list[str], seconds: float, watch: Watch) -> str:
    """The phases over one piece after the other, each for its part of the time, but long enough to be worth its start."""
    until, stopped_by = time.monotonic() + seconds, "completed"
    for number, spec in enumerate(every):
        left = until - time.monotonic()
        if left <= 0:
            return _worse(stopped_by, "budget")
        stopped_by = _worse(
            stopped_by, _pass(spec, phases, min(left, max(PIECE_S, left / (len(every) - number))), watch)
        )
        if stopped_by not in ("completed", "budget"):
            break
    return stopped_by


def _pass(spec: Mapping[str, Any], phases: list[str], seconds: float, watch: Watch) -> str:
    """One run of the engine. Not `max-time`: with it the engine repeats its phases until the time is up."""
    schema, mine = _schema(spec, phases), _shared(spec, phases)
    selected = schema.include(lambda ctx: ctx.operation.label in mine)
    stream = engine.from_schema(selected).execute()
    late = threading.Event()

    def expire() -> None:
        late.set()
        stream.stop()

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    watch.phases, watch.sanitization, stopped_by = phases, schema.config.output.sanitization, "cut off"
    try:
        for event in stream:
            stopped_by = watch.see(event) or stopped_by
            if watch.gone or watch.lost:
                stream.stop()
                return "server_unavailable" if watch.gone else "nothing but 404"
    finally:
        timer.cancel()
    # An engine that was stopped before its first case calls that completed.
    return "budget" if late.is_set() and stopped_by in ("interrupted", "completed") else stopped_by


def _shared(spec: Mapping[str, Any], phases: list[str]) -> frozenset[str]:
    """This process's share of the operations; a stateful phase needs all of them."""
    number, of = spec.get("share", (0, 1))
    labels = [about["label"] for about in spec["operations"]]
    return frozenset(labels if "stateful" in phases else labels[number::of])


def _confirm(spec: Mapping[str, Any], watch: Watch, *, until: float) -> None:
    """Worst first, as many as the time allows; those that cost a time-out last among their like."""
    kept = sorted(
        watch.cases_of.items(),
        key=lambda item: (_LEVELS.index(str(grading.level_of(item[0][1]))), "request" in item[1]),
    )
    if not kept:
        return
    some = piece_of(spec, frozenset(operation for (operation, _, _), _ in kept))
    schema, timeout_s = _schema(some, []), min(2.0, spec["request_timeout"])
    for key, tried, back, why in schemathesis_replay.confirm(kept, schema, until=until, timeout_s=timeout_s):
        watch.emit({"kind": "confirmed", "key": list(key), "tried": tried, "came_back": back, "why": watch.clean(why)})


_LEVELS = ("error", "warning", "note")


def _worse(before: str, now: str) -> str:
    return before if now == "completed" else now


def _parse_one_at_a_time() -> None:
    """Hypothesis parses source in the engine's threads; before 3.13, CPython counts the recursion of all threads in one place and gives up
    with a SystemError (python/cpython#106905). This process is ours alone, so a lock around the one function is the whole cure."""
    lock, parse = threading.RLock(), ast.parse

    def locked(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return parse(*args, **kwargs)

    ast.parse = locked


def _described(spec: Mapping[str, Any]) -> Description | None:
    """The OpenAPI document; a GraphQL schema has no parameters, fields of answers, media types or statuses to count."""
    document = spec["document"]
    if not isinstance(document, dict) or "paths" not in document:
        return None
    return Description(document=document, raw=b"", source="", base_url=spec["base_url"], operations=Operations())
