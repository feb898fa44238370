"""Kills and pauses what stands behind an edge, and brings it back. Each undo is promised before its change."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.errors import BadInput, EnvironmentFailed, HealFailed
from harness.faults.ladder import Removal
from harness.faults.processes.body import Body, State
from harness.faults.processes.kill import Kill
from harness.faults.processes.pause import Pause
from harness.faults.processes.slow_start import SlowStart
from harness.faults.processes.throttle import Throttle
from harness.faults.promises import Promised, Promises
from harness.guard import Undo
from harness.model import Disturbance, Fault
from harness.model.nearest import did_you_mean

__all__ = ["ProcessApplier"]

_SEEN_S = 2.0
_MARGIN_S = 2.0  # how long after its planned end the guard ends a fault that we did not


@dataclass(slots=True, kw_only=True)
class _InForce:
    """A fault that was made."""

    bodies: tuple[Body, ...]
    disturbance: Disturbance
    promises: list[Promised] = field(default_factory=list)
    throttles: list[Throttle] = field(default_factory=list)

    @property
    def about(self) -> Mapping[str, object]:
        """See `Made`."""
        return {"processes": [body.name for body in self.bodies]}


class ProcessApplier:
    """`bodies` by edge: what this run owns, and containers that the target names."""

    def __init__(
        self, bodies: Mapping[str, Sequence[Body]], promises: Promises, *, margin_s: float = _MARGIN_S
    ) -> None:
        self._bodies = bodies
        self._promises = promises
        self._margin_s = margin_s
        self._active: dict[str, _InForce] = {}
        self._lock = threading.Lock()

    @property
    def active(self) -> tuple[str, ...]:
        """See `Applier`."""
        with self._lock:
            return tuple(self._active)

    def takes(self, disturbance: Disturbance) -> bool:
        """See `Applier`."""
        return isinstance(disturbance, Kill | Pause | SlowStart)

    def check(self, faults: Iterable[Fault]) -> tuple[str, ...]:
        """Raises BadInput for an edge behind which nothing is ours, EnvironmentFailed for what does not run."""
        for fault in faults:
            for body in self._of(fault):
                if isinstance(fault.disturbance, SlowStart) and not body.throttles:
                    raise BadInput(
                        f"Fault `{fault.name}`: container `{body.name}` cannot start slowly; docker pauses too slowly for that.",
                        "Use `kill`, with a longer `for`.",
                    )
                if (state := body.state()) != "running":
                    what = f"Fault `{fault.name}`: {body.name} is {state} before the fault."
                    raise EnvironmentFailed(what, _first(body, state))
                if isinstance(fault.disturbance, Kill) and not body.survives_kill():
                    raise BadInput(
                        f"Fault `{fault.name}`: container `{body.name}` was started with --rm; a kill would remove it for good.",
                        "Start it without --rm, or use `pause`.",
                    )
        return ()

    def apply(self, fault: Fault) -> _InForce:
        """Raises EnvironmentFailed, after which all is as before, or the guard has it to do."""
        if fault.name in self._active:
            raise BadInput(f"Fault `{fault.name}` is in force already.", "Give this one another name.")
        made = _InForce(bodies=self._of(fault), disturbance=fault.disturbance)
        with self._lock:
            self._active[fault.name] = made
        try:
            for body in made.bodies:
                self._do(body, made, fault.duration + self._margin_s)
        except EnvironmentFailed as error:
            self._abandon(fault.name, error)
            raise
        return made

    def change(self, name: str, disturbance: Disturbance) -> _InForce:
        """See `Applier`: a process is dead or it is not."""
        raise BadInput(f"Fault `{name}` cannot become {disturbance.describe()}.", "Heal it, and make another one.")

    def heal(self, name: str) -> Removal:
        """See `Applier`."""
        made = self._active[name]
        try:
            found = all(body.state() == _state_of(made.disturbance) for body in made.bodies)
            for body in made.bodies:
                _undo(body, made)
        except EnvironmentFailed as error:
            by_hand = "\n  ".join(promise.undo.by_hand() for promise in made.promises)
            todo = f"Run:\n  {by_hand}" if by_hand else error.todo
            raise HealFailed(f"Fault `{name}` could not be taken back: {error.what}", todo) from error
        with self._lock:
            del self._active[name]
        for promise in made.promises:
            promise.kept()
        names = ", ".join(body.name for body in made.bodies)
        if isinstance(made.disturbance, SlowStart):
            return Removal(True, f"{names} at full speed")
        how = "started again" if isinstance(made.disturbance, Kill) else "resumed"
        return Removal(found, f"{names} {how}" if found else f"somebody else had {how} {names}")

    def _do(self, body: Body, made: _InForce, lease_s: float) -> None:
        if isinstance(made.disturbance, Pause):
            self._promise(made, body.resume_undo(), lease_s)
            body.pause()
        else:
            self._promise(made, body.start_undo(), lease_s)
            body.kill()
        if isinstance(made.disturbance, SlowStart):
            body.start()
            self._promise(made, body.resume_undo(), lease_s)
            made.throttles.append(Throttle(body, made.disturbance.speed))
            return
        _see(body, _state_of(made.disturbance))

    def _promise(self, made: _InForce, undo: Undo | None, lease_s: float) -> None:
        if undo is not None:
            made.promises.append(self._promises.promise(undo, lease_s=lease_s))

    def _abandon(self, name: str, error: EnvironmentFailed) -> None:
        try:
            self.heal(name)
        except HealFailed as failed:  # the promises stay: the guard goes on trying
            raise HealFailed(f"{error.what}\n{failed.what}", failed.todo) from error

    def _of(self, fault: Fault) -> tuple[Body, ...]:
        bodies = self._bodies.get(fault.edge, ())
        if not bodies:
            known = [edge for edge, some in self._bodies.items() if some]
            todo = "Say which container is behind it: `container: NAME` under the edge."
            raise BadInput(
                f"Fault `{fault.name}` is a {fault.disturbance.kind}, and nothing behind edge `{fault.edge}` is ours.",
                did_you_mean(fault.edge, known) if known else todo,
            )
        return tuple(bodies)


def _first(body: Body, state: State) -> str:
    """What to do before a fault on something in that state."""
    undo = body.resume_undo() if state == "paused" else body.start_undo() if state == "gone" else None
    if state == "missing":
        return f"See what there is: docker ps -a --filter name={body.name}"
    return f"Run: {undo.by_hand()}" if undo is not None else "Start it first."


def _state_of(disturbance: Disturbance) -> State:
    return "paused" if isinstance(disturbance, Pause) else "gone"


def _undo(body: Body, made: _InForce) -> None:
    """Idempotent: what is as it was is left alone."""
    while made.throttles:
        made.throttles.pop().stop()
    state = body.state()
    if state == "paused":
        body.resume()
    elif state == "gone" or (state == "missing" and not isinstance(made.disturbance, Pause)):
        body.start()
    if isinstance(made.disturbance, Pause) and state != "missing":  # what was removed is paused no longer
        _see(body, "running")


def _see(body: Body, wanted: State) -> None:
    """A signal takes a moment. Raises EnvironmentFailed where it is something else for longer."""
    end = time.monotonic() + _SEEN_S
    while (state := body.state()) != wanted:
        if time.monotonic() > end:
            raise EnvironmentFailed(f"{body.name} was to be {wanted}, and is {state}.", "Look into its log.")
        time.sleep(0.002)
