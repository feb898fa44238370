"""Switches HTTP faults on and off in an Envoy that stands in the edge already. Each undo is promised before its change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.errors import BadInput, EnvironmentFailed, HealFailed, ToxiproxyError
from harness.faults.http.admin import EnvoyAdmin
from harness.faults.http.bootstrap import MILLION, runtime_key, share_of_requests
from harness.faults.http.matched import HttpFault
from harness.faults.ladder import Removal
from harness.faults.promises import Promised, Promises
from harness.guard import SwitchOff
from harness.model import Disturbance, Fault

__all__ = ["HttpApplier"]

_MARGIN_S = 2.0  # how long after its planned end the guard ends a fault that we did not


@dataclass(frozen=True, slots=True, kw_only=True)
class _InForce:
    """A fault that was switched on."""

    key: str
    value: str
    promise: Promised

    @property
    def about(self) -> Mapping[str, object]:
        """See `Made`."""
        return {"runtime": self.key, "value": self.value}


class HttpApplier:
    """`routes` are the faults that Envoy was configured for, with the edge of each.

    `astray` tells of an edge what keeps its connections from Envoy, such as somebody who leads its proxy elsewhere; empty where nothing
    does. It may raise ToxiproxyError.
    """

    def __init__(
        self,
        admin: EnvoyAdmin,
        promises: Promises,
        routes: Mapping[str, str],
        *,
        astray: Callable[[str], str] = lambda _edge: "",
        margin_s: float = _MARGIN_S,
    ) -> None:
        self._admin = admin
        self._promises = promises
        self._routes = routes
        self._astray = astray
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
        return isinstance(disturbance, HttpFault)

    def check(self, faults: Iterable[Fault]) -> tuple[str, ...]:
        """Raises BadInput for a fault that Envoy was not configured for."""
        for fault in faults:
            if self._routes.get(fault.name) != fault.edge:
                raise BadInput(
                    f"Fault `{fault.name}` has no Envoy on edge `{fault.edge}`.", "Start the run with that fault in it."
                )
        return ()

    def apply(self, fault: Fault) -> _InForce:
        """Raises EnvironmentFailed, after which it is off, or the guard has it to do."""
        if fault.name in self._active:
            raise BadInput(f"Fault `{fault.name}` is in force already.", "Give this one another name.")
        assert isinstance(fault.disturbance, HttpFault)
        key = runtime_key(fault.name)
        value = share_of_requests(max(1, round(fault.disturbance.share * MILLION)))
        lease_s = fault.duration + self._margin_s
        promise = self._promises.promise(SwitchOff(self._admin.url, key), lease_s=lease_s)
        made = _InForce(key=key, value=value, promise=promise)
        try:
            self._admin.set(key, value)
        except EnvironmentFailed:
            self._off(fault.name, made)
            promise.kept()
            raise
        with self._lock:
            self._active[fault.name] = made
        return made

    def change(self, name: str, disturbance: Disturbance) -> _InForce:
        """See `Applier`: what is done is configured; only its share could change."""
        raise BadInput(f"Fault `{name}` cannot become {disturbance.describe()}.", "Heal it, and make another one.")

    def heal(self, name: str) -> Removal:
        """See `Applier`."""
        made = self._active[name]
        found = self._off(name, made)
        with self._lock:
            del self._active[name]
        made.promise.kept()
        if not found:
            return Removal(False, "somebody else had changed it, or its lease ended")
        why = self._why_astray(self._routes[name])
        return Removal(not why, f"{why}; switched off" if why else "switched off")

    def _why_astray(self, edge: str) -> str:
        try:
            return self._astray(edge)
        except ToxiproxyError as error:
            return f"it is not known whether the edge still led through Envoy: {error.what}"

    def _off(self, name: str, made: _InForce) -> bool:
        """Whether it was on as we had made it. Raises HealFailed."""
        try:
            found = self._admin.value(made.key) == made.value
            self._admin.set(made.key, share_of_requests(0))
        except EnvironmentFailed as error:
            raise HealFailed(
                f"HTTP fault `{name}` could not be switched off: {error.what}",
                f"Run:\n  {made.promise.undo.by_hand()}",
            ) from error
        return found
