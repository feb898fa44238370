"""A request as a curl line that somebody can paste: secrets are shell variables, the target is `$BASE`."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote_plus, urlsplit

from harness.model.sensitive import is_sensitive_field, is_sensitive_header, variable_of

_NOISE = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding", "keep-alive"}
)
_VARIABLE = re.compile(r"\x00(\$[A-Za-z_][A-Za-z0-9_]*)\x00")
_SCHEME = re.compile(r"(bearer|basic|digest|token)\s+\S.*", re.IGNORECASE | re.DOTALL)
_NEEDS_SINGLE = re.compile(r'[\\"$`!]')


def curl_line(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | str | None,
    secrets: Mapping[str, str],
    base: str = "$BASE",
) -> str:
    """One line for a POSIX shell.

    `url` is absolute, or a path; its origin gives way to `base`. `secrets` maps a value to its `$NAME`; wherever the value stands, plain or
    percent-encoded, the name is written. Headers, query and body fields that are sensitive by name become variables even when unknown.
    A body that is no text goes through base64.
    """
    words = ["curl", *_method(method.upper(), has_body=bool(body)), *_address(url, secrets, base)]
    for name, value in headers.items():
        if name.lower() not in _NOISE and not (name.lower() == "accept" and value == "*/*"):
            words += ["-H", _shell(f"{name}: {_header(name, value, secrets)}")]
    data = body.encode() if isinstance(body, str) else body or b""
    if not data:
        return " ".join(words)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:  # no shell word can hold it
        return f"echo {base64.b64encode(data).decode()} | base64 -d | " + " ".join([*words, "--data-binary", "@-"])
    return " ".join([*words, "--data-raw", _shell(hide(_fields(text, _type(headers)), secrets))])


def hide(text: str, secrets: Mapping[str, str]) -> str:
    """Put a NUL-fenced `$NAME` wherever a secret stands: as it is, percent-encoded, or escaped in JSON. The longest goes first."""
    for value in sorted((v for v in secrets if v), key=len, reverse=True):
        for form in spellings(value):
            text = text.replace(form, f"\x00{secrets[value]}\x00")
    return text


def spellings(value: str) -> tuple[str, ...]:
    """The forms in which a value may stand in a text, without repetition."""
    forms = (
        value,
        quote(value, safe=""),
        quote(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    )
    return tuple(dict.fromkeys(forms))


def _method(method: str, *, has_body: bool) -> list[str]:
    if method == "HEAD":
        return ["--head"]
    return [] if method == "GET" and not has_body else ["-X", shlex.quote(method)]


def _address(url: str, secrets: Mapping[str, str], base: str) -> Iterable[str]:
    parts = urlsplit(url)
    path = parts.path or ("/" if parts.query else "")
    query = "&".join(_pair(pair) for pair in parts.query.split("&")) if parts.query else ""
    tail = hide(path + (f"?{query}" if query else ""), secrets)
    if "/." in path:
        yield "--path-as-is"
    if re.search(r"[\[\]{}]", tail):
        yield "--globoff"
    yield _shell(f"\x00{base}\x00{tail}" if base.startswith("$") else base + tail)


def _pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return (
        f"{name}=\x00{variable_of(unquote_plus(name))}\x00"
        if equals and is_sensitive_field(unquote_plus(name))
        else pair
    )


def _header(name: str, value: str, secrets: Mapping[str, str]) -> str:
    hidden = hide(value, secrets)
    if hidden != value or not is_sensitive_header(name):
        return hidden
    scheme = _SCHEME.fullmatch(value)
    return f"{scheme[1]} \x00$TOKEN\x00" if scheme else f"\x00{variable_of(name)}\x00"


def _type(headers: Mapping[str, str]) -> str:
    return next((value.lower() for name, value in headers.items() if name.lower() == "content-type"), "")


def _fields(text: str, content_type: str) -> str:
    if "x-www-form-urlencoded" in content_type:
        return "&".join(_pair(pair) for pair in text.split("&")) if parse_qsl(text) else text
    try:
        document = json.loads(text)
    except ValueError:
        return text
    cleaned = _clean(document)
    # An untouched body keeps its spelling to the byte: white space may be what the server chokes on.
    return text if cleaned == document else json.dumps(cleaned, ensure_ascii=False).replace("\\u0000", "\x00")


def _clean(value: object, name: str = "") -> object:
    if isinstance(value, dict):
        return {key: _clean(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner, name) for inner in value]
    return f"\x00{variable_of(name)}\x00" if name and value is not None and is_sensitive_field(name) else value


def _shell(text: str) -> str:
    """Quote for a POSIX shell, variables left to expand."""
    pieces = _VARIABLE.split(text)  # literals at even places, variables at odd ones
    literals = [piece.replace("\x00", "") for piece in pieces[::2]]
    if len(pieces) == 1:
        return _single(literals[0])
    joined = zip(literals, [*pieces[1::2], ""], strict=True)
    if not any(_NEEDS_SINGLE.search(piece) for piece in literals):
        names = [_braced(variable, after) for variable, after in zip(pieces[1::2], literals[1:], strict=True)]
        return '"' + "".join(a + b for a, b in zip(literals, [*names, ""], strict=True)) + '"'
    return "".join((_single(literal) if literal else "") + (f'"{name}"' if name else "") for literal, name in joined)


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _braced(variable: str, after: str) -> str:
    return f"${{{variable[1:]}}}" if re.match(r"[A-Za-z0-9_]", after) else variable
