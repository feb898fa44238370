"""The pieces of an Envoy route that do the damage: its own fault filter, and its Lua filter for bodies."""

from __future__ import annotations

from typing import Any

__all__ = ["ALWAYS", "FAULT", "LUA", "fault_filter", "lua_filter"]

FAULT = "envoy.filters.http.fault"
LUA = "envoy.filters.http.lua"
ALWAYS = {"numerator": 100, "denominator": "HUNDRED"}  # the route was chosen by its share already


def fault_filter(*, delay_ms: int = 0, **parts: Any) -> dict[str, Any]:
    """A delay comes before the rest. Route settings of https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/fault_filter."""
    if delay_ms:
        parts["delay"] = {"fixed_delay": f"{delay_ms // 1000}.{delay_ms % 1000:03d}s", "percentage": ALWAYS}
    return {
        "typed_per_filter_config": {
            FAULT: {"@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault", **parts}
        }
    }


def lua_filter(code: str) -> dict[str, Any]:
    """Route settings that run `code` on the answer. The request asks for no compression: a body must be read to be changed."""
    return {
        "request_headers_to_remove": ["accept-encoding"],
        "typed_per_filter_config": {
            LUA: {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute",
                "source_code": {"inline_string": code},
            }
        },
    }
