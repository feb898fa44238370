"""`python -m harness.reference.orders --port N`: the API. Several may share a port."""

from __future__ import annotations

import os

from harness.reference.api import create_app
from harness.reference.api.logs import configure
from harness.reference.ending import exit_with
from harness.reference.server import parse_address, serve
from harness.reference.settings import Settings

__all__ = ["main"]


def main() -> None:
    """Serve until told to stop."""
    host, port = parse_address("orders")
    with exit_with():
        settings = Settings.from_env(os.environ).demand("database_url", "cache_url", "jwt_secret")
        configure("orders")
        serve(create_app(settings), host, port)


if __name__ == "__main__":
    main()
