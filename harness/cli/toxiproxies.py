"""Which Toxiproxy a command means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from harness.errors import BadInput

if TYPE_CHECKING:
    from harness.faults import ToxiproxyClient

Url = Annotated[
    str,
    typer.Option(
        "--toxiproxy",
        envvar="TOXIPROXY_URL",
        help="The Toxiproxy server. Default: the one of `harness up`, else 127.0.0.1:8474.",
    ),
]
TargetName = Annotated[
    str, typer.Option("--target", "-H", help="Instead: the Toxiproxy of a target of harness.yaml, or `reference`.")
]


@contextmanager
def client_of(url: str, target: str = "") -> Iterator[ToxiproxyClient]:
    """The one at `url` or of a target, with its token. Raises BadInput."""
    from harness.experiment.hand import find_place

    if url:
        refuse_no_url(url)
    with find_place(target=target, toxiproxy=url, environ=os.environ).client() as client:
        yield client


def refuse_no_url(url: str) -> None:
    """Raises BadInput for what is no URL of a server."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise BadInput(f"`{url}` is no URL of a Toxiproxy.", "Write it as http://127.0.0.1:8474.")
