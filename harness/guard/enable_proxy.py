"""Undo of a proxy that was taken down: enable it, and remove the marker that says whose doing it was."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from harness.guard._toxiproxy_call import ask, curl, path_of, settle
from harness.guard.delete_toxic import DeleteToxic
from harness.guard.undo import Outcome, Rank, register

__all__ = ["EnableProxy"]

_ENABLED = {"enabled": True}
_SHARE = 0.5  # of the time, to see that the marker stands and to enable; the rest is for the marker


@register
@dataclass(frozen=True, slots=True)
class EnableProxy:
    """One proxy by name, never `/reset`: that would also enable what somebody else disabled on purpose.

    With a `marker`, the toxic that was put there before the proxy was disabled: only while it stands, for without it somebody ended our
    fault, and who disabled the proxy since then meant it. First enabled, then the marker: it says for as long what is left to do.
    `standing` is as in DeleteToxic.
    """

    kind: ClassVar[str] = "enable-proxy"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    proxy: str
    token_env: str = ""
    marker: str = ""
    standing: str = ""

    def fields(self) -> dict[str, str | int]:
        return {
            "url": self.url,
            "proxy": self.proxy,
            "token_env": self.token_env,
            "marker": self.marker,
            "standing": self.standing,
        }

    def by_hand(self) -> str:
        enable = curl("PATCH", self.url, path_of("proxies", self.proxy), _ENABLED, token_env=self.token_env)
        return f"{enable} && {self._unmark().by_hand()}" if self.marker else enable

    def undo(self, within_s: float) -> Outcome:
        if not self.marker:
            return self._enable(within_s)
        deadline = time.monotonic() + within_s
        seen = ask(self.url, self.proxy, _SHARE * within_s, token_env=self.token_env)
        if not seen.outcome.done or seen.proxy is None:
            return seen.outcome
        if self.marker not in [one["name"] for one in seen.proxy["toxics"]]:
            return Outcome(True, f"proxy {self.proxy} does not bear our marker any more: somebody ended the fault")
        enabled = self._enable(_SHARE * (deadline - time.monotonic()))
        return self._unmark().undo(deadline - time.monotonic()) if enabled.done else enabled

    def _enable(self, within_s: float) -> Outcome:
        return settle("PATCH", self.url, path_of("proxies", self.proxy), _ENABLED, within_s, token_env=self.token_env)

    def _unmark(self) -> DeleteToxic:
        return DeleteToxic(self.url, self.proxy, self.marker, self.token_env, self.standing)
