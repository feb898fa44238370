"""Locust's own web UI, served until somebody ends it: on any target, or with the bundled stack kept up beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness import __version__
from harness.errors import EnvironmentFailed
from harness.experiment.cockpit import Cockpit, Grounds, Shelf, Spread, Unattended
from harness.experiment.cockpit.orders import HERE
from harness.experiment.listener import Listener
from harness.experiment.opening import BUILTIN, REFERENCE, reference_on
from harness.experiment.spawning import GuardedSpawn
from harness.experiment.workshop import guarded
from harness.guard import process_start, state_dir
from harness.load.remote import TOKEN_VARIABLE, Roster
from harness.stack import Stack, StackSettings, StackState, forget_state, load_state, save_state
from harness.ui import UiSettings
from harness.ui.window import UiProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A web UI that is up. `serve` runs tests until something dies, which it raises, or the program is interrupted."""

    url: str
    cockpit: Cockpit
    window: UiProcess
    workers_at: str = ""

    def serve(self) -> None:
        """In the thread that started it all."""
        self.cockpit.serve(self.window)


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """A stack that is kept up, with the web UI on it."""

    stack: Stack
    served: Served


@contextmanager
def ui_served(
    *,
    environ: Mapping[str, str],
    settings: UiSettings,
    shelf: Shelf,
    reports: Path,
    listener: Listener,
    spread: Spread = HERE,
    picker: bool = False,
    unattended: Unattended | None = None,
) -> Iterator[Served]:
    """Locust's web UI on any target; with workers on other hosts where `spread` has a muster. Raises EnvironmentFailed where it cannot
    listen."""
    folder = Path(state_dir(environ)).parent / "ui"
    with guarded("ui", environ) as guard:
        grounds = Grounds(guard, folder, environ)
        try:
            cockpit = Cockpit(
                shelf=shelf,
                grounds=grounds,
                guard=guard,
                reports=reports,
                environ=environ,
                listener=listener,
                spread=spread,
                picker=picker,
                unattended=unattended,
            )
            with _window(cockpit, settings, folder) as served:
                yield served
        finally:
            grounds.close()


@contextmanager
def kept_up(
    *,
    environ: Mapping[str, str],
    folder: Path,
    defects: tuple[str, ...],
    settings: UiSettings,
    shelf: Shelf,
    reports: Path,
    listener: Listener,
    spread: Spread = HERE,
    picker: bool = False,
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
        listener.phase("starting the Locust UI")
        grounds = Grounds(guard, folder, environ, stack, defects)
        cockpit = Cockpit(
            shelf=shelf,
            grounds=grounds,
            guard=guard,
            reports=reports,
            environ=environ,
            listener=listener,
            died=stack.watch,
            spread=spread,
            picker=picker,
        )
        with _window(cockpit, settings, folder) as served:
            served.cockpit.stand_on(reference_on(stack, BUILTIN[REFERENCE]).target)
            try:
                save_state(
                    StackState(
                        owner=os.getpid(),
                        owner_start=process_start(os.getpid()) or "",
                        journal=str(guard.journal),
                        stack=stack.describe(),
                        environment=dict(stack.environment),
                        ui=served.url,
                    ),
                    environ,
                )
                yield Up(stack=stack, served=served)
            finally:
                forget_state(environ)


@contextmanager
def _roster(cockpit: Cockpit, environ: Mapping[str, str]) -> Iterator[str]:
    """Where workers on other hosts report, for as long as the UI is up; an empty string where load processes are here."""
    if cockpit.spread.muster is None:
        yield ""
        return
    roster = Roster(
        cockpit.spread.muster,
        token=environ.get(TOKEN_VARIABLE, ""),
        version=__version__,
        say=cockpit.crew_said,
        changed=cockpit.crew_changed,
    )
    try:
        cockpit.let_report(roster)
        yield roster.address
    finally:
        roster.close()


@contextmanager
def _window(cockpit: Cockpit, settings: UiSettings, folder: Path) -> Iterator[Served]:
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    window = UiProcess.start(
        settings,
        cockpit.answer,
        env=cockpit.environ,
        log=folder / "logs" / "ui.log",
        spawn=GuardedSpawn(cockpit.guard).for_load,
    )
    try:
        with _roster(cockpit, cockpit.environ) as workers_at:
            yield Served(url=settings.url, cockpit=cockpit, window=window, workers_at=workers_at)
    finally:
        window.close()
