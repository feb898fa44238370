"""`harness guard`: beside a Toxiproxy, ends the faults whose run no longer renews its lease."""

from __future__ import annotations

import json as _json
import os
import signal
import socket
import threading
from datetime import UTC, datetime

from harness.cli.app import app
from harness.cli.options import Json
from harness.cli.terminal import note, out, say
from harness.cli.toxiproxies import Url, client_of
from harness.errors import Interrupted


@app.command("guard")
def guard(toxiproxy: Url = "", json: Json = False) -> None:
    """Watch a Toxiproxy, best from its own host, until Ctrl-C: end our faults when their lease or deadline is over.

    With --json each event is one line of JSON on stdout.
    """
    from harness.faults import GuardName, RemoteGuard

    def tell(row: dict[str, object]) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if json:
            say(_json.dumps({"utc": at, **row}))
        else:
            out.print(f"{at}  " + "  ".join(str(value) for value in row.values()), markup=False)

    stop = threading.Event()
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
    ):  # it ends between two looks, never in the midst of healing
        signal.signal(number, lambda *_: stop.set())
    with client_of(toxiproxy) as client:
        note(f"Watching {client.url}. Ctrl-C ends it.")
        RemoteGuard(client, GuardName(socket.gethostname(), os.getpid()), tell).watch(stop)
    raise Interrupted("No longer watching.")
