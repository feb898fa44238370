"""Undo of a proxy that was taken down: enable it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.guard._toxiproxy_call import curl, path_of, settle
from harness.guard.undo import Outcome, Rank, register

__all__ = ["EnableProxy"]

_ENABLED = {"enabled": True}


@register
@dataclass(frozen=True, slots=True)
class EnableProxy:
    """One proxy by name, never `/reset`: that would also enable what somebody else disabled on purpose."""

    kind: ClassVar[str] = "enable-proxy"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    proxy: str
    token_env: str = ""

    def fields(self) -> dict[str, str | int]:
        return {"url": self.url, "proxy": self.proxy, "token_env": self.token_env}

    def by_hand(self) -> str:
        return curl("PATCH", self.url, path_of("proxies", self.proxy), _ENABLED, token_env=self.token_env)

    def undo(self, within_s: float) -> Outcome:
        return settle("PATCH", self.url, path_of("proxies", self.proxy), _ENABLED, within_s, token_env=self.token_env)
