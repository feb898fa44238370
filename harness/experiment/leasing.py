"""The run's lease on the Toxiproxy of its target: on another host there is no fault without one, unless somebody takes the risk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack

from harness.contract import check_limits
from harness.errors import EnvironmentFailed
from harness.faults import RunLease, ToxiproxyClient, secured
from harness.guard import Guard
from harness.model import Fault, Target


def check_toxiproxy(faults: Iterable[Fault], target: Target) -> None:
    """See that the Toxiproxy which faults need may be touched and answers, before the target is asked anything through it.

    Raises BadInput for a host that the limits do not name, ToxiproxyError. The bundled one is started later, and is not looked for.
    """
    hurt = [edge for one in faults if (edge := target.edges.get(one.edge))]
    if not target.toxiproxy or not any(edge.proxy for edge in hurt):
        return
    check_limits(target, target.toxiproxy)
    with ToxiproxyClient.of(target) as client:
        client.contents()


def leased_toxiproxy(
    target: Target, stack: ExitStack, guard: Guard, *, run: str, owner: str, tell: Callable[[str], None]
) -> tuple[ToxiproxyClient, RunLease | None]:
    """A client of the target's Toxiproxy, and the lease under which faults may be put on it; both end with `stack`.

    Raises BadInput for a host that the limits do not name, or one elsewhere that nobody guards; ToxiproxyError.
    """
    check_limits(target, target.toxiproxy)
    client = stack.enter_context(ToxiproxyClient.of(target))
    lease = secured(client, guard, owner=owner, run=run, no_guard=target.limits.unguarded, tell=tell)
    if lease is not None:
        stack.callback(lease.give_back)
    return client, lease


def must_hold(lease: RunLease | None) -> None:
    """Raises EnvironmentFailed where the lease no longer holds: the guard has ended the faults, or is gone itself."""
    failure: EnvironmentFailed | None = lease.failure if lease is not None else None
    if failure is not None:
        raise failure
