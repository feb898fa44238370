"""`harness up|down|status`: the bundled stack with the Locust UI, kept running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, Json, Processes, Reports
from harness.cli.remote import PORT, Bind, ExpectWorkers, Master
from harness.cli.terminal import err, note, out, say_json
from harness.cli.ui import (
    AllowHost,
    BasePath,
    ClassPicker,
    Host,
    Plugin,
    Port,
    WebLogin,
    say_where,
    spread_of,
    ui_settings,
)
from harness.cli.watching import Watching
from harness.errors import EnvironmentFailed, ServiceDied

ASK_S = 0.1
DETACH_S = 120.0


@app.command()
def up(
    context: typer.Context,
    defect: Annotated[
        list[str] | None, typer.Option("--defect", help="Switch a defect of the bundled service on.")
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8089,
    base_path: BasePath = "",
    allow_host: AllowHost = None,
    web_login: WebLogin = False,
    plugin: Plugin = None,
    class_picker: ClassPicker = False,
    processes: Processes = None,
    master: Master = False,
    expect_workers: ExpectWorkers = 1,
    bind: Bind = f"127.0.0.1:{PORT}",
    reports: Reports = DEFAULT_REPORTS,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Come back once it is up; end it with `harness down`.")
    ] = False,
) -> None:
    """Keep the bundled stack up, with Locust's web UI on it, until Ctrl-C or `harness down`."""
    from harness.guard import state_dir

    settings = ui_settings(
        host=host,
        port=port,
        base_path=base_path,
        hosts=tuple(allow_host or ()),
        login=web_login,
        plugin=plugin,
        reports=reports,
    )
    spread = spread_of(processes, expect_workers if master else None, bind)
    folder = Path(state_dir(os.environ)).parent / "up"
    if detach:
        _detach(folder, _typed(context))
        return

    from harness.experiment.cockpit import Shelf
    from harness.experiment.opening import BUILTIN, REFERENCE, bundled
    from harness.experiment.scenario_files import defects_for, scenario_from_flags
    from harness.experiment.upkeep import kept_up

    defects = defects_for(BUILTIN[REFERENCE], tuple(defect or ()))
    shop = bundled("scenarios/shop.py")
    bare = scenario_from_flags(
        locustfile=shop, target=BUILTIN[REFERENCE], rate=None, users=1, spawn_rate=1.0, seconds=600.0
    )
    shelf = Shelf.of([str(bundled("scenarios"))], os.environ, (bare,))
    watching = Watching(err)
    with kept_up(
        environ=os.environ,
        folder=folder,
        defects=defects,
        settings=settings,
        shelf=shelf,
        reports=reports,
        listener=watching,
        spread=spread,
        picker=class_picker,
    ) as kept:
        watching.close()
        say_where(kept.served)
        out.print(f"API          {kept.stack.url}\nToxiproxy    {kept.stack.toxiproxy_url}", markup=False)
        note("Up. Ctrl-C or `harness down` ends it.")
        kept.served.serve()


@app.command()
def down() -> None:
    """End what `harness up` keeps running."""
    from harness.experiment.taking_down import take_down

    note("Down." if take_down(os.environ) else "Nothing was up.")


@app.command()
def status(json: Json = False) -> None:
    """Say what `harness up` keeps running: 0 when it is up, 2 when nothing is."""
    from harness.stack import load_state

    state = load_state(os.environ)
    if state is None or not state.alive:
        if json:
            say_json({"up": False})
        else:
            note("Nothing is up. Start it: harness up")
        raise typer.Exit(2)
    if json:
        say_json({"up": True, "owner": state.owner, "ui": state.ui, **state.stack})
        return
    out.print(
        f"up, kept by process {state.owner}\nLocust UI    {state.ui}\nAPI          {state.stack['url']}", markup=False
    )
    out.print(f"Toxiproxy    {state.stack['toxiproxy_url']}", markup=False)
    for name, about in state.stack["services"].items():
        out.print(f"{name:<12} pid {about['pid']}, port {about['port']}, log {about['log']}", markup=False)


def _typed(context: typer.Context) -> list[str]:
    """The command and its options as they were read, but for --detach."""
    words = [str(context.info_name)]
    for option in context.command.params:
        value = context.params.get(str(option.name))
        if option.name == "detach" or value is None or value is False:
            continue
        many = value if isinstance(value, list | tuple) else [value]
        words += [option.opts[0]] if value is True else [f"{option.opts[0]}={one}" for one in many]
    return words


def _detach(folder: Path, typed: list[str]) -> None:
    """Run that command in a session of its own, and wait until it says that it is up."""
    from harness.stack import load_state

    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "up.log"
    argv = [sys.executable, "-m", "harness.cli", *typed]
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    deadline = time.monotonic() + DETACH_S
    while process.poll() is None and time.monotonic() < deadline:
        state = load_state(os.environ)
        if state is not None and state.owner == process.pid:
            out.print(f"Locust UI    {state.ui}\nAPI          {state.stack['url']}", markup=False)
            return
        time.sleep(ASK_S)
    said = log.read_text(errors="replace").strip()
    if process.poll() is None:
        process.terminate()
        raise EnvironmentFailed(f"The stack was not up after {DETACH_S:g} s. It said:\n{said}", f"See {log}.")
    if process.returncode > 0:  # it has said in its own words what is wrong
        note(said)
        raise typer.Exit(process.returncode)
    raise ServiceDied(f"`harness up` ended with {process.returncode}. It said:\n{said}", f"See {log}.")
