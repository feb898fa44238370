"""A proxy as it stood when it last answered, with its toxics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from toxiproxy.proxy import Proxy
from toxiproxy.toxic import Toxic

from harness.faults.client import ToxiproxyClient
from harness.faults.toxics.wire import Wire

__all__ = ["Known", "as_json", "know", "wire_of"]


@dataclass(frozen=True, slots=True)
class Known:
    """A proxy as it stood when it last answered, to recreate it from."""

    proxy: Proxy
    toxics: Mapping[str, Toxic]


def know(client: ToxiproxyClient, proxy: str) -> Known:
    """Read a proxy with its toxics. Raises ToxiproxyError."""
    return Known(*client.standing(proxy))


def as_json(known: Known) -> str:
    """As Toxiproxy itself says it: for a guard that may have to recreate the proxy."""
    about = {key: getattr(known.proxy, key) for key in ("name", "listen", "upstream", "enabled")}
    toxics = [
        {key: getattr(toxic, key) for key in ("name", "type", "stream", "toxicity", "attributes")}
        for toxic in known.toxics.values()
    ]
    return json.dumps({**about, "toxics": toxics})


def wire_of(toxic: Toxic) -> Wire:
    """What would make such a toxic."""
    return Wire(type=toxic.type, stream=toxic.stream, attributes=toxic.attributes, toxicity=float(toxic.toxicity))
