"""The locustfile of a load that has none: its users make the calls which were prepared before the load started."""

from __future__ import annotations

from locust import task
from locust.user.task import LOCUST_STATE_STOPPING

from harness.load.calls import Caller, calls_to_make
from harness.load.fast import FastUser
from harness.load.fast.answer import Answer
from harness.load.fast.prepared import Prepared
from harness.load.keys import idempotency_key
from harness.model.call import Call, Variant

_rendered: dict[int, Prepared] = {}  # by variant, for all users: they have one target and one identity


class PreparedUser(FastUser):
    """Makes one call an iteration, and those before it whose answers it needs."""

    def on_start(self) -> None:
        """Meet the calls."""
        self.caller = Caller(calls_to_make(), self._send)
        self._alone = {id(call) for call in calls_to_make() if self.caller.stands_alone(call)}
        self._left: Call | None = None

    @task
    def call(self) -> None:
        """The next one; and while those that follow need nothing of each other, one after the other in the loop."""
        self._left = None
        call = self.caller.drawn()
        if id(call) in self._alone:
            self.client.stream(self._prepared(call, self.caller.variant(call)), self._following)
        else:
            self._left = call
        if self._left is not None:
            self.caller.make(self._left)

    def _following(self) -> Prepared | None:
        """What goes out next, or None: then this user has to stop, or the call that is `_left` needs its greenlet."""
        if self._state == LOCUST_STATE_STOPPING:
            return None
        call = self.caller.drawn()
        if id(call) in self._alone:
            return self._prepared(call, self.caller.variant(call))
        self._left = call
        return None

    def _prepared(self, call: Call, variant: Variant) -> Prepared:
        prepared = _rendered.get(id(variant))
        if prepared is None:
            prepared = _rendered[id(variant)] = self.client.prepare(
                call.method, variant.path, name=call.name, headers=variant.headers, data=variant.body or None
            )
        return prepared

    def _send(self, call: Call, variant: Variant, path: str) -> Answer:
        if not call.fresh and not call.takes:
            return self.client.send(self._prepared(call, variant))
        headers = {**variant.headers, **dict.fromkeys(call.fresh, idempotency_key())} if call.fresh else variant.headers
        return self.client.request(call.method, path, name=call.name, headers=headers, data=variant.body or None)
