"""The user class of locustfiles whose client is made for load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locust.exception import StopTest
from locust.user.users import RestMixin, User

from harness.load.fast.session import FastSession
from harness.load.fast.statistics import Statistics

__all__ = ["FastUser"]


class FastUser(User, RestMixin[Any]):
    """Use it as `FastHttpUser`; `client.prepare` and `client.send` are there beyond that. It does not stream or use proxies.

    `network_timeout` bounds the whole of a request, seconds; `connection_timeout` the connecting. TLS is verified only
    where `insecure` is False, as with FastHttpUser (`harness run` sets it by the target's `tls`).
    """

    network_timeout: float = 60.0
    connection_timeout: float = 60.0
    max_redirects: int = 30
    insecure: bool = True
    default_headers: dict[str, str] | None = None
    ssl_context_factory: Callable[[], Any] | None = None

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        if self.host is None:
            raise StopTest("Say where to send requests: `host` on the user class, or --host on the command line.")
        self.client = FastSession(
            self.host,
            user=self,
            statistics=Statistics.of(environment),
            request_event=environment.events.request,
            network_timeout=self.network_timeout,
            connection_timeout=self.connection_timeout,
            max_redirects=self.max_redirects,
            insecure=self.insecure,
            ssl_context_factory=self.ssl_context_factory,
            headers=self.default_headers,
        )

    def start(self, group: Any) -> Any:
        """As User.start; its connections end with it."""
        greenlet = super().start(group)
        greenlet.link(lambda _: self.client.close())
        return greenlet
