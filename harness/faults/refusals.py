"""Toxiproxy's refusals, each both in our error tree and what toxiproxy-python raises for it."""

from __future__ import annotations

from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from harness.errors import ToxiproxyError

__all__ = ["AlreadyThere", "NoSuchRoute", "NobodyListens", "NotThere", "Refused", "Unreachable"]


class Unreachable(ToxiproxyError):
    """No answer: nobody listens, or a server that accepts and stays silent."""


class NobodyListens(Unreachable):
    """The connection was refused: a server that is not there holds no toxic."""


class NoSuchRoute(ToxiproxyError):
    """405, or a 404 that is not Toxiproxy's own: this server does not know the call."""


class NotThere(ToxiproxyError, NotFound):  # type: ignore[misc]
    """404: no such proxy or toxic."""


class AlreadyThere(ToxiproxyError, ProxyExists):  # type: ignore[misc]
    """409: a proxy or toxic of that name."""


class Refused(ToxiproxyError, InvalidToxic):  # type: ignore[misc]
    """400: Toxiproxy did not understand."""
