"""Who may change what: the page of our own on loopback, elsewhere whoever has the token; a forged request nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.ui.gate import Asker, host_refused, may_change, refused
from harness.ui.settings import UiSettings

HOME = UiSettings()
ABROAD = UiSettings(host="0.0.0.0")
WITH_TOKEN = UiSettings(host="0.0.0.0", token="hunter2")
OWN_PAGE = Asker(host="127.0.0.1:8089", origin="http://127.0.0.1:8089", fetch_site="same-origin", csrf="c")
names = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)


def test_our_own_page_on_loopback_may_change_something() -> None:
    """With its token, from this machine, nothing else is asked for."""
    assert refused(OWN_PAGE, HOME, "c") == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"csrf": ""}, "lacks the token"),
        ({"csrf": "d"}, "lacks the token"),
        ({"origin": "http://evil.example"}, "another site"),
        ({"origin": "null"}, "another site"),
        ({"origin": "http://127.0.0.1:9999"}, "another site"),
        ({"origin": "http://127.0.0.1:8089.evil.example"}, "another site"),
        ({"fetch_site": "cross-site"}, "another site"),
        ({"fetch_site": "same-site"}, "another site"),
        ({"host": "evil.example", "origin": "http://evil.example"}, "not served under the name"),
        ({"host": ""}, "not served under the name"),
    ],
)
def test_a_forged_request_is_refused(change: dict[str, str], why: str) -> None:
    """Each mark of a forgery alone is enough, for healing too."""
    asker = replace(OWN_PAGE, **change)
    assert why in refused(asker, HOME, "c")
    assert why in refused(asker, HOME, "c", heal=True)


@given(names, names)
def test_no_token_but_ours_opens(csrf: str, bearer: str) -> None:
    """Whatever is sent instead of them."""
    asker = replace(OWN_PAGE, csrf=csrf, bearer=bearer)
    assert (refused(asker, WITH_TOKEN, "c") == "") == (bearer == "hunter2")


def test_off_loopback_the_page_is_read_only() -> None:
    """Without a token of its own nobody may start anything; everybody may heal."""
    asker = replace(OWN_PAGE, host="load.example:8089", origin="http://load.example:8089")
    assert "read-only" in refused(asker, ABROAD, "c")
    assert refused(asker, ABROAD, "c", heal=True) == ""
    assert not may_change(asker, ABROAD)


def test_whoever_gave_the_token_or_signed_in_may_change() -> None:
    """By a session that gave it, by its header, by Locust's login; the header alone needs no page."""
    asker = replace(OWN_PAGE, host="load.example", origin="http://load.example")
    assert "read-only" in refused(asker, WITH_TOKEN, "c")
    assert refused(replace(asker, trusted=True), WITH_TOKEN, "c") == ""
    assert refused(replace(asker, csrf="", bearer="hunter2"), WITH_TOKEN, "c") == ""
    assert "read-only" in refused(replace(asker, signed_in=True), WITH_TOKEN, "c")
    assert refused(replace(asker, signed_in=True), replace(WITH_TOKEN, login=True), "c") == ""


def test_a_public_name_of_a_proxy_counts_as_abroad() -> None:
    """What listens on loopback behind a reverse proxy can be reached from anywhere; its name is known and its origin ours."""
    behind = UiSettings(hosts=("load.example.com",))
    asker = Asker(host="load.example.com", origin="https://load.example.com", csrf="c")
    assert host_refused(asker, behind) == ""
    assert "read-only" in refused(asker, behind, "c")
    assert refused(asker, behind, "c", heal=True) == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_breaks_the_gate(host: str, origin: str) -> None:
    """Whatever a header holds, there is an answer, and never a yes."""
    assert refused(replace(OWN_PAGE, host=host + "x", origin=origin + "x"), HOME, "c")
