"""Leases that stand on the Toxiproxy itself, so that run and guard need no other channel than its API. Pure.

A run's lease is a proxy that is never enabled: no port is opened, no connection passes, no toxic is rolled anew when it changes. Its
name says whose it is, its `upstream` what was agreed and how often it was renewed. A guard that watches says so in the same way, and so
does a run of each proxy that it makes, for a proxy itself has no room for a name of its owner.
Neither trusts the other's clock: what counts is how long ago, by one's own, the number last changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["LISTEN", "MAX_LEASE_S", "Beat", "GuardName", "LeaseName", "MadeName", "MadeProxy", "Terms"]

MAX_LEASE_S = 10.0
# Should somebody enable it (`/reset` enables all), this binds always, and on loopback only.
LISTEN = "127.0.0.1:0"

_LEASE = re.compile(r"harness_lease_(?P<owner>[^_]+)_(?P<run>[^_]+)")
_GUARD = re.compile(r"harness_guard_(?P<host>[^_]+)_(?P<pid>\d+)")
_TERMS = re.compile(r"lease of (?P<seconds>\d+(?:\.\d+)?) s, renewal (?P<renewal>\d+)")
_MADE = re.compile(r"harness-made_(?P<owner>[^_]+)_(?P<run>[^_]+)_(?P<number>\d+)")
_STANDS = re.compile(r"proxy (?P<proxy>.+) to (?P<upstream>\S+)", re.DOTALL)
_BEAT = re.compile(r"watching, beat (?P<beat>\d+)")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class LeaseName:
    """`harness_lease_<owner>_<run>`, spelled as in the toxics' names."""

    owner: str
    run: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "owner", _safe(self.owner))
        object.__setattr__(self, "run", _safe(self.run))

    def __str__(self) -> str:
        return f"harness_lease_{self.owner}_{self.run}"

    @classmethod
    def read(cls, name: str) -> LeaseName | None:
        """None where the proxy is no lease."""
        found = _LEASE.fullmatch(name)
        return cls(found["owner"], found["run"]) if found else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What stands in a lease's `upstream`: without a higher `renewal` within `seconds`, it has ended."""

    seconds: float
    renewal: int

    def __str__(self) -> str:
        return f"lease of {self.seconds:g} s, renewal {self.renewal}"

    @classmethod
    def read(cls, upstream: str) -> Terms | None:
        """None where somebody wrote something else there. Never longer than MAX_LEASE_S."""
        found = _TERMS.fullmatch(upstream)
        return cls(min(MAX_LEASE_S, float(found["seconds"])), int(found["renewal"])) if found else None


@dataclass(frozen=True, slots=True)
class MadeName:
    """`harness-made_<owner>_<run>_<number>`: the proxy by which a run says that it made another one."""

    lease: LeaseName
    number: int

    def __str__(self) -> str:
        return f"harness-made_{self.lease.owner}_{self.lease.run}_{self.number}"

    @classmethod
    def read(cls, name: str) -> MadeName | None:
        """None where the proxy says nothing of that kind."""
        found = _MADE.fullmatch(name)
        return cls(LeaseName(found["owner"], found["run"]), int(found["number"])) if found else None


@dataclass(frozen=True, slots=True)
class MadeProxy:
    """What stands in the `upstream` of such a word: which proxy was made, and where it leads. One that leads elsewhere is somebody else's."""

    proxy: str
    upstream: str

    def __str__(self) -> str:
        return f"proxy {self.proxy} to {self.upstream}"

    @classmethod
    def read(cls, upstream: str) -> MadeProxy | None:
        """None where somebody wrote something else there."""
        found = _STANDS.fullmatch(upstream)
        return cls(found["proxy"], found["upstream"]) if found else None


@dataclass(frozen=True, slots=True)
class GuardName:
    """`harness_guard_<host>_<pid>`: a proxy by which a `harness guard` says that it watches this Toxiproxy."""

    host: str
    pid: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", _safe(self.host))

    def __str__(self) -> str:
        return f"harness_guard_{self.host}_{self.pid}"

    @classmethod
    def read(cls, name: str) -> GuardName | None:
        """None where the proxy is no guard's."""
        found = _GUARD.fullmatch(name)
        return cls(found["host"], int(found["pid"])) if found else None


@dataclass(frozen=True, slots=True)
class Beat:
    """What stands in a guard's `upstream`; one that no longer counts is dead."""

    number: int

    def __str__(self) -> str:
        return f"watching, beat {self.number}"

    @classmethod
    def read(cls, upstream: str) -> Beat | None:
        """None where somebody wrote something else there."""
        found = _BEAT.fullmatch(upstream)
        return cls(int(found["beat"])) if found else None


def _safe(text: str) -> str:
    return _UNSAFE.sub("-", text) or "-"
