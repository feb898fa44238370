"""`${VAR}` and `${VAR:-default}` in `harness.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def expand(value: Any, environ: Mapping[str, str]) -> Any:
    """Every string inside `value` with its variables filled in. Raises ValueError for one that is unset and has no default."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _one(found, environ), value)
    if isinstance(value, dict):
        return {key: expand(inner, environ) for key, inner in value.items()}
    if isinstance(value, list):
        return [expand(inner, environ) for inner in value]
    return value


def _one(found: re.Match[str], environ: Mapping[str, str]) -> str:
    name, default = found[1], found[2]
    if name in environ:
        return environ[name]
    if default is None:
        raise ValueError(f"the environment has no {name}; set it, or write ${{{name}:-default}}")
    return default
