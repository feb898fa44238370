"""Undo of a proxy that was made: delete it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.guard._toxiproxy_call import curl, path_of, settle
from harness.guard.undo import Outcome, Rank, register

__all__ = ["DeleteProxy"]


@register
@dataclass(frozen=True, slots=True)
class DeleteProxy:
    """Only for a proxy that we made; one that was there is never deleted."""

    kind: ClassVar[str] = "delete-proxy"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    proxy: str
    token_env: str = ""

    def fields(self) -> dict[str, str | int]:
        return {"url": self.url, "proxy": self.proxy, "token_env": self.token_env}

    def by_hand(self) -> str:
        return curl("DELETE", self.url, path_of("proxies", self.proxy), token_env=self.token_env)

    def undo(self, within_s: float) -> Outcome:
        return settle("DELETE", self.url, path_of("proxies", self.proxy), None, within_s, token_env=self.token_env)
