"""Undo of an HTTP fault that was switched on in Envoy: switch it off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from harness.guard._toxiproxy_call import curl, settle
from harness.guard.undo import Outcome, Rank, register

__all__ = ["SwitchOff"]


@register
@dataclass(frozen=True, slots=True)
class SwitchOff:
    """`url` is Envoy's admin interface, `key` the runtime value that says on which share of requests the fault is."""

    kind: ClassVar[str] = "switch-off"
    rank: ClassVar[Rank] = Rank.NETWORK
    url: str
    key: str

    def fields(self) -> dict[str, str | int]:
        return {"url": self.url, "key": self.key}

    def by_hand(self) -> str:
        return curl("POST", self.url, self._path)

    def undo(self, within_s: float) -> Outcome:
        return settle("POST", self.url, self._path, None, within_s)

    @property
    def _path(self) -> str:
        return f"/runtime_modify?{quote(self.key, safe='')}=0"
