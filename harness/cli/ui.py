"""`harness ui`: Locust's own web UI, where each test is a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, Processes, Reports
from harness.cli.remote import PORT, Bind, ExpectWorkers, Master, muster_at
from harness.cli.terminal import err, note, out
from harness.cli.watching import Watching
from harness.errors import BadInput
from harness.model import Scenario

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
    spread = spread_of(processes, expect_workers if master else None, bind)
    watching = Watching(err)
    with ui_served(
        environ=os.environ,
        settings=settings,
        shelf=shelf_of(scenarios or [], locustfile, target),
        reports=reports,
        listener=watching,
        spread=spread,
    ) as served:
        watching.close()
        say_where(served)
        note("Up. Ctrl-C ends it.")
        served.serve()


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


def shelf_of(scenarios: list[str], locustfile: Path | None, target: str) -> Any:
    """What the start form offers. Raises BadInput where there is nothing."""
    from harness.experiment.cockpit import Shelf
    from harness.experiment.opening import bundled
    from harness.experiment.scenario_files import find_target, scenario_from_flags

    fixed: tuple[Scenario, ...] = ()
    if locustfile is not None:
        fixed = (
            scenario_from_flags(
                locustfile=locustfile,
                target=find_target(target or "reference", os.environ),
                rate=None,
                users=1,
                spawn_rate=1.0,
                seconds=600.0,
            ),
        )
    elif target:
        raise BadInput("-H goes with -f: a scenario names its own target.", "Leave it out, or add -f LOCUSTFILE.")
    wanted = scenarios or (
        [] if fixed else [str(Path("scenarios")) if Path("scenarios").is_dir() else str(bundled("scenarios"))]
    )
    return Shelf.of(wanted, os.environ, fixed)


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
