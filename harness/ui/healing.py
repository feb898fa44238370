"""Healing by the UI process itself, when its parent does not answer: straight on Toxiproxy, by the names of our toxics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import HarnessError

__all__ = ["heal_alone"]


def heal_alone(about: Mapping[str, Any], environ: Mapping[str, str], name: str | None = None) -> str:
    """End our faults on the edges of `about` (see `FaultsState`), or the one of that name, and say what came of it.

    The token is read where it was inherited, so that it never travels, nor stands in a log.
    """
    from harness.faults import ToxiproxyClient, heal_owned

    url, variable = about.get("toxiproxy", ""), about.get("token_env", "")
    proxies = {edge["proxy"] for edge in about.get("edges", ())}
    if not url:
        return "No Toxiproxy is known."
    try:
        with ToxiproxyClient(url, token=environ.get(variable, ""), token_env=variable) as client:
            healed = heal_owned(client, lambda one: one.proxy in proxies and name in (None, one.name.fault))
    except HarnessError as error:
        return f"Healing without it failed, too: {error}"
    return f"Without it, {len(healed)} faults were taken from {url}."
