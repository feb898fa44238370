"""Undo of a toxic that cannot be deleted: delete its proxy and make it anew without it. Journalled before, and finished by whoever comes next."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.guard._toxiproxy_call import ask, curl, path_of, says_its_version, settle
from harness.guard.undo import Outcome, Rank, register

__all__ = ["RecreateProxy"]

_SHARE = 0.25  # of the time, to see what stands there
_LEAST_S = 0.3


@register
@dataclass(frozen=True, slots=True)
class RecreateProxy:
    """Works where deleting `toxic` hangs (Toxiproxy issue 558), and drops the connections of proxy `proxy`.

    `standing` is how it must stand afterwards, as JSON. A proxy that is missing was deleted by us, so it is made; one that stands
    without the toxic is left as it is.
    """

    kind: ClassVar[str] = "recreate-proxy"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    proxy: str
    toxic: str
    standing: str
    token_env: str = ""

    @classmethod
    def without(cls, url: str, standing: Mapping[str, Any], toxic: str, token_env: str) -> RecreateProxy:
        """From how the proxy stands: without all that its run put there, since each of that is taken back for itself, perhaps before
        the proxy is made anew. Others' toxics stand again."""
        ours = [one["name"] for one in standing["toxics"] if _run_of(one["name"]) == _run_of(toxic)]
        about = {key: standing[key] for key in ("name", "listen", "upstream")}
        enabled = standing["enabled"] or any(name.startswith("harness-down_") for name in ours)
        toxics = [one for one in standing["toxics"] if one["name"] not in {*ours, toxic}]
        text = json.dumps({**about, "enabled": enabled, "toxics": toxics})
        return cls(url, str(about["name"]), toxic, text, token_env)

    def fields(self) -> dict[str, str | int]:
        return {
            "url": self.url,
            "proxy": self.proxy,
            "toxic": self.toxic,
            "standing": self.standing,
            "token_env": self.token_env,
        }

    def by_hand(self) -> str:
        calls = [("DELETE", self._path, None), *self._makings()]
        return "; ".join(curl(how, self.url, path, body, token_env=self.token_env) for how, path, body in calls)

    def undo(self, within_s: float) -> Outcome:
        deadline = time.monotonic() + within_s
        seen = ask(self.url, self.proxy, _SHARE * within_s, token_env=self.token_env)
        if seen.outcome.done and not seen.status:
            return seen.outcome  # nobody listens there any more
        if seen.proxy and self.toxic not in [one["name"] for one in seen.proxy["toxics"]]:
            return Outcome(True, f"proxy {self.proxy} stands without it")
        if seen.status != 404:
            if not says_its_version(self.url, (deadline - time.monotonic()) / 2, token_env=self.token_env):
                return Outcome(False, f"{self.url} answers nothing at all")
            outcome = settle("DELETE", self.url, self._path, None, self._left(deadline), token_env=self.token_env)
            if not outcome.done:
                return outcome
        return self._make(deadline)

    def _make(self, deadline: float) -> Outcome:
        for method, path, body in self._makings():
            outcome = settle(method, self.url, path, body, self._left(deadline), token_env=self.token_env)
            if not outcome.done:
                return outcome
        seen = ask(self.url, self.proxy, self._left(deadline), token_env=self.token_env)
        if seen.proxy is None:
            return Outcome(False, f"proxy {self.proxy} was made anew and does not stand: {seen.outcome.what}")
        return Outcome(True, "the API hung, so the proxy was recreated, which dropped its connections")

    def _makings(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        standing = json.loads(self.standing)
        about = {key: standing[key] for key in ("name", "listen", "upstream", "enabled")}
        return [("POST", "/proxies", about), *(("POST", f"{self._path}/toxics", toxic) for toxic in standing["toxics"])]

    @property
    def _path(self) -> str:
        return path_of("proxies", self.proxy)

    @staticmethod
    def _left(deadline: float) -> float:
        return max(_LEAST_S, deadline - time.monotonic())


def _run_of(toxic: str) -> tuple[str, ...]:
    """Owner and run, as `harness.faults.OwnedName` spells them; the whole name where it is spelled otherwise."""
    start, *rest = toxic.split("_", 3)
    return (rest[0], rest[1]) if start in ("harness", "harness-down") and len(rest) == 3 else (toxic,)
