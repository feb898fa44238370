"""Requests rendered to bytes, read back by a parser that is not ours; bodies unpacked."""

from __future__ import annotations

import subprocess
import sys
import zlib
from urllib.parse import urlsplit

import pytest
from httptools import HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st

from harness.load.fast.decoding import decoded
from harness.load.fast.failures import AnswerTooLarge, NotDecodable
from harness.load.fast.prepared import Renderer, split_url

TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=20)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
METHOD = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


class Read:
    """What a server would see."""

    def __init__(self, wire: bytes) -> None:
        self.url, self.body, self.headers, self.done = b"", b"", [], 0
        self.parser = HttpRequestParser(self)
        self.parser.feed_data(wire)

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode().lower(), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.done += 1


@given(METHOD, st.dictionaries(TOKEN.map("X-{}".format), VALUE, max_size=5), st.binary(max_size=200))
def test_a_server_reads_what_was_rendered(method, headers, body) -> None:
    """One whole request, each header once, the body byte for byte; the Host is there."""
    headers = {name.lower(): value for name, value in headers.items()}
    made = Renderer({"User-Agent": "x"}).render(method, "http://h:8080/a", "a", headers, body)
    read = Read(made.wire)
    assert (read.done, read.parser.get_method().decode(), read.body) == (1, method, body)
    seen = dict(read.headers)
    assert len(seen) == len(read.headers)
    assert seen["host"] == "h:8080"
    assert {name: seen[name] for name in headers} == {name: value.strip() for name, value in headers.items()}


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_path_and_query_become_a_target_that_a_server_takes(path, query) -> None:
    """Spaces, quotes, line breaks and letters beyond ASCII are percent-encoded; nothing gets past the request line."""
    try:
        made = Renderer({}).render("GET", f"http://h/{path}?{query}", "a", {}, b"")
    except ValueError:
        return  # refused before anything is sent
    read = Read(made.wire)
    assert read.done == 1
    assert read.headers == [("host", "h")]
    assert b" " not in read.url


def test_defaults_give_way_to_what_is_given_in_any_case() -> None:
    """And credentials go below the target's URL alone."""
    renderer = Renderer({"User-Agent": "x"})
    renderer.aim("http://h/api", {"Authorization": "s"})
    own = Read(renderer.render("GET", "http://h/api/1", "a", {"user-agent": "y", "AUTHORIZATION": "t"}, b"").wire)
    assert dict(own.headers) == {"host": "h", "user-agent": "y", "authorization": "t"}
    for url, there in (
        ("http://h/api", True),
        ("http://h/api?x", True),
        ("http://h/apis", False),
        ("http://h/", False),
        ("http://h:81/api", False),
        ("https://h/api", False),
        ("http://H/api/1", True),
    ):
        assert ("authorization" in dict(Read(renderer.render("GET", url, "a", {}, b"").wire).headers)) == there, url


@pytest.mark.parametrize("url", ["ftp://h/", "/only/a/path", "http://", "h:80/x"])
def test_what_is_no_http_url_is_refused(url) -> None:
    """With the URL in the message."""
    with pytest.raises(ValueError, match="no http or https URL"):
        split_url(url)


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "deflate", "raw"]))
def test_what_was_packed_is_unpacked(body, kind) -> None:
    """And a cut in the middle is noticed."""
    machine = zlib.compressobj(wbits={"gzip": 31, "deflate": 15, "raw": -15}[kind])
    wire = machine.compress(body) + machine.flush()
    encoding = "gzip" if kind == "gzip" else "deflate"
    assert decoded(wire, encoding, 10_000) == body
    with pytest.raises(NotDecodable):
        decoded(wire[:-1], encoding, 10_000)


def test_a_bomb_is_not_unpacked() -> None:
    """Beyond the bound it is an error, however small it came."""
    wire = zlib.compress(b"0" * 10_000_000)
    with pytest.raises(AnswerTooLarge):
        decoded(wire, "deflate", 1_000_000)


def test_the_target_is_kept_as_it_was_quoted() -> None:
    """A percent that quotes already is not quoted again."""
    origin, target = split_url("https://h/a%20b/c?d=%C3%BC&e=[1]")
    assert tuple(origin) == ("https", "h", 443)
    assert target == "/a%20b/c?d=%C3%BC&e=[1]"
    assert urlsplit("https://h/a%20b").path == "/a%20b"


def test_the_pure_parts_come_without_locust() -> None:
    """Locust would patch the process."""
    script = "import sys, harness.load.fast.prepared, harness.load.fast.decoding; sys.exit('locust' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
