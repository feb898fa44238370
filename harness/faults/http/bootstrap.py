"""The whole configuration of the Envoy that stands in edges: rendered once, then switched by runtime values only. Pure.

Each fault is a route of its own before the edge's plain one. A route is taken by the share that the runtime value
`harness.<fault>` says (none unless it was set), so that switching changes no listener and drops no connection.
https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.faults.http.envoy_parts import FAULT, LUA
from harness.faults.http.matched import HttpFault

__all__ = ["CANARY", "MILLION", "Link", "bootstrap", "runtime_key", "share_of_requests"]

CANARY = "x-harness-canary"
MILLION = 1_000_000
_TYPE = "type.googleapis.com/envoy.extensions"
_BUFFER = 16 * 1024 * 1024  # a body is held whole to be changed
_MANY = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One edge that goes through Envoy: it listens on loopback `port` and passes on to `host`:`upstream_port`."""

    edge: str
    port: int
    host: str
    upstream_port: int
    grpc: bool
    faults: tuple[tuple[str, HttpFault], ...]


def share_of_requests(parts: int) -> str:
    """A runtime value: so many of a million. A plain number would be taken as a percentage, whatever the denominator of the default."""
    return f'{{"numerator":{parts},"denominator":"MILLION"}}' if parts else "0"


def runtime_key(fault: str) -> str:
    """The runtime value that switches a fault."""
    return f"harness.{fault}"


def bootstrap(links: Sequence[Link], *, admin_port: int) -> dict[str, Any]:
    """As JSON."""
    return {
        "admin": {"address": _address("127.0.0.1", admin_port)},
        "layered_runtime": {"layers": [{"name": "admin", "admin_layer": {}}]},
        "static_resources": {
            "listeners": [_listener(link) for link in links],
            "clusters": [_cluster(link) for link in links],
        },
    }


def _listener(link: Link) -> dict[str, Any]:
    manager = {
        "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": link.edge,
        "codec_type": "AUTO",
        "route_config": _routes(link),
        "http_filters": [
            {"name": FAULT, "typed_config": {"@type": f"{_TYPE}.filters.http.fault.v3.HTTPFault"}},
            {"name": LUA, "typed_config": {"@type": f"{_TYPE}.filters.http.lua.v3.Lua"}},
            {
                "name": "envoy.filters.http.router",
                "typed_config": {
                    "@type": f"{_TYPE}.filters.http.router.v3.Router",
                    "suppress_envoy_headers": True,
                },
            },
        ],
        # It must be a wire: nothing is added, changed, timed or refused but what a fault asks for.
        "server_header_transformation": "PASS_THROUGH",
        "generate_request_id": False,
        "skip_xff_append": True,
        "use_remote_address": False,
        "stream_idle_timeout": "0s",
        "delayed_close_timeout": "1s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_protocol_options": {"accept_http_10": True, **_KEEP_CASE},
        "common_http_protocol_options": {"headers_with_underscores_action": "ALLOW"},
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    return {
        "name": link.edge,
        "address": _address("127.0.0.1", link.port),
        "enable_reuse_port": False,
        "per_connection_buffer_limit_bytes": _BUFFER,
        "filter_chains": [chain],
    }


def _routes(link: Link) -> dict[str, Any]:
    routes = [route for name, fault in link.faults for route in _fault_routes(link, name, fault)]
    routes.append({"match": {"prefix": "/"}, "route": _onward(link)})
    return {"virtual_hosts": [{"name": link.edge, "domains": ["*"], "routes": routes}]}


def _fault_routes(link: Link, name: str, fault: HttpFault) -> list[dict[str, Any]]:
    share = {
        "default_value": {"numerator": 0, "denominator": "MILLION"},
        "runtime_key": runtime_key(name),
    }
    path: dict[str, Any] = {"prefix": "/"}
    if fault.path:
        path = {"safe_regex": {"regex": fault.path.regex}}
    headers = [_header(key, value) for key, value in fault.header.items()]
    if fault.method:
        headers.append(_header(":method", fault.method))
    matches = [{**path, "headers": headers, "runtime_fraction": share}]
    if link.grpc or not fault.is_safe_to_probe:  # a canary may not send what changes something
        matches.append({"prefix": "/", "headers": [_header(CANARY, name)], "runtime_fraction": share})
    return [{"match": match, "route": _onward(link), **fault.route()} for match in matches]


def _header(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "present_match": True} if value == "*" else {"name": name, "string_match": {"exact": value}}


def _onward(link: Link) -> dict[str, Any]:
    return {"cluster": link.edge, "timeout": "0s"}


def _cluster(link: Link) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(link.host, link.upstream_port)}}
    http2: dict[str, Any] = {"explicit_http_config": {"http2_protocol_options": {}}}
    http1: dict[str, Any] = {"explicit_http_config": {"http_protocol_options": _KEEP_CASE}}
    return {
        "name": link.edge,
        "type": "STRICT_DNS",
        "connect_timeout": "5s",
        "load_assignment": {"cluster_name": link.edge, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "per_connection_buffer_limit_bytes": _BUFFER,
        "circuit_breakers": {
            "thresholds": [
                {"max_connections": _MANY, "max_pending_requests": _MANY, "max_requests": _MANY, "max_retries": 0}
            ]
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPE}.upstreams.http.v3.HttpProtocolOptions",
                **(http2 if link.grpc else http1),
            }
        },
    }


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


_KEEP_CASE: dict[str, Any] = {
    "header_key_format": {
        "stateful_formatter": {
            "name": "preserve_case",
            "typed_config": {"@type": f"{_TYPE}.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"},
        }
    }
}
