"""Who may do what. Pure: facts about a request in, a refusal out.

Three questions to whatever changes something. Does the browser mean us (Host, Origin, Sec-Fetch-Site, and a token that only our own
pages hold)? May this person change something (a page on loopback; elsewhere only with the access token, or signed in)? Ending what
hurts the target, `heal`, asks only the first.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.ui.settings import UiSettings

__all__ = ["Asker", "bearer_of", "host_refused", "may_change", "refused"]

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What a request says of itself: headers as they came (empty where missing), and what the session knows.

    `csrf` is the token of our pages; `bearer` an access token in its header; `trusted` that the session gave that token before;
    `signed_in` that Locust's login knows the person.
    """

    host: str = ""
    origin: str = ""
    fetch_site: str = ""
    csrf: str = ""
    bearer: str = ""
    trusted: bool = False
    signed_in: bool = False


def bearer_of(authorization: str) -> str:
    """The token of that header (RFC 6750); empty where it is none."""
    scheme, _, given = authorization.partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def host_refused(asker: Asker, settings: UiSettings) -> str:
    """Why a request is not for us, or an empty string. On loopback a foreign name means DNS rebinding."""
    name = _name_of(asker.host)
    if not settings.on_loopback and not settings.hosts:
        return ""  # reached under names that nobody told us; whoever changes something needs the token there
    known = {*_LOOPBACK, settings.host, *(_name_of(host) for host in settings.hosts)}
    if name in known:
        return ""
    return f"This page is not served under the name `{name or '(none)'}`. Allow it with --allow-host, if it is yours."


def refused(asker: Asker, settings: UiSettings, csrf: str, *, heal: bool = False) -> str:
    """Why somebody may not change something, or an empty string. `csrf` is what our pages hold; `heal` only ends faults."""
    if not (why := host_refused(asker, settings)):
        why = _foreign(asker, settings)
    if why:
        return why
    by_token = bool(settings.token) and _same(asker.bearer, settings.token)
    if not by_token and not _same(asker.csrf, csrf):
        return "The request lacks the token of this page. Reload the page and try again; a program sends `Authorization: Bearer`."
    if heal or may_change(asker, settings):
        return ""
    if not settings.token:
        return "This page is read-only: it can be reached from other machines, and no HARNESS_UI_TOKEN was set when it was started."
    return "This page is read-only for you. Enter the access token first."


def may_change(asker: Asker, settings: UiSettings) -> bool:
    """Whether the person may start tests and add faults."""
    if settings.token and _same(asker.bearer, settings.token):
        return True
    if asker.trusted or (settings.login and asker.signed_in):
        return True
    return settings.on_loopback and not settings.token and not settings.login


def _foreign(asker: Asker, settings: UiSettings) -> str:
    if asker.fetch_site and asker.fetch_site not in ("same-origin", "none"):
        return "The request comes from another site."
    if not asker.origin:
        return ""
    theirs = urlsplit(asker.origin)
    ours = {asker.host.lower(), *(host.lower() for host in settings.hosts)}
    if theirs.scheme not in ("http", "https") or theirs.netloc.lower() not in ours:
        return f"The request comes from another site: its origin is `{asker.origin[:100]}`."
    return ""


def _name_of(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _same(one: str, other: str) -> bool:
    return bool(other) and hmac.compare_digest(one.encode(), other.encode())
