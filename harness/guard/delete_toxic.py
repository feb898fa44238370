"""Undo of a toxic that was added: delete it; where that hangs, its proxy has to be recreated without it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import ClassVar

from harness.guard._toxiproxy_call import Body, ask, curl, path_of, says_its_version, settle
from harness.guard.recreate_proxy import RecreateProxy
from harness.guard.undo import Outcome, Rank, register

__all__ = ["DeleteToxic"]

_SHARE = 0.25  # of the time, to see what stands there
_PATIENCE = 0.6  # of the rest, for the deletion: it takes some ms, or hangs


@register
@dataclass(frozen=True, slots=True)
class DeleteToxic:
    """`url` is that of the Toxiproxy's API, such as `http://127.0.0.1:8474`; `token_env` names the variable that holds its token.

    `standing` is the proxy as it stood without the toxic, as JSON: to recreate it from, should it not say any more.
    """

    kind: ClassVar[str] = "delete-toxic"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    proxy: str
    toxic: str
    token_env: str = ""
    standing: str = ""

    def fields(self) -> dict[str, str | int]:
        return {
            "url": self.url,
            "proxy": self.proxy,
            "toxic": self.toxic,
            "token_env": self.token_env,
            "standing": self.standing,
        }

    def by_hand(self) -> str:
        return curl("DELETE", self.url, self._path(), token_env=self.token_env)

    def undo(self, within_s: float) -> Outcome:
        deadline = time.monotonic() + within_s
        seen = ask(self.url, self.proxy, _SHARE * within_s, token_env=self.token_env)
        if seen.outcome.done and seen.proxy is None:
            return seen.outcome  # nobody listens, or somebody removed the proxy: it is not ours to make anew
        standing = seen.proxy or self._as_promised()
        patience = _PATIENCE * (deadline - time.monotonic()) if standing else deadline - time.monotonic()
        outcome = settle("DELETE", self.url, self._path(), None, patience, token_env=self.token_env)
        if outcome.done or not standing:
            return outcome
        if not says_its_version(self.url, (deadline - time.monotonic()) / 2, token_env=self.token_env):
            return Outcome(False, f"{self.url} answers nothing at all")
        recreated = RecreateProxy.without(self.url, standing, self.toxic, self.token_env)
        return Outcome(False, f"{outcome.what}; its proxy is recreated instead", recreated)

    def _as_promised(self) -> Body:
        found: Body = json.loads(self.standing) if self.standing else None
        return found

    def _path(self) -> str:
        return path_of("proxies", self.proxy, "toxics", self.toxic)
