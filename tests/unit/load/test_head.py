"""The head of an answer: one header found in the bytes is what it is among all of them."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from harness.load.head import HeadOf, lines_of

NAMES = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=6)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12)
HEADS = st.lists(st.tuples(NAMES, VALUES), max_size=6)


def written(lines, body=b""):
    """As a server sends it."""
    text = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"HTTP/1.1 200 OK\r\n{text}\r\n".encode("latin-1") + body


@given(lines=HEADS, body=st.binary(max_size=20), asked=NAMES)
def test_one_is_what_it_is_among_all(lines, body, asked):
    """Whether it is asked for before all were read or after; several of one name are joined; the body holds no header."""
    head, known = written(lines, body), {}
    for name, value in lines:
        key, value = name.lower(), value.strip()
        known[key] = f"{known[key]}, {value}" if key in known else value
    for name in (*known, asked.lower()):
        assert HeadOf(head).get(name) == known.get(name)
        assert (name in HeadOf(head)) is (name in known)
    assert dict(HeadOf(head)) == known
    read = HeadOf(head)
    assert len(read) == len(known)
    assert {name: read[name] for name in known} == known


def test_what_is_said_in_the_body_is_no_header():
    """A body may look like headers."""
    head = HeadOf(written([("A", "1")], b"\r\nContent-Type: text/html\r\n\r\n"))
    assert head.get("content-type") is None
    assert head.get("content-type", "none") == "none"
    assert lines_of(written([("A", "1")], b"\r\nB: 2\r\n")) == [("A", "1")]


def test_of_no_answer_there_is_nothing():
    """Where none came, the head is empty."""
    assert dict(HeadOf(b"")) == {}
    assert HeadOf(b"").get("a") is None
