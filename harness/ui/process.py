"""`python -m harness.ui.process`: the UI process, from its settings to the end of its parent."""

from __future__ import annotations

import logging
import os
import sys

from harness.errors import EnvironmentFailed
from harness.load.link import Link, LinkClosed
from harness.ui.settings import UiSettings

_GONE = 4


def serve(link: Link) -> int:
    """Serve until the parent is gone. Returns an exit code."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        message = link.receive()
    except LinkClosed:
        return _GONE
    if message is None or message["kind"] != "settings" or not isinstance(message["settings"], dict):
        raise EnvironmentFailed("The parent must send the settings first.")
    settings = UiSettings.from_message(message["settings"])

    from harness.ui.server import run  # patches the process: not before it is sure that this is a UI process

    return run(link.reopened, settings)


if __name__ == "__main__":
    code = serve(Link.inherited())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
