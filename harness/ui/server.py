"""Brings Locust's web UI and our pages up, and listens."""

from __future__ import annotations

from collections.abc import Callable

import gevent
from gevent import pywsgi

from harness.errors import HarnessError
from harness.load.link import Link
from harness.ui.locust_ui import Cockpit  # patches the process
from harness.ui.pages import add_pages
from harness.ui.parent import Parent
from harness.ui.settings import UiSettings
from harness.ui.sign_in import add_sign_in, let_programs_in

__all__ = ["run"]


def run(reopened: Callable[[], Link], settings: UiSettings) -> int:
    """Serve until the parent is gone, which ends the process. Returns only where it could not begin."""
    parent = Parent(reopened())
    try:
        parent.begin()
        cockpit = Cockpit(settings, parent)
        add_pages(cockpit)
        if settings.login and not settings.plugin:
            add_sign_in(cockpit)
        cockpit.load_plugin()
        if settings.login:
            let_programs_in(cockpit)
        server = pywsgi.WSGIServer((settings.host, settings.port), cockpit.app, log=None)
        server.start()
    except (HarnessError, OSError) as error:
        parent.say({"kind": "ready", "trouble": f"{error}"})
        return 4
    gevent.spawn(parent.listen)
    parent.say({"kind": "ready", "trouble": ""})
    server.serve_forever()
    return 0
