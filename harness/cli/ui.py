"""`harness ui`: Locust's own web UI, where each test is a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.app import app
from harness.cli.locust_settings import LocustSettings
from harness.cli.options import DEFAULT_REPORTS, Processes, Reports, exit_with
from harness.cli.remote import PORT, Bind, ExpectWorkers, Master, muster_at
from harness.cli.run import tell_end
from harness.cli.run_options import Asked, ExcludeTags, Rate, SpawnRate, Tags, Users
from harness.cli.terminal import err, note, out
from harness.cli.watching import Watching
from harness.errors import BadInput, HarnessError, Interrupted
from harness.model import Scenario, worst

Port = Annotated[int, typer.Option("--port", "--web-port", "--ui-port", min=0, max=65535, help="0 takes a free one.")]
Host = Annotated[
    str,
    typer.Option(
        "--host", "--web-host", help="The interface to listen on. Off loopback the page is read-only without a token."
    ),
]
BasePath = Annotated[
    str, typer.Option("--base-path", "--web-base-path", help="A path prefix, such as /locust behind a proxy.")
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option("--allow-host", help="A name under which browsers reach it, such as load.example.com."),
]
WebLogin = Annotated[
    bool, typer.Option("--web-login", help="Locust's login page; with HARNESS_UI_TOKEN, or a login of your --plugin.")
]
Plugin = Annotated[
    Path | None,
    typer.Option(
        "--plugin", help="A Python file that extends Locust's web UI (tabs, routes, a login), as a locustfile would."
    ),
]
ClassPicker = Annotated[
    bool, typer.Option("--class-picker", help="Let the start form choose among the user classes of a locustfile.")
]
_ALONE_USERS, _ALONE_FOR = 1, "10m"
RunTime = Annotated[
    str, typer.Option("-t", "--for", "--run-time", help=f"For -f: how long; {_ALONE_FOR} unless it is said.")
]
Autostart = Annotated[bool, typer.Option("--autostart", help="Begin the one scenario, or that of -f, at once.")]
Autoquit = Annotated[
    float | None,
    typer.Option("--autoquit", min=0.0, help="With --autostart: end so many seconds after the test, with its verdict."),
]


@app.command()
def ui(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO...]", help="Scenarios, or folders of them; `scenarios/` without any."),
    ] = None,
    locustfile: Annotated[
        Path | None, typer.Option("-f", "--locustfile", help="An ordinary locustfile, beside or instead of scenarios.")
    ] = None,
    target: Annotated[str, typer.Option("-H", "--target", help="For -f: the target, a URL or a name.")] = "",
    rate: Rate = "",
    users: Users = None,
    spawn_rate: SpawnRate = None,
    duration: RunTime = "",
    tags: Tags = None,
    exclude_tags: ExcludeTags = None,
    class_picker: ClassPicker = False,
    autostart: Autostart = False,
    autoquit: Autoquit = None,
    host: Host = "127.0.0.1",
    port: Port = 8089,
    base_path: BasePath = "",
    allow_host: AllowHost = None,
    web_login: WebLogin = False,
    plugin: Plugin = None,
    processes: Processes = None,
    master: Master = False,
    expect_workers: ExpectWorkers = 1,
    bind: Bind = f"127.0.0.1:{PORT}",
    reports: Reports = DEFAULT_REPORTS,
) -> None:
    """Open Locust's web UI; each test started there is a run with a folder and a report. Ends with Ctrl-C."""
    from harness.experiment.upkeep import ui_served

    settings = ui_settings(
        host=host,
        port=port,
        base_path=base_path,
        hosts=tuple(allow_host or ()),
        login=web_login,
        plugin=plugin,
        reports=reports,
    )
    asked = Asked(
        locustfile=locustfile,
        source=None,
        host=target,
        rate=rate,
        users=users,
        spawn_rate=spawn_rate,
        duration=duration,
        tags=tuple(tags or ()),
        exclude_tags=tuple(exclude_tags or ()),
    )
    shelf, theirs = shelf_of(scenarios or [], asked)
    alone = unattended_of(
        shelf, autostart or theirs.autostart, autoquit if autoquit is not None else theirs.autoquit, asked.locustfile
    )
    watching = Watching(err)
    with ui_served(
        environ=os.environ,
        settings=settings,
        shelf=shelf,
        reports=reports,
        listener=watching,
        spread=spread_of(processes or (None if master else theirs.processes), expect_workers if master else None, bind),
        picker=class_picker or theirs.class_picker,
        unattended=alone,
    ) as served:
        watching.close()
        say_where(served)
        note("Up. Ctrl-C ends it." if alone is None else f"Up. Ctrl-C ends it. {alone.scenario} begins.")
        served.serve()
    leave(alone)


