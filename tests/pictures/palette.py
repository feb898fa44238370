"""A picture of a page in 256 colours: pages have few, so nobody sees the difference, and the file is a third.

PNG: https://www.w3.org/TR/png-3/ (8 bit RGB or RGBA in, not interlaced; palette out).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

COLOURS = 256
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
Bytes = npt.NDArray[np.uint8]


def palette_png(png: bytes) -> bytes:
    """The same picture with a palette of its commonest colours. Raises ValueError for a PNG of another kind."""
    pixels = _decoded(png)
    height, width, _ = pixels.shape
    coarse = (pixels >> 2).astype(np.int64)
    keys = (coarse[..., 0] << 12 | coarse[..., 1] << 6 | coarse[..., 2]).ravel()
    found, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 12, found >> 6 & 63, found & 63], axis=1) * 4 + 2
    chosen = np.argsort(-counts)[:COLOURS]
    palette = np.clip(colours[chosen], 0, 255)
    palette = np.where(palette >= 254, 255, palette)
    nearest = np.empty(len(found), dtype=np.uint8)
    for start in range(0, len(found), 4096):
        some = colours[start : start + 4096, None, :] - palette[None, :, :]
        nearest[start : start + 4096] = np.argmin((some**2).sum(axis=2), axis=1)
    rows = nearest[place].reshape(height, width)
    body = np.concatenate([np.zeros((height, 1), dtype=np.uint8), rows], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(body, 9)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _decoded(png: bytes) -> Bytes:
    """Height x width x 3."""
    chunks = list(_chunks(png))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or kind not in (2, 6) or interlaced:
        raise ValueError("only 8 bit RGB and RGBA are read")
    samples = 3 if kind == 2 else 4
    raw = np.frombuffer(zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT")), dtype=np.uint8)
    lines = raw.reshape(height, 1 + width * samples)
    out = np.zeros((height, width, samples), dtype=np.uint8)
    above = np.zeros((width, samples), dtype=np.uint8)
    for number, line in enumerate(lines):
        above = out[number] = _unfiltered(int(line[0]), line[1:].reshape(width, samples), above)
    return out[..., :3]


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _unfiltered(kind: int, line: Bytes, above: Bytes) -> Bytes:
    if kind == 0:
        return line
    if kind == 1:
        return np.cumsum(line, axis=0, dtype=np.uint8)
    if kind == 2:
        return line + above
    out, left = np.empty_like(line), [0] * line.shape[1]
    corner = [0] * line.shape[1]
    for x, (pixel, up) in enumerate(zip(line.tolist(), above.tolist(), strict=True)):
        if kind == 3:
            left = [(p + (a + b) // 2) & 255 for p, a, b in zip(pixel, left, up, strict=True)]
        else:
            left = [(p + _paeth(a, b, c)) & 255 for p, a, b, c in zip(pixel, left, up, corner, strict=True)]
        out[x], corner = left, up
    return out


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    away = (abs(guess - left), abs(guess - up), abs(guess - corner))
    return left if away[0] <= away[1] and away[0] <= away[2] else up if away[1] <= away[2] else corner
