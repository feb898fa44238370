"""Ends what `harness up` keeps. Apart from what keeps it, so that the command need not load all of that first."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping

from harness.errors import EnvironmentFailed
from harness.guard import heal_leftovers, process_start, state_dir
from harness.stack import forget_state, load_state

DOWN_S = 30.0
ASK_S = 0.2


def take_down(environ: Mapping[str, str]) -> bool:
    """End what `harness up` keeps; False where nothing was up. Raises EnvironmentFailed when it does not end, HealFailed for what is left."""
    state = load_state(environ)
    if state is None or not state.alive:
        forget_state(environ)
        _, failed = heal_leftovers(state_dir(environ))
        if failed is not None:
            raise failed
        return False
    os.kill(state.owner, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_S
    while process_start(state.owner) == state.owner_start:
        if time.monotonic() > deadline:
            raise EnvironmentFailed(
                f"Process {state.owner}, which keeps the stack up, did not end within {DOWN_S:g} s.",
                f"Kill it: kill -9 {state.owner}; its guard then ends the rest.",
            )
        time.sleep(ASK_S)
    return True
