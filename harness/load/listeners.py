"""Listeners of Locust's events: what they want the process to end with, and those that raise. Locust logs that, goes on, and ends with 2;
here the run is told."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gevent
import locust.event
from gevent import Timeout, getcurrent
from gevent.hub import get_hub

from harness.load.tracebacks import own_traceback

__all__ = ["Listeners", "within"]

_ELSEWHERE = "the rest of that listener is not done. Give it to `harness ui` by --plugin."


class Listeners(logging.Handler):
    """Hears what `EventHook.fire` logs (locust/event.py of 2.47), while the exception is still at hand. `raised` gets each with the
    locustfile's own traceback; `wants_ui` where it was the lack of Locust's web UI, which extends a page that is served elsewhere.

    `unheard` says which listener did not do its work, `exit_code` what the locustfile wants (Locust's `environment.process_exit_code`); empty
    and 0 where all is well.
    """

    def __init__(self, locustfile: Path, raised: Callable[[str], None], wants_ui: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._locustfile = locustfile
        self._raised = raised
        self._wants_ui = wants_ui
        self.unheard = ""
        self.exit_code = 0
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging, where the listener was called."""
        error = sys.exc_info()[1]
        if record.pathname != locust.event.__file__ or error is None:
            return
        last = traceback.extract_tb(error.__traceback__)[-1]
        if "web_ui" in (last.line or ""):
            self._wants_ui(
                f"{Path(last.filename).name}:{last.lineno} wants Locust's web UI, which a load process has not: {_ELSEWHERE}"
            )
            return
        text = own_traceback(error, self._locustfile)
        self.unheard = self.unheard or f"a listener of Locust's events raised {text.splitlines()[-1]}"
        if getcurrent() is get_hub():
            gevent.spawn(self._raised, text)  # the hub must not wait for the link
        else:
            self._raised(text)

    def take_leave(self, environment: Any, limit_s: float) -> None:
        """Tell the locustfile that all is over: where it judges the run, it does so now."""
        events = environment.events
        if not within(limit_s, partial(events.quitting.fire, environment=environment, reverse=True)):
            self.unheard = self.unheard or f"a listener of `quitting` took over {limit_s:g} s and was cut short"
        code = environment.process_exit_code
        self.exit_code = 0 if code is None else int(code) if isinstance(code, int) else 1
        within(limit_s, partial(events.quit.fire, exit_code=self.exit_code))


def within(limit_s: float, work: Callable[[], object]) -> bool:
    """Do it; False where it took longer, and was cut short."""
    limit = Timeout.start_new(limit_s)
    try:
        work()
    except Timeout as hit:
        if hit is not limit:
            raise
        return False
    finally:
        limit.close()
    return True
