"""curl lines: what is pasted sends the same request, and no secret stands in it."""

from __future__ import annotations

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.curl import curl_line

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=20)


def words_of(line: str) -> list[str]:
    """What the shell makes of a line, `curl` replaced by a program that prints its arguments."""
    script = "BASE=http://h; TOKEN=tok; curl() { printf '%s\\0' \"$@\"; }; " + line
    out = subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.decode()
    return out.split("\x00")[:-1]


def test_the_line_of_the_mock() -> None:
    """An order with a bearer token reads as one expects."""
    line = curl_line(
        "POST",
        "http://127.0.0.1:4711/v1/orders",
        {"Authorization": "Bearer abc.def", "Idempotency-Key": "r7-w1-000412", "Host": "x"},
        b'{"item":"kettle","quantity":1}',
        {"abc.def": "$TOKEN"},
    )
    assert line == (
        'curl -X POST "$BASE/v1/orders" -H "Authorization: Bearer $TOKEN" -H \'Idempotency-Key: r7-w1-000412\' '
        '--data-raw \'{"item":"kettle","quantity":1}\''
    )


@settings(max_examples=40)
@given(header=TEXT, body=TEXT.filter(bool))
def test_the_shell_gives_back_what_was_sent(header: str, body: str) -> None:
    """Quotes, dollars, back-ticks, exclamation marks and new lines reach curl unchanged."""
    line = curl_line("POST", "http://h/p?a=1&b=%20", {"X-Note": header}, f"{body}$", {})
    assert words_of(line) == ["-X", "POST", "http://h/p?a=1&b=%20", "-H", f"X-Note: {header}", "--data-raw", f"{body}$"]


@settings(max_examples=40)
@given(before=TEXT, after=TEXT)
def test_variables_expand_between_any_text(before: str, after: str) -> None:
    """A secret in the middle of any text comes back as the variable's value."""
    line = curl_line("POST", "/p", {}, f"{before}S3CR3T{after}", {"S3CR3T": "$TOKEN"})
    assert words_of(line)[-1] == f"{before}tok{after}"


@given(secret=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=20), text=TEXT)
def test_a_planted_secret_never_appears(secret: str, text: str) -> None:
    """Known by value or by the name of its place, a secret is not in the line."""
    secret = f"Zq{secret}"
    url = f"http://h/p/{secret}?api_key={secret}&q={secret}"
    known = curl_line("PUT", url, {"X-Any": secret}, f'{{"note": "{secret}"}}{text}', {secret: "$TOKEN"})
    by_name = curl_line(
        "PUT",
        f"/p?token={secret}",
        {"Cookie": secret, "Authorization": f"Bearer {secret}"},
        f'{{"password":"{secret}"}}',
        {},
    )
    form = curl_line(
        "PUT", "/p", {"content-type": "application/x-www-form-urlencoded"}, f"user=a&password={secret}", {}
    )
    assert secret not in known + by_name + form


def test_an_unknown_bearer_token_keeps_its_scheme() -> None:
    """Without a name for it the line says $TOKEN."""
    assert '-H "Authorization: Bearer $TOKEN"' in curl_line("GET", "/p", {"Authorization": "Bearer xyz"}, None, {})


def test_bytes_that_are_no_text_go_through_base64() -> None:
    """A binary body is piped, so that the line stays one line of text."""
    line = curl_line("POST", "/p", {}, b"\xff\x00\x01", {})
    assert line == 'echo /wAB | base64 -d | curl -X POST "$BASE/p" --data-binary @-'


def test_brackets_and_dots_reach_the_server_as_they_are() -> None:
    """curl neither globs brackets nor squashes dot segments."""
    line = curl_line("GET", "/a/../b?filter[x]=1", {}, None, {})
    assert line == 'curl --path-as-is --globoff "$BASE/a/../b?filter[x]=1"'
