"""From many probes to one answer: the fault was seen, was not, or could not be told. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log
from statistics import median

from harness.faults.canary.effect import Calm, Visible, affected, is_certain
from harness.faults.canary.observation import Observation

__all__ = ["Sight", "connections_for", "gone", "seen"]

MISS = 0.001  # the chance of not seeing a fault that is there
_AT_LEAST = 3
_UNEVEN = 8  # where one connection may miss it by jitter: each does with at most 1/4, and 1/4 ** 8 is below MISS


@dataclass(frozen=True, slots=True)
class Sight:
    """`seen` is None where no probe could tell, though the edge was well; `evidence` says what was seen and what before."""

    seen: bool | None
    evidence: str


def connections_for(disturbance: Visible) -> int:
    """Fresh connections that miss it with a chance of at most 0.1 %: (1 - toxicity) ** n <= MISS."""
    if disturbance.toxicity >= 1:
        return _AT_LEAST if is_certain(disturbance) else _UNEVEN
    return max(_UNEVEN, ceil(log(MISS) / log(1 - disturbance.toxicity)))


def seen(
    disturbance: Visible,
    baseline: Sequence[Observation],
    observations: Sequence[Observation],
    *,
    asked: int = 0,
    others: Sequence[Visible] = (),
) -> Sight:
    """Whether `observations` show the disturbance. `asked` is how many bytes a probe sends; `others` are in force on the edge, too."""
    calm = Calm.of(baseline, asked)
    if calm is None:
        return Sight(False, f"not seen to take effect, for the edge did not answer before the fault: {_say(baseline)}")
    calm = calm.beside(disturbance, others)
    if calm is None:
        told = ", ".join(other.describe() for other in others)
        return Sight(
            None, f"unverified: it cannot be told from what is in force on the same edge at the same time: {told}"
        )
    judged = [verdict for one in observations if (verdict := affected(disturbance, calm, one)) is not None]
    hit, said = sum(judged), f"{_say(observations)}; before: {_say(baseline)}"
    if not judged:
        return Sight(None, f"the probe cannot show {disturbance.describe()}: {said}")
    told = f"{hit} of {len(judged)} connections show {disturbance.describe()}: {said}"
    if is_certain(disturbance):
        return Sight(hit == len(judged), told)
    if hit:
        return Sight(True, told)
    enough = len(judged) >= connections_for(disturbance)
    return Sight(False if enough else None, told if enough else f"{told}; too few to be sure")


def gone(
    disturbance: Visible, baseline: Sequence[Observation], observations: Sequence[Observation], *, asked: int = 0
) -> Sight:
    """Whether the edge answers as before the fault: `seen` is True where it is gone, False where it is still seen."""
    calm = Calm.of(baseline, asked)
    said = f"after: {_say(observations)}; before: {_say(baseline)}"
    judged = [affected(disturbance, calm, one) for one in observations] if calm else []
    if any(judged):
        return Sight(False, said)
    if judged and Calm.of(observations) and None not in judged:
        return Sight(True, said)
    return Sight(None, said)


def _say(observations: Sequence[Observation]) -> str:
    if not observations:
        return "not probed"
    counts = Counter(_ending(one) for one in observations)
    parts = []
    for ending, n in counts.most_common():
        times = [one.seconds for one in observations if _ending(one) == ending]
        many = f"{n} x " if len(observations) > 1 else ""
        parts.append(f"{many}{ending} in {median(times) * 1e3:.1f} ms")
    return ", ".join(parts)


def _ending(one: Observation) -> str:
    return f"{one.outcome.value} {one.status}" if one.status else one.outcome.value
