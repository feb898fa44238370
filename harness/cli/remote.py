"""The options with which `harness run` and `harness ui` spread their load over hosts."""

from __future__ import annotations

import os
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from harness.errors import BadInput
from harness.load.remote import TOKEN_VARIABLE
from harness.model import Muster, Scenario

PORT = 5557

Master = Annotated[bool, typer.Option("--master", help="Load comes from workers on other hosts, which report here.")]
ExpectWorkers = Annotated[int, typer.Option("--expect-workers", min=1, max=1000, help="With --master: how many.")]
Bind = Annotated[
    str,
    typer.Option("--bind", help=f"With --master: where they report, such as 0.0.0.0:{PORT}; needs ${TOKEN_VARIABLE}."),
]
Worker = Annotated[
    str, typer.Option("--worker", metavar="HOST[:PORT]", help="Be a worker of the run, or of the UI, there.")
]


def with_workers(scenario: Scenario, expect: int, bind: str) -> Scenario:
    """The scenario with its load on other hosts. Raises BadInput for a scenario without load, fewer users than workers, an address that is
    none, and one that others can reach without a secret."""
    if scenario.load is None:
        raise BadInput(f"Scenario `{scenario.name}` has no load to share.", "Leave --master out.")
    load = replace(scenario.load, processes=1).shared_by(expect)
    return replace(scenario, load=replace(load, muster=muster_at(expect, bind)))


def muster_at(expect: int, bind: str) -> Muster:
    """Where workers report. Raises BadInput for an address that is none, and one that others can reach without a secret."""
    host, port = address(bind)
    if not _on_loopback(host) and not os.environ.get(TOKEN_VARIABLE):
        raise BadInput(
            f"Anybody who reaches {host}:{port} could join the run.",
            f"Set {TOKEN_VARIABLE} to the same secret here and on the workers.",
        )
    return Muster(workers=expect, host=host, port=port)


def address(text: str) -> tuple[str, int]:
    """`HOST` or `HOST:PORT`, or `[IPV6]:PORT`. Raises BadInput."""
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, str(PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdigit() or int(port) > 65535:
        raise BadInput(f"`{text}` is no address.", f"Write HOST:PORT, such as 127.0.0.1:{PORT}.")
    return host, int(port)


def be_worker(where: str, locustfile: Path | None) -> None:
    """Serve the run at `where`, or every test of the UI there."""
    from harness.cli.terminal import err
    from harness.cli.watching import Watching
    from harness.experiment.worker import serve_worker

    host, port = address(where)
    watching = Watching(err)
    try:
        serve_worker(host, port, locustfile=locustfile, environ=os.environ, listener=watching)
    finally:
        watching.close()


def _on_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
