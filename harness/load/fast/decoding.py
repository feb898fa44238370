"""Bodies out of their Content-Encoding, bounded: a small answer may unpack to a very large one."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped] # comes with Locust's own client

from harness.load.fast.failures import AnswerTooLarge, NotDecodable

__all__ = ["ACCEPTED", "decoded"]

ACCEPTED = "gzip, deflate, br"
_STEP = 65536


def decoded(body: bytes, encodings: str, most: int) -> bytes:
    """`encodings` is the value of Content-Encoding; the last applied comes off first. What nobody knows stays as it is.

    Raises NotDecodable for a body that is broken or cut short, AnswerTooLarge beyond `most` bytes.
    """
    for name in reversed([part.strip().lower() for part in encodings.split(",")]):
        step = _KNOWN.get(name)
        if step is None:
            return body
        if not body:
            return b""
        try:
            body = step(body, most)
        except (zlib.error, brotli.error, EOFError) as error:
            raise NotDecodable(f"the body is not {name}: {error}") from error
    return body


def _gzip(body: bytes, most: int) -> bytes:
    out, size = [], 0
    while body:
        piece, body = _inflate(body, 31, most - size)
        out.append(piece)
        size += len(piece)
    return b"".join(out)


def _deflate(body: bytes, most: int) -> bytes:
    try:
        return _inflate(body, 15, most)[0]
    except zlib.error:
        return _inflate(body, -15, most)[0]  # without zlib's wrapper, as some servers send it


def _inflate(body: bytes, wbits: int, most: int) -> tuple[bytes, bytes]:
    """One stream, and what follows it."""
    machine = zlib.decompressobj(wbits)
    out = machine.decompress(body, most + 1)
    if len(out) > most:
        raise AnswerTooLarge(f"the body unpacks to over {most} bytes")
    if not machine.eof:
        raise EOFError("it is cut short")
    return out, machine.unused_data


def _brotli(body: bytes, most: int) -> bytes:
    machine = brotli.Decompressor()
    out, size = [], 0
    for start in range(0, len(body), _STEP):
        piece = machine.process(body[start : start + _STEP])
        size += len(piece)
        if size > most:
            raise AnswerTooLarge(f"the body unpacks to over {most} bytes")
        out.append(piece)
    if not machine.is_finished():
        raise EOFError("it is cut short")
    return b"".join(out)


_KNOWN: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "identity": lambda body, _: body,
}
