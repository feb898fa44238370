"""What each HTTP fault does to one probe: pure, one small function a kind. True, False, or None where this probe cannot tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.faults.canary.answer import Answer
from harness.faults.canary.observation import Observation
from harness.faults.http import (
    ContentType,
    DroppedHeader,
    GrpcStatus,
    HttpStatus,
    MalformedJson,
    ThrottledBody,
    TruncatedBody,
)

if TYPE_CHECKING:
    from harness.faults.canary.effect import Calm

__all__ = ["HTTP_JUDGES", "http_patience", "throttled_rise"]

_SHARE = 0.9  # of a delay that was asked
_FIRST_S = 0.1  # Envoy lets a sixteenth of a second's worth through at once


def http_patience(disturbance: object, calm: Calm) -> float:
    """How much longer than usual a probe must wait to see it, seconds."""
    if isinstance(disturbance, HttpStatus | GrpcStatus):
        return disturbance.delay / 1e3
    return 2 * throttled_rise(disturbance, calm) if isinstance(disturbance, ThrottledBody) else 0.0


def throttled_rise(disturbance: ThrottledBody, calm: Calm) -> float:
    """Seconds that a throttled answer takes longer, at least."""
    length = len(calm.answer.body) if calm.answer else 0
    return max(0.0, length / (disturbance.kib_per_s * 1024) - _FIRST_S)


def _status(disturbance: HttpStatus, calm: Calm, one: Observation) -> bool | None:
    if calm.answer is None or calm.answer.status == disturbance.code:
        return None
    return _answer(one).status == disturbance.code and _late(disturbance.delay / 1e3, one)


def _grpc_status(disturbance: GrpcStatus, calm: Calm, one: Observation) -> bool | None:
    wanted = str(int(disturbance.code))
    if calm.answer is None or calm.answer.headers.get("grpc-status") == wanted:
        return None
    return _answer(one).headers.get("grpc-status") == wanted and _late(disturbance.delay / 1e3, one)


def _late(delay: float, one: Observation) -> bool:
    return one.seconds >= _SHARE * delay


def _truncated(disturbance: TruncatedBody, calm: Calm, one: Observation) -> bool | None:
    if calm.answer is None or len(calm.answer.body) <= disturbance.keep:
        return None
    return len(_answer(one).body) == disturbance.keep


def _malformed(_: MalformedJson, calm: Calm, one: Observation) -> bool | None:
    if calm.answer is None or not _is_json(calm.answer):
        return None
    return not _is_json(_answer(one))


def _content_type(disturbance: ContentType, calm: Calm, one: Observation) -> bool | None:
    if calm.answer is None or calm.answer.headers.get("content-type") == disturbance.to:
        return None
    return _answer(one).headers.get("content-type") == disturbance.to


def _dropped(disturbance: DroppedHeader, calm: Calm, one: Observation) -> bool | None:
    if calm.answer is None or disturbance.name not in calm.answer.headers:
        return None
    return disturbance.name not in _answer(one).headers


def _throttled(disturbance: ThrottledBody, calm: Calm, one: Observation) -> bool | None:
    rise = throttled_rise(disturbance, calm)
    if rise < 2 * (calm.slowest - calm.typical) + 0.02:
        return None  # too small an answer
    return one.seconds >= calm.typical + _SHARE * rise


def _answer(one: Observation) -> Answer:
    return one.answer or Answer(status=0)


def _is_json(answer: Answer) -> bool:
    if "json" not in answer.headers.get("content-type", "").lower() or not answer.body:
        return False
    try:
        json.loads(answer.body)
    except ValueError:
        return False
    return True


HTTP_JUDGES: dict[str, Callable[..., bool | None]] = {
    HttpStatus.kind: _status,
    GrpcStatus.kind: _grpc_status,
    TruncatedBody.kind: _truncated,
    MalformedJson.kind: _malformed,
    ContentType.kind: _content_type,
    DroppedHeader.kind: _dropped,
    ThrottledBody.kind: _throttled,
}
