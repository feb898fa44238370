"""What each kind of fault does to one probe: pure, one small function a kind.

Each answers True (affected), False (not), or None where this probe cannot tell. Latencies are told apart only when the expected
rise stands out of what calm probes vary by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol, runtime_checkable

from harness.faults.canary.answer import Answer
from harness.faults.canary.http_effect import HTTP_JUDGES, http_patience
from harness.faults.canary.observation import Observation, Outcome
from harness.faults.http import Matched
from harness.faults.processes.kill import Kill
from harness.faults.processes.pause import Pause
from harness.faults.processes.slow_start import SlowStart
from harness.faults.toxics import (
    Bandwidth,
    Down,
    Latency,
    LimitData,
    Reset,
    Slicer,
    SlowClose,
    Stream,
    Timeout,
)

__all__ = ["Calm", "Visible", "affected", "is_certain", "patience_of"]

_SLACK_S = 0.5
_NOISE_S = 0.001
_GATEWAY = (502, 503, 504)
_SHARE = 0.9  # of the expected rise: the fastest of a few calm probes is no more exact


@runtime_checkable
class Visible(Protocol):
    """A disturbance that a probe may show, on a share of connections."""

    @property
    def kind(self) -> str:
        """See `Disturbance`."""

    @property
    def toxicity(self) -> float:
        """The share of connections that it hits."""

    def describe(self) -> str:
        """See `Disturbance`."""


@dataclass(frozen=True, slots=True)
class Calm:
    """How the edge answered before the fault: seconds to the answer, seconds to the close, bytes up and down."""

    fastest: float
    typical: float
    slowest: float
    linger: float | None
    size: int
    asked: int
    answer: Answer | None = None

    @property
    def status(self) -> int | None:
        """Of the HTTP answer."""
        return self.answer.status if self.answer else None

    @classmethod
    def of(cls, baseline: Sequence[Observation], asked: int = 0) -> Calm | None:
        """None where a probe was not answered: such an edge was not calm. `asked` is how many bytes a probe sends."""
        if not baseline or any(one.outcome not in (Outcome.ANSWERED, Outcome.CONNECTED) for one in baseline):
            return None
        lingers = [one.linger for one in baseline if one.linger is not None]
        return cls(
            fastest=min(one.seconds for one in baseline),
            typical=median(one.seconds for one in baseline),
            slowest=max(one.seconds for one in baseline),
            linger=max(lingers) if len(lingers) == len(baseline) else None,
            size=min(one.size for one in baseline),
            asked=asked,
            answer=baseline[-1].answer,
        )

    def beside(self, disturbance: Visible, others: Sequence[Visible]) -> Calm | None:
        """How the edge answers under `others` alone, by their nominal effects; None where they would hide `disturbance`.

        What slows every connection adds up. A proxy that is down refuses whatever else stands on it.
        """
        if isinstance(disturbance, Down):
            return None if any(isinstance(other, Down) for other in others) else self
        calm = self
        for other in others:
            if isinstance(other, Matched) and not isinstance(disturbance, Matched) and not other.hits_any:
                continue  # it leaves the plain probe alone
            rise = _rise_of(other, self)
            if rise is None or other.toxicity < 1:
                return None
            least, usual, most = rise
            calm = replace(
                calm, fastest=calm.fastest + least, typical=calm.typical + usual, slowest=calm.slowest + most
            )
        return calm


def is_certain(disturbance: Visible) -> bool:
    """Whether it must be seen on every connection, rather than on some of many."""
    if isinstance(disturbance, Latency) and disturbance.jitter * 2 > disturbance.delay:
        return False
    return disturbance.toxicity >= 1


def patience_of(disturbance: Visible, calm: Calm) -> float:
    """How long a probe must wait for each flight of the other side to see it, seconds."""
    slack = max(_SLACK_S, 10 * calm.slowest)
    if isinstance(disturbance, Latency):
        return slack + (disturbance.delay + disturbance.jitter) / 1e3
    if isinstance(disturbance, (Timeout, Reset)):
        return slack + disturbance.after / 1e3
    if isinstance(disturbance, SlowClose):
        return slack + disturbance.delay / 1e3
    if isinstance(disturbance, Bandwidth):
        return slack + 2 * _bandwidth_rise(disturbance, calm)
    if isinstance(disturbance, Slicer):
        return slack + 2 * _slicer_rise(disturbance, calm)
    return slack + http_patience(disturbance, calm)


def affected(disturbance: Visible, calm: Calm, one: Observation) -> bool | None:
    """Whether this probe shows the disturbance."""
    judge = _JUDGES.get(disturbance.kind)
    if one.outcome is Outcome.FAILED or judge is None:
        return None
    if one.outcome is Outcome.CONNECTED and not isinstance(disturbance, Down):
        return None  # a probe without a protocol sees no more than that the edge accepts: a paused process's kernel does, too
    return judge(disturbance, calm, one)


def _rise_of(disturbance: Visible, calm: Calm) -> tuple[float, float, float] | None:
    """Seconds that it adds at least, as a rule and at most; None for what does more than slow down."""
    if isinstance(disturbance, Latency):
        delay, jitter = disturbance.delay / 1e3, disturbance.jitter / 1e3
        return delay - jitter, delay, delay + jitter
    if isinstance(disturbance, Bandwidth):
        return (_bandwidth_rise(disturbance, calm),) * 3
    if isinstance(disturbance, Slicer):
        return (_slicer_rise(disturbance, calm),) * 3
    return None


def _slowed(rise: float, calm: Calm, one: Observation) -> bool | None:
    """Nothing slowed is earlier than the fastest calm answer and the rise; nothing calm should ever be as late as that."""
    late = calm.fastest + _SHARE * rise
    if late < calm.typical + 2 * (calm.slowest - calm.typical) + _NOISE_S:
        return None
    if not one.answered:
        return None  # it ended in another way, so its time says nothing of this fault
    return one.seconds >= late


def _latency(disturbance: Latency, calm: Calm, one: Observation) -> bool | None:
    return _slowed(max(disturbance.delay - disturbance.jitter, disturbance.delay / 2) / 1e3, calm, one)


def _timeout(disturbance: Timeout, calm: Calm, one: Observation) -> bool | None:
    if one.outcome is Outcome.SILENT and one.size == 0:
        return True if one.seconds > 3 * calm.slowest else None
    if one.outcome is Outcome.CLOSED and one.size == 0:
        return disturbance.after > 0 and one.seconds >= _SHARE * disturbance.after / 1e3
    return False


def _reset(_: Reset, __: Calm, one: Observation) -> bool | None:
    return one.outcome is Outcome.RESET


def _down(_: Down, __: Calm, one: Observation) -> bool | None:
    return one.outcome is Outcome.REFUSED


def _dead(_: Kill | SlowStart, calm: Calm, one: Observation) -> bool | None:
    """A proxy before it accepts and closes; a gateway before it says 502 or 503."""
    if one.outcome is Outcome.SILENT:
        return None
    return not one.answered or (one.status in _GATEWAY and calm.status not in _GATEWAY)


def _paused(_: Pause, calm: Calm, one: Observation) -> bool | None:
    if one.outcome is Outcome.SILENT and one.size == 0:
        return True if one.seconds > 3 * calm.slowest else None
    return False if one.answered else None


def _bandwidth(disturbance: Bandwidth, calm: Calm, one: Observation) -> bool | None:
    return _slowed(_bandwidth_rise(disturbance, calm), calm, one)


def _bandwidth_rise(disturbance: Bandwidth, calm: Calm) -> float:
    return _through(disturbance.stream, calm) / (disturbance.rate * 1000)


def _slicer(disturbance: Slicer, calm: Calm, one: Observation) -> bool | None:
    return _slowed(_slicer_rise(disturbance, calm), calm, one)


def _slicer_rise(disturbance: Slicer, calm: Calm) -> float:
    """Pieces are between size - variation and size + variation; the fewest pauses count."""
    pieces = _through(disturbance.stream, calm) / (disturbance.size + disturbance.variation)
    return max(0.0, pieces - 1) * disturbance.delay / 1e6


def _slow_close(disturbance: SlowClose, calm: Calm, one: Observation) -> bool | None:
    rise = _SHARE * disturbance.delay / 1e3
    if disturbance.stream is Stream.UPSTREAM or calm.linger is None or one.linger is None or rise < calm.linger:
        return None
    return one.linger >= calm.linger + rise - _NOISE_S


def _limit_data(disturbance: LimitData, calm: Calm, one: Observation) -> bool | None:
    if _through(disturbance.stream, calm) <= disturbance.bytes:
        return None
    if disturbance.stream is Stream.UPSTREAM:
        return not one.answered and one.size == 0
    return not one.answered and one.size <= disturbance.bytes


def _through(stream: Stream, calm: Calm) -> int:
    return calm.asked if stream is Stream.UPSTREAM else calm.size


_JUDGES: dict[str, Callable[..., bool | None]] = {
    Latency.kind: _latency,
    Timeout.kind: _timeout,
    Reset.kind: _reset,
    Down.kind: _down,
    Bandwidth.kind: _bandwidth,
    Slicer.kind: _slicer,
    SlowClose.kind: _slow_close,
    LimitData.kind: _limit_data,
    Kill.kind: _dead,
    SlowStart.kind: _dead,
    Pause.kind: _paused,
    **HTTP_JUDGES,
}
