"""`python -m harness.reference.payments --port N`."""

from __future__ import annotations

import os

from harness.reference.api.logs import configure
from harness.reference.ending import exit_with
from harness.reference.payments.app import create_app
from harness.reference.server import parse_address, serve
from harness.reference.settings import Settings

__all__ = ["main"]


def main() -> None:
    """Serve until told to stop."""
    host, port = parse_address("payments")
    with exit_with():
        settings = Settings.from_env(os.environ)
        configure("payments")
        serve(create_app(settings.payments_file), host, port)


if __name__ == "__main__":
    main()