def unattended_of(shelf: Any, autostart: bool, autoquit: float | None, locustfile: Path | None) -> Any:
    """The test that begins by itself, if one is to. Raises BadInput where it is not clear which."""
    from harness.experiment.cockpit import Unattended

    if not autostart:
        if autoquit is not None:
            raise BadInput(
                "--autoquit is only meaningful in combination with --autostart.", "Add it, or leave both out."
            )
        return None
    offered = list(shelf.offered())
    if len(offered) != 1 and locustfile is None:
        raise BadInput(
            f"--autostart begins one scenario, and {len(offered)} are offered.",
            "Name it: harness ui SCENARIO --autostart",
        )
    return Unattended(scenario=offered[0], quit_after_s=autoquit)  # what flags make stands first


def leave(alone: Any) -> None:
    """Tell what the tests came to, and end with the worst verdict. Raises what ended one of them before it had any."""
    for one in alone.came_to:
        if isinstance(one, HarnessError | Interrupted):
            raise one
        tell_end(one)
    exit_with(worst(one.summary.verdict for one in alone.came_to))


def say_where(served: Any) -> None:
    """Where people open it, and where workers report."""
    out.print(f"Locust UI    {served.url}", markup=False)
    if served.workers_at:
        out.print(f"Workers      {served.workers_at}", markup=False)


def spread_of(processes: int | None, workers: int | None, bind: str) -> Any:
    """Who sends the load of a test whose form says nothing else: `workers` on other hosts, or `processes` of this one. Raises BadInput
    where it shall be both."""
    from harness.experiment.cockpit import Spread

    if workers is None:
        return Spread(processes=processes, muster=None)
    if processes is not None:
        raise BadInput("--master and --processes exclude each other.", "Start more workers instead.")
    return Spread(processes=workers, muster=muster_at(workers, bind))


def shelf_of(scenarios: list[str], asked: Asked) -> tuple[Any, LocustSettings]:
    """What the start form offers, and what Locust's own settings say beside an -f. Raises BadInput where there is nothing."""
    from harness.experiment.cockpit import Shelf
    from harness.experiment.opening import bundled

    fixed: tuple[Scenario, ...] = ()
    theirs = LocustSettings()
    if asked.locustfile is not None:
        one, theirs = asked.scenario(users=_ALONE_USERS, duration=_ALONE_FOR)
        fixed = (one,)
    elif lost := next((flag for flag, said in asked.only_with_locustfile if said), ""):
        raise BadInput(f"{lost} goes with -f: a scenario says that itself.", "Leave it out, or add -f LOCUSTFILE.")
    wanted = scenarios or (
        [] if fixed else [str(Path("scenarios")) if Path("scenarios").is_dir() else str(bundled("scenarios"))]
    )
    return Shelf.of(wanted, os.environ, fixed), theirs


def ui_settings(
    *, port: int, plugin: Path | None, reports: Path, environ: Mapping[str, str] = os.environ, **more: Any
) -> Any:
    """Raises BadInput for what cannot be served."""
    from harness.stack import free_ports
    from harness.ui import UiSettings

    if plugin is not None and not plugin.is_file():
        raise BadInput(f"The plugin `{plugin}` is not there.", "Check the path after --plugin.")
    return UiSettings(
        port=port or free_ports(1)[0],
        token=environ.get("HARNESS_UI_TOKEN", ""),
        plugin=str(plugin.resolve()) if plugin else "",
        reports=str(reports),
        **more,
    ).checked()
