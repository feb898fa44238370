"""What stands in a locustfile: its user classes, and the options of its own. Imports Locust, as the engine does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from locust.argument_parser import get_parser
from locust.util.load_locustfile import load_locustfile

from harness.errors import BadInput
from harness.load.plan import LoadPlan
from harness.load.pytest_users import pytest_users
from harness.load.tracebacks import own_traceback
from harness.model.nearest import did_you_mean

__all__ = ["LocustfileFailed", "options_of", "read_locustfile"]


class LocustfileFailed(BadInput):
    """The locustfile cannot be loaded or run; the text is for its author."""


def read_locustfile(path: Path, wanted: Sequence[str] = ()) -> tuple[list[Any], list[str]]:
    """The user classes that will run, in the file's order: those that are `wanted`, or all; and what is to be noted. Raises LocustfileFailed."""
    try:
        found, shapes = load_locustfile(str(path))
        found = found or pytest_users(str(path))
    except (Exception, SystemExit) as error:
        raise LocustfileFailed(f"The locustfile {path} does not import:\n{own_traceback(error, path)}") from error
    notes = ["Its LoadTestShape is ignored: the scenario's profile says how much load there is."] if shapes else []
    for name in wanted:
        if name not in found:
            raise LocustfileFailed(f"{path} has no user class `{name}`. {did_you_mean(name, found)}")
    classes = [c for name, c in found.items() if (not wanted or name in wanted) and c.weight > 0]
    if not classes:
        raise LocustfileFailed(f"{path} has no user class; write one that derives from HttpUser, FastHttpUser or User.")
    return classes, notes


def options_of(plan: LoadPlan) -> Any:
    """What `environment.parsed_options` holds: options of the locustfile's own from `locust.conf` and `LOCUST_*`, ours on top."""
    ours = ["--headless", "--host", plan.host, "--locustfile", str(plan.locustfile)]
    told = StringIO()
    try:
        with redirect_stderr(told):
            return get_parser().parse_args(ours)
    except SystemExit as error:
        last = told.getvalue().strip().splitlines()[-1:] or ["it says no more"]
        raise LocustfileFailed(
            f"Locust does not understand locust.conf, pyproject.toml or LOCUST_*: {last[0]}"
        ) from error
