"""The locustfile of a load that has none: its users make the calls which were prepared before the load started."""

from __future__ import annotations

from random import choice

from locust import task
from locust.user.task import LOCUST_STATE_STOPPING

from harness.load.calls import Caller, calls_to_make
from harness.load.fast import FastUser
from harness.load.fast.answer import Answer
from harness.load.fast.prepared import Prepared
from harness.load.keys import idempotency_key
from harness.model.call import Call, Variant

_rendered: dict[int, list[Prepared]] = {}  # by call, its variants; for all users: they have one target and one identity


class PreparedUser(FastUser):
    """Makes one call an iteration, and those before it whose answers it needs."""

    def on_start(self) -> None:
        """Meet the calls."""
        self.client.will_stream()
        self.caller = Caller(calls_to_make(), self._send)
        self._alone = {id(call): self._variants(call) for call in calls_to_make() if self.caller.stands_alone(call)}
        self._left: Call | None = None
        alone = list(self._alone.values()) if len(calls_to_make()) == len(self._alone) == 1 else []
        self._only = alone[0][0] if alone and len(alone[0]) == 1 else None  # there is nothing to draw

    @task
    def call(self) -> None:
        """The next one; and while those that follow need nothing of each other, one after the other in the loop."""
        first = self._following()
        if first is not None:
            self.client.stream(first, self._following)
        call, self._left = self._left, None
        if call is not None:
            self.caller.make(call)

    def _following(self) -> Prepared | None:
        """What goes out next, or None: then this user has to stop, or the call that is `_left` needs its greenlet."""
        if self._state == LOCUST_STATE_STOPPING:
            return None
        if self._only is not None:
            return self._only
        call = self.caller.drawn()
        variants = self._alone.get(id(call))
        if variants is None:
            self._left = call
            return None
        return choice(variants) if len(variants) > 1 else variants[0]  # noqa: S311 # a load, not a secret

    def _variants(self, call: Call) -> list[Prepared]:
        known = _rendered.get(id(call))
        if known is None:
            known = _rendered[id(call)] = [
                self.client.prepare(call.method, one.path, name=call.name, headers=one.headers, data=one.body or None)
                for one in call.variants
            ]
        return known

    def _send(self, call: Call, variant: Variant, path: str) -> Answer:
        headers = {**variant.headers, **dict.fromkeys(call.fresh, idempotency_key())} if call.fresh else variant.headers
        return self.client.request(call.method, path, name=call.name, headers=headers, data=variant.body or None)
