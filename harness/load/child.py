"""The load process from its start to the end of its run. Locust is imported as late as possible, so the order is: plan, Locust
(which patches the process), observers, run.

`python -m harness.load.child` serves a run that observes nothing; `harness.experiment` has an entry point with observers.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from harness.errors import EnvironmentFailed
from harness.load.link import Link, LinkClosed
from harness.load.plan import LoadPlan
from harness.model.observer import Observer

__all__ = ["serve"]

_GONE = 4


def serve(link: Link, observers_from: Callable[[Mapping[str, object]], Sequence[Observer]]) -> int:
    """Serve one run over `link`; `observers_from` builds the observers from the plan's `observers`. Returns an exit code."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        message = link.receive()
    except LinkClosed:
        return _GONE
    if message is None or message["kind"] != "plan" or not isinstance(message["plan"], dict):
        raise EnvironmentFailed("The run must send its plan first.")
    plan = LoadPlan.from_message(message["plan"])

    from harness.load.run import run_load  # patches the process: not before it is sure that this is a load process

    return run_load(link, plan, observers_from(plan.observers))


def leave(code: int) -> None:
    """End the process now: a locustfile's threads and greenlets must not keep it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(serve(Link.inherited(), lambda _: ()))
