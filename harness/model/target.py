"""The service under test, as somebody described it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

from harness.model.effect import TargetAudit
from harness.model.expectation import alert_probe
from harness.model.loopback import is_loopback
from harness.model.pact import Pact
from harness.model.probe import Probe
from harness.model.reset import Reset

Protocol = Literal["http", "grpc", "postgres", "redis", "tcp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A place where a fault can be put. `proxy` is its name in Toxiproxy, empty where none stands there; `ours` says that we make and
    remove it. `container` is what runs behind it; `address` is where a probe connects without a proxy.
    """

    name: str
    proxy: str = ""
    listen: str = ""
    upstream: str = ""
    protocol: Protocol = "tcp"
    ours: bool = False
    container: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be done to a target. Off loopback only named hosts are touched; generated requests write only when told.

    `edges` are those that may be hurt, None for all; `max_fault` is the longest time in seconds; `unguarded` takes
    the risk of faults on another host that no `harness guard` watches.
    """

    hosts: tuple[str, ...] = ()
    edges: tuple[str, ...] | None = None
    rate: float | None = None
    max_fault: float = 60.0
    writes: bool = False
    unguarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Who knows whether alerts fire: the URL of a Prometheus or of an Alertmanager, asked every `every` seconds."""

    source: Literal["prometheus", "alertmanager"]
    url: str
    every: float = 1.0
    timeout: float = 2.0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def probe(self, name: str) -> Probe:
        """That asks whether the alert of that name fires."""
        return Probe(
            name=alert_probe(name),
            kind="alert",
            ask=name,
            url=self.url,
            read=self.source,
            every=self.every,
            timeout=self.timeout,
            headers=self.headers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`headers` carry resolved credentials and, like `toxiproxy_token`, never enter a run folder.

    `secrets` names them for curl lines: value -> `$NAME`. `strangers` are identities that own nothing of what the target's own login makes.
    """

    name: str
    url: str
    description: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    identities: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    strangers: tuple[str, ...] = ()
    verify_tls: str | bool = True
    pact: Pact | None = None
    toxiproxy: str = ""
    toxiproxy_token: str = field(default="", repr=False)
    toxiproxy_token_env: str = ""
    edges: Mapping[str, Edge] = field(default_factory=dict)
    limits: Limits = Limits()
    exclude: tuple[str, ...] = ()
    probes: Mapping[str, Probe] = field(default_factory=dict)
    alerts: Alerts | None = None
    reset: Reset | None = None
    audit: TargetAudit | None = None

    def unguarded(self) -> Target:
        """The same, with the risk taken that nobody guards its Toxiproxy."""
        return replace(self, limits=replace(self.limits, unguarded=True))

    def allows(self, url: str) -> bool:
        """Whether `limits` let something be sent there: loopback always, else named hosts only."""
        host = urlsplit(url).hostname or ""
        return is_loopback(host) or host in self.limits.hosts

    @property
    def host(self) -> str:
        """The host of the URL."""
        return urlsplit(self.url).hostname or ""

    @property
    def on_loopback(self) -> bool:
        """Whether it stays on this machine."""
        return is_loopback(self.host)
