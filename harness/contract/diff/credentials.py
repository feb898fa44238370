"""Security schemes: how one proves who one is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.contract.diff.change import Touch
from harness.contract.diff.raised import Raised
from harness.contract.diff.swagger import scheme_in_the_shape_of_3

_KEYS = {
    "type": "type-changed",
    "in": "api-key-in-changed",
    "name": "api-key-name-changed",
    "scheme": "http-scheme-changed",
    "openIdConnectUrl": "openid-connect-url-changed",
}
_FLOW_KEYS = {
    "authorizationUrl": "oauth-url-changed",
    "tokenUrl": "oauth-token-url-changed",
    "refreshUrl": "oauth-refresh-url-changed",
}


def scheme_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Raised]:
    """Of schemes that both documents have; whether an operation needs one, `operations` tells."""
    before, after = _schemes(old), _schemes(new)
    holder = ("securityDefinitions",) if "swagger" in new else ("components", "securitySchemes")
    for name in sorted(before.keys() & after.keys()):
        one, other = before[name], after[name]
        place = (*holder, name)
        yield from _differ(name, place, one, other, _KEYS)
        flows, others = one.get("flows") or {}, other.get("flows") or {}
        for flow in flows if isinstance(flows, dict) and isinstance(others, dict) else ():
            if isinstance(flows[flow], dict) and isinstance(others.get(flow), dict):
                yield from _differ(name, (*place, "flows", flow), flows[flow], others[flow], _FLOW_KEYS)


def _differ(
    name: str, place: tuple[str, ...], one: Mapping[str, Any], other: Mapping[str, Any], keys: Mapping[str, str]
) -> Iterator[Raised]:
    for key, rule in keys.items():
        before, after = one.get(key), other.get(key)
        if before != after and before is not None and after is not None:
            said = f"the security scheme {name}: `{key}` went from {before} to {after}"
            yield Raised(
                rule=f"api-security-component-{rule}", place=(*place, key), message=said, touch=Touch(part="operation")
            )


def _schemes(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    if "swagger" in document:
        held = document.get("securityDefinitions")
        return {name: scheme_in_the_shape_of_3(one) for name, one in _mappings(held).items()}
    components = document.get("components")
    return _mappings(components.get("securitySchemes") if isinstance(components, dict) else None)


def _mappings(held: Any) -> dict[str, Mapping[str, Any]]:
    return {str(k): v for k, v in held.items() if isinstance(v, dict)} if isinstance(held, dict) else {}
