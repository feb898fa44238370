"""The locustfile of a load that has none: its users make the calls which were prepared before the load started."""

from __future__ import annotations

from locust import task

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

    @task
    def call(self) -> None:
        """The next one."""
        self.caller.once()

    def _send(self, call: Call, variant: Variant, path: str) -> Answer:
        if not call.fresh and not call.takes:
            prepared = _rendered.get(id(variant))
            if prepared is None:
                prepared = _rendered[id(variant)] = self.client.prepare(
                    call.method, path, name=call.name, headers=variant.headers, data=variant.body or None
                )
            return self.client.send(prepared)
        headers = {**variant.headers, **dict.fromkeys(call.fresh, idempotency_key())} if call.fresh else variant.headers
        return self.client.request(call.method, path, name=call.name, headers=headers, data=variant.body or None)
