"""`harness mark TEXT`: a note on a live run's timeline, from any terminal."""

from __future__ import annotations

import os
import time
from typing import Annotated

import typer

from harness.cli.app import app
from harness.cli.options import Json
from harness.cli.terminal import out, say_json


@app.command()
def mark(
    text: Annotated[list[str], typer.Argument(metavar="TEXT...", help="What happened, such as: deployed 1.4.2")],
    run: Annotated[
        str, typer.Option("--run", help="Which run, where several are live: its name, or an end of it.")
    ] = "",
    json: Json = False,
) -> None:
    """Note something on the timeline of the run that goes now."""
    now_ns = time.monotonic_ns()  # before the imports: it is noted as of when it was typed
    from harness.experiment.live_runs import find_live, mark_live

    live = find_live(os.environ, run)
    made = mark_live(live, " ".join(text), now_ns=lambda: now_ns)
    if json:
        say_json({"run": live.folder.name, "at_s": round(made.t_ns / 1e9, 3), "text": made.text, "by": made.by})
    else:
        out.print(f"{live.folder.name}: {made.text}, at {made.t_ns / 1e9:.1f} s", markup=False)
