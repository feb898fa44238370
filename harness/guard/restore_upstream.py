"""Undo of a proxy that was led through a link of ours: lead it straight to its upstream again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from harness.guard._toxiproxy_call import ask, curl, path_of, settle
from harness.guard.undo import Outcome, Rank, register

__all__ = ["RestoreUpstream"]

_LEAST_S = 0.3


@register
@dataclass(frozen=True, slots=True)
class RestoreUpstream:
    """`upstream` is where proxy `proxy` led before. Its open connections are dropped by the change, as by any of an address.

    `link` is where we lead it: one that leads elsewhere by now was led there by somebody else, and stays.
    """

    kind: ClassVar[str] = "restore-upstream"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    proxy: str
    upstream: str
    token_env: str = ""
    link: str = ""

    def fields(self) -> dict[str, str | int]:
        return {
            "url": self.url,
            "proxy": self.proxy,
            "upstream": self.upstream,
            "token_env": self.token_env,
            "link": self.link,
        }

    def by_hand(self) -> str:
        return curl("PATCH", self.url, self._path, {"upstream": self.upstream}, token_env=self.token_env)

    def undo(self, within_s: float) -> Outcome:
        deadline = time.monotonic() + within_s
        if self.link:
            seen = ask(self.url, self.proxy, within_s, token_env=self.token_env)
            if not seen.outcome.done or seen.proxy is None:
                return seen.outcome
            if seen.proxy["upstream"] != self.link:
                return Outcome(True, f"proxy {self.proxy} leads to {seen.proxy['upstream']}, not to our link: left so")
        body, left = {"upstream": self.upstream}, max(_LEAST_S, deadline - time.monotonic())
        return settle("PATCH", self.url, self._path, body, left, token_env=self.token_env)

    @property
    def _path(self) -> str:
        return path_of("proxies", self.proxy)
