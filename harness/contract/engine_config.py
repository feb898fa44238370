"""What Schemathesis is told: the user's own `schemathesis.toml`, where there is one, with what the target and the flags say on top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BROAD = 2  # examples per operation in a first look at a large service
WALKS = 100  # Hypothesis's own number of examples
PHASES = ("examples", "coverage", "fuzzing", "stateful")
_OURS = (
    "baseline",
    "reports",
    "cache",
    "max-time",
    "max-failures",
    "wait-for-schema",
    "color",
    "fuzz",
    "servers",
)  # harness does these itself


def engine_config(spec: Mapping[str, Any], phases: list[str]) -> dict[str, Any]:
    """The engine's configuration for one pass over `phases`. `spec` is what `fuzz` sends to the child.

    Where it may send requests and how long is never the file's to say: `base-url`, time and findings are ours.
    """
    theirs = {key: value for key, value in spec.get("config", {}).items() if key not in _OURS}
    config = merged(theirs, _ours(spec, phases, theirs))
    if spec["read_only"]:
        config = merged(
            config,
            {"phases": {"coverage": {"unexpected-methods": []}}, "checks": {"unsupported_method": {"enabled": False}}},
        )
    for project in config.get("project", ()):
        project.pop("base-url", None)
    return config


def is_made(spec: Mapping[str, Any], check: str) -> bool:
    """Whether a check of that name is to be made, by the flags or else by the user's file."""
    table = engine_config(spec, list(PHASES)).get("checks", {})
    return bool(table.get(check, {}).get("enabled", table.get("enabled", True)))


def _ours(spec: Mapping[str, Any], phases: list[str], theirs: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "base-url": spec["base_url"],
        "headers": {**theirs.get("headers", {}), **spec["headers"]},
        "workers": spec["threads"],
        "continue-on-failure": True,
        "request-timeout": theirs.get("request-timeout", spec["request_timeout"]),
        "rate-limit": "auto",  # a 429 with Retry-After is obeyed; how fast at most is kept in `pacing`
        "suppress-health-check": ["all"],
        "cache": {"enabled": False},
        "generation": {"database": "none"},
        "phases": {name: {"enabled": name in phases and _wanted(theirs, name)} for name in PHASES},
    }
    if spec["verify_tls"] is not True:
        config["tls-verify"] = spec["verify_tls"]
    if "auth" not in theirs:
        config["auth"] = {"auto-signup": False}
    if spec.get("seed") is not None:
        config["seed"] = spec["seed"]
    if spec.get("max_examples"):
        config["generation"]["max-examples"] = spec["max_examples"]
    if spec.get("broad"):
        config["generation"] |= {"max-examples": BROAD, "no-shrink": True}
    _, of = spec.get("share", (0, 1))
    if of > 1:  # every process walks through all operations there, so each takes fewer walks
        walks = spec.get("max_examples") or theirs.get("generation", {}).get("max-examples") or WALKS
        config["phases"]["stateful"]["generation"] = {"max-examples": max(1, walks // of)}
    if spec.get("checks"):
        config["checks"] = {"enabled": False, **{name: {"enabled": True} for name in spec["checks"]}}
    return config


def _wanted(theirs: Mapping[str, Any], name: str) -> bool:
    return bool(theirs.get("phases", {}).get(name, {}).get("enabled", True))


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `over` on top, tables within tables."""
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return result
