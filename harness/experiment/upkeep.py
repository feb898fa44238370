"""Keeps the bundled stack up with Locust's own web UI beside it, until somebody ends it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.errors import EnvironmentFailed, ServiceDied
from harness.experiment.listener import Listener
from harness.experiment.opening import bundled, mint_token
from harness.experiment.workshop import guarded
from harness.guard import heal, leftovers, process_start, state_dir
from harness.stack import (
    Service,
    ServiceSpec,
    Stack,
    StackSettings,
    StackState,
    forget_state,
    free_ports,
    load_state,
    save_state,
)
from harness.stack.readiness import HttpReady

UI_READY_S = 60.0
DOWN_S = 30.0
ASK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """A stack that is kept up. `ui` is the URL of Locust's web UI."""

    stack: Stack
    ui_service: Service
    ui: str

    def died(self) -> ServiceDied | None:
        """The first process that ended by itself."""
        return self.stack.watch() or self.ui_service.died()


@contextmanager
def kept_up(
    *, environ: Mapping[str, str], folder: Path, defects: tuple[str, ...], ui_port: int, listener: Listener
) -> Iterator[Up]:
    """Start everything and tell others where it is. Raises EnvironmentFailed, also where a stack is up already."""
    state = load_state(environ)
    if state is not None and state.alive:
        raise EnvironmentFailed(
            f"A stack is up already, kept by process {state.owner}; its UI is {state.ui}.", "End it first: harness down"
        )
    with (
        guarded("up", environ) as guard,
        Stack.start(StackSettings(defects=defects), guard, folder, progress=listener.event, environ=environ) as stack,
    ):
        port = ui_port or free_ports(1)[0]
        listener.phase("starting the Locust UI")
        ui = Service.start(_ui_spec(stack, port, folder, environ), guard)
        try:
            ui.wait_ready(UI_READY_S)
            up = Up(stack=stack, ui_service=ui, ui=f"http://127.0.0.1:{port}")
            save_state(
                StackState(
                    owner=os.getpid(),
                    owner_start=process_start(os.getpid()) or "",
                    journal=str(guard.journal),
                    stack=stack.describe(),
                    environment=dict(stack.environment),
                    ui=up.ui,
                ),
                environ,
            )
            yield up
        finally:
            forget_state(environ)
            ui.stop()


def _ui_spec(stack: Stack, port: int, folder: Path, environ: Mapping[str, str]) -> ServiceSpec:
    locustfile = bundled("scenarios/shop.py")
    return ServiceSpec(
        name="locust",
        argv=(
            *(sys.executable, "-m", "locust", "-f", str(locustfile), "--host", stack.url),
            *("--web-host", "127.0.0.1", "--web-port", str(port)),
        ),
        env={**environ, "HARNESS_TOKEN": mint_token(stack.environment)},
        port=port,
        ready=HttpReady(port, "/"),
        log=folder / "logs" / "locust.log",
        cwd=folder,
    )


def take_down(environ: Mapping[str, str]) -> bool:
    """End what `harness up` keeps; False where nothing was up. Raises EnvironmentFailed when it does not end."""
    state = load_state(environ)
    if state is None or not state.alive:
        forget_state(environ)
        for path, _ in leftovers(state_dir(environ)):
            heal(path)
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
