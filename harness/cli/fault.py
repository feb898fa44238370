"""`harness fault ls|add|rm|heal`: faults by hand, on any Toxiproxy."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.options import Json
from harness.cli.terminal import note, out, say, say_json
from harness.errors import BadInput

if TYPE_CHECKING:
    from harness.faults import OwnedToxic, ToxiproxyClient

group = typer.Typer(help="Faults by hand, on any Toxiproxy.", no_args_is_help=True)
app.add_typer(group, name="fault")
Url = Annotated[
    str,
    typer.Option(
        "--toxiproxy",
        envvar="TOXIPROXY_URL",
        help="The Toxiproxy server. Default: the one of `harness up`, else 127.0.0.1:8474.",
    ),
]


@group.command("ls")
def ls(toxiproxy: Url = "", json: Json = False) -> None:
    """List the faults that harness put on a Toxiproxy, whoever ran it."""
    from harness.faults import ls as owned

    with _client(toxiproxy) as client:
        found = owned(client)
    if json:
        say_json([_row(one) for one in found])
        return
    if not found:
        say(f"No fault of ours is on {client.url}.")
    for one in found:
        row = _row(one)
        out.print(f"{row['proxy']}  {row['kind']}  {row['toxic']}  by {row['owner']}, {row['left']}", markup=False)


@group.command("heal")
def heal(
    toxiproxy: Url = "",
    run: Annotated[str, typer.Option("--run", help="Only the faults of this run.")] = "",
    expired: Annotated[bool, typer.Option("--expired", help="Only those beyond their deadline.")] = False,
) -> None:
    """End our faults on a Toxiproxy, and finish what runs that were killed with their guard left behind."""
    from pathlib import Path

    from harness.faults import heal_owned
    from harness.guard import heal as heal_journal
    from harness.guard import leftovers, state_dir

    for path, _ in leftovers(Path(state_dir(os.environ))):
        for promise in heal_journal(path):
            out.print(f"undone: {promise.undo}", markup=False)
    now = time.time()
    with _client(toxiproxy) as client:
        healed = heal_owned(client, lambda one: (not run or one.name.run == run) and (not expired or one.expired(now)))
    for one, removal in healed:
        out.print(f"healed {one.toxic} on {one.proxy}: {removal}", markup=False)
    if not healed:
        note(f"No fault of ours is on {client.url}.")


@group.command("rm")
def rm(
    toxic: Annotated[str, typer.Argument(help="The toxic's name, as `harness fault ls` prints it.")],
    toxiproxy: Url = "",
) -> None:
    """End one fault of ours."""
    from harness.faults import heal_owned
    from harness.faults import ls as owned
    from harness.model.nearest import did_you_mean

    with _client(toxiproxy) as client:
        if not heal_owned(client, lambda one: one.toxic == toxic):
            raise BadInput(
                f"No fault of ours is called `{toxic}` on {client.url}.",
                did_you_mean(toxic, [one.toxic for one in owned(client)]),
            )
    say(f"healed {toxic}")


@contextmanager
def _client(url: str) -> Iterator[ToxiproxyClient]:
    from harness.faults import ToxiproxyClient
    from harness.stack import load_state

    if not url:
        state = load_state(os.environ)
        url = str(state.stack["toxiproxy_url"]) if state and state.alive else "http://127.0.0.1:8474"
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"`{url}` is no URL of a Toxiproxy.", "Write it as http://127.0.0.1:8474.")
    with ToxiproxyClient(url) as client:
        yield client


def _row(one: OwnedToxic) -> dict[str, object]:
    left = one.name.deadline - time.time()
    return {
        "proxy": one.proxy,
        "toxic": one.toxic,
        "kind": one.kind,
        "owner": one.name.owner,
        "run": one.name.run,
        "fault": one.name.fault,
        "deadline": one.name.deadline,
        "left": f"{left:.0f} s left" if left > 0 else f"expired {-left:.0f} s ago",
    }
