"""Undo of a toxic that was added: delete it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.guard._toxiproxy_call import curl, path_of, settle
from harness.guard.undo import Outcome, Rank, register

__all__ = ["DeleteToxic"]


@register
@dataclass(frozen=True, slots=True)
class DeleteToxic:
    """`url` is that of the Toxiproxy's API, such as `http://127.0.0.1:8474`; `token_env` names the variable that holds its token."""

    kind: ClassVar[str] = "delete-toxic"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    proxy: str
    toxic: str
    token_env: str = ""

    def fields(self) -> dict[str, str | int]:
        return {"url": self.url, "proxy": self.proxy, "toxic": self.toxic, "token_env": self.token_env}

    def by_hand(self) -> str:
        return curl("DELETE", self.url, self._path(), token_env=self.token_env)

    def undo(self, within_s: float) -> Outcome:
        return settle("DELETE", self.url, self._path(), None, within_s, token_env=self.token_env)

    def _path(self) -> str:
        return path_of("proxies", self.proxy, "toxics", self.toxic)
