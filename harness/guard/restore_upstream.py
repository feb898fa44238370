"""Undo of a proxy that was led through a link of ours: lead it straight to its upstream again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.guard._toxiproxy_call import curl, path_of, settle
from harness.guard.undo import Outcome, Rank, register

__all__ = ["RestoreUpstream"]


@register
@dataclass(frozen=True, slots=True)
class RestoreUpstream:
    """`upstream` is where proxy `proxy` led before. Its open connections are dropped by the change, as by any of an address."""

    kind: ClassVar[str] = "restore-upstream"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    proxy: str
    upstream: str
    token_env: str = ""

    def fields(self) -> dict[str, str | int]:
        return {"url": self.url, "proxy": self.proxy, "upstream": self.upstream, "token_env": self.token_env}

    def by_hand(self) -> str:
        return curl("PATCH", self.url, self._path, {"upstream": self.upstream}, token_env=self.token_env)

    def undo(self, within_s: float) -> Outcome:
        body = {"upstream": self.upstream}
        return settle("PATCH", self.url, self._path, body, within_s, token_env=self.token_env)

    @property
    def _path(self) -> str:
        return path_of("proxies", self.proxy)
