"""Certificates for servers that tests start, from an authority of the test's own."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

__all__ = ["context_for"]


def context_for(name: str, authority: Path) -> ssl.SSLContext:
    """What a server named `name` (a host or an address) speaks TLS with; `authority` is written, for who shall trust it."""
    maker = trustme.CA()
    maker.cert_pem.write_to_path(str(authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    maker.issue_cert(name).configure_cert(context)
    return context
