"""Test functions of pytest's as users, which Locust allows a locustfile to be: each call of a function is one iteration.

Locust's own class for them knows no `on_start`, no end of an iteration and no error of a task; ours are ordinary users with one task.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from geventhttpclient.useragent import ConnectionError as FastConnectionError
from locust import User
from locust.exception import CatchResponseError
from locust.util.load_locustfile import load_locustfile_pytest
from requests.exceptions import RequestException

__all__ = ["pytest_users"]

_SESSION = "_harness_session_{}"


def pytest_users(path: str) -> dict[str, Any]:
    """A user class for each test function that pytest finds in the file; none where there are none."""
    found: dict[str, Any] = load_locustfile_pytest(path)
    return {name: _user_class(name, theirs.functions) for name, theirs in found.items()}


def _user_class(name: str, functions: list[Any]) -> Any:
    def on_start(user: Any) -> None:
        for number, function in enumerate(functions):
            setattr(user, _SESSION.format(number), next(function.fixturedef.func(user)))

    tasks = [_task(function.obj, _SESSION.format(number)) for number, function in enumerate(functions)]
    return type(name, (User,), {"tasks": tasks, "on_start": on_start})


def _task(test: Callable[[Any], None], session: str) -> Callable[[Any], None]:
    def task(user: Any) -> None:
        try:
            test(getattr(user, session))
        except (RequestException, CatchResponseError, FastConnectionError) as error:
            if isinstance(error, ValueError):  # a mistake in the test, such as a URL without a scheme
                raise
            logging.getLogger(__name__).debug("%s ended early: %s", test.__name__, error)  # its request was reported

    return task
