"""`harness fault ls|add|rm|heal|log`: faults by hand, on any Toxiproxy."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.app import app
from harness.cli.options import Json, NoGuard
from harness.cli.terminal import note, out, say, say_json
from harness.cli.toxiproxies import TargetName, Url, client_of
from harness.errors import BadInput

if TYPE_CHECKING:
    from harness.faults import OwnedToxic, Removal, ToxiproxyClient

group = typer.Typer(help="Faults by hand, on any Toxiproxy.", no_args_is_help=True)
app.add_typer(group, name="fault")


@group.command("ls")
def ls(toxiproxy: Url = "", target: TargetName = "", json: Json = False) -> None:
    """List the faults that harness put on a Toxiproxy, whoever ran it, from wherever."""
    from harness.faults import ls as owned

    with client_of(toxiproxy, target) as client:
        found = owned(client)
        now = client.server_time(time.time())
    if json:
        say_json([_row(one, now) for one in found])
        return
    if not found:
        say(f"No fault of ours is on {client.url}.")
    for one in found:
        row = _row(one, now)
        out.print(f"{row['proxy']}  {row['kind']}  {row['toxic']}  by {row['owner']}, {row['left']}", markup=False)


@group.command("add")
def add(
    edge: Annotated[str, typer.Argument(metavar="EDGE|PROXY", help="An edge of the target, or a proxy by its name.")],
    kind: Annotated[str, typer.Argument(help="Such as latency, timeout, reset, down.")],
    values: Annotated[
        list[str] | None, typer.Argument(metavar="KEY=VALUE...", help="Such as delay=500ms toxicity=50%.")
    ] = None,
    duration: Annotated[str, typer.Option("--for", help="How long, such as 30s. Every fault has an end.")] = "",
    name: Annotated[str, typer.Option("--name", help="What it is called. Default: its kind and a number.")] = "",
    toxiproxy: Url = "",
    target: TargetName = "",
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Come back once it is in force; a process in the background ends it.")
    ] = False,
    no_guard: NoGuard = False,
    ready_fd: Annotated[int, typer.Option("--ready-fd", hidden=True)] = -1,
    json: Json = False,
) -> None:
    """Put a fault on, hold it, and end it at its time or at Ctrl-C, whichever comes first. 2 where it did not last."""
    from harness.cli import fault_add

    asked = fault_add.read(edge, kind, values or [], duration, name)
    place = fault_add.place_of(toxiproxy, target)
    if detach:
        fault_add.in_background(asked, place, no_guard=no_guard, json=json)
    else:
        fault_add.in_foreground(asked, place, no_guard=no_guard, ready_fd=ready_fd, json=json)


@group.command("heal")
def heal(
    toxiproxy: Url = "",
    target: TargetName = "",
    run: Annotated[str, typer.Option("--run", help="Only the faults of this run.")] = "",
    expired: Annotated[bool, typer.Option("--expired", help="Only those beyond their deadline.")] = False,
    json: Json = False,
) -> None:
    """End our faults on a Toxiproxy, and finish what runs that were killed with their guard left behind."""
    from harness.faults import heal_owned
    from harness.guard import heal_leftovers, state_dir

    undone, failed = heal_leftovers(Path(state_dir(os.environ)))
    with client_of(toxiproxy, target) as client:
        client.contents()  # and with it the server's clock
        now = client.server_time(time.time())
        healed = heal_owned(client, lambda one: (not run or one.name.run == run) and (not expired or one.expired(now)))
    rows = [_healed(client, one, removal) for one, removal in healed]
    done = [promise.undo.by_hand() for promise in undone]
    if json:
        say_json({"undone": done, "healed": rows})
    else:
        for text in done:
            out.print(f"finished what a killed run left, as this does: {text}", markup=False)
        for row in rows:
            out.print(f"healed {row['toxic']} on {row['proxy']}: {row['how']}", markup=False)
        if not rows:
            note(f"No fault of ours{f' of run {run}' if run else ''} is on {client.url}.")
    if failed is not None:
        raise failed


@group.command("rm")
def rm(
    toxic: Annotated[str, typer.Argument(help="The toxic's name, as `harness fault ls` prints it, or its fault's.")],
    toxiproxy: Url = "",
    target: TargetName = "",
    json: Json = False,
) -> None:
    """End one fault of ours."""
    from harness.faults import heal_owned
    from harness.faults import ls as owned
    from harness.model.nearest import did_you_mean

    with client_of(toxiproxy, target) as client:
        found = owned(client)
        chosen = [one for one in found if toxic in (one.toxic, one.name.fault)]
        if not chosen:
            raise BadInput(
                f"No fault of ours is called `{toxic}` on {client.url}.",
                did_you_mean(toxic, [one.toxic for one in found] + [one.name.fault for one in found]),
            )
        if len(chosen) > 1:
            raise BadInput(
                f"{len(chosen)} faults are called `{toxic}` on {client.url}.",
                "Name the toxic: " + ", ".join(one.toxic for one in chosen),
            )
        healed = heal_owned(client, lambda one: one.toxic == chosen[0].toxic)
    rows = [_healed(client, one, removal) for one, removal in healed]
    if json:
        say_json({"healed": rows})
    else:
        say(f"healed {chosen[0].toxic}")


@group.command("log")
def log(
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="How many, the newest last.")] = 20,
    json: Json = False,
) -> None:
    """Who put what on or took it off by hand here, when and from where. Runs tell theirs in their own faults.jsonl."""
    from harness.experiment.hand import hand_journal, read_by_hand

    journal = hand_journal(os.environ)
    rows = read_by_hand(journal)[-lines:]
    if json:
        say_json(rows)
        return
    for row in rows:
        where = f"{row.get('toxiproxy', '')}, process {row.get('pid', '?')} on {row.get('host', '?')}"
        what = f"{row.get('event')}: {row.get('fault')} on {row.get('edge')} ({row.get('describe')})"
        out.print(f"{row.get('utc')}  {row.get('who')}  {what}  {where}", markup=False)
    note(str(journal) if rows else "Nothing was done by hand here.")


def _healed(client: ToxiproxyClient, one: OwnedToxic, removal: Removal) -> dict[str, Any]:
    """Tell the journal, and say what to print."""
    from harness.experiment.hand import hand_journal, healed_row, note_by_hand

    note_by_hand(hand_journal(os.environ), healed_row(client.url, one, removal))
    return {"proxy": one.proxy, "toxic": one.toxic, "run": one.name.run, "found": removal.found, "how": removal.how}


def _row(one: OwnedToxic, now: float) -> dict[str, object]:
    left = one.name.deadline - now
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
