"""The head of an answer as bytes: of many headers, one is asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

__all__ = ["END", "HeadOf", "joined", "lines_of"]

END = b"\r\n\r\n"


@cache
def _label_of(name: str) -> bytes:
    """The names that are asked for stand in our own code and in descriptions, so there are few."""
    return f"\r\n{name}:".encode("latin-1")


def lines_of(head: bytes) -> list[tuple[str, str]]:
    """Names as they came, and values, in their order. `head` may go on with some of the body."""
    lines = head.partition(END)[0].decode("latin-1").split("\r\n")[1:]
    return [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case; values of one name are joined by a comma (RFC 9110, section 5.2)."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


class HeadOf(Mapping[str, str]):
    """The headers of an answer. One that is asked for is found in the bytes: to read all takes five times as long as to validate a small body."""

    __slots__ = ("_all", "_head", "_low")

    def __init__(self, head: bytes) -> None:
        self._all: dict[str, str] | None = None
        self._head = head
        self._low: bytes | None = None

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override] # no other default is ever given
        """The value, or `default`."""
        if self._all is not None:
            return self._all.get(name, default)
        low = self._low
        if low is None:
            end = self._head.find(END)
            low = self._low = (self._head if end < 0 else self._head[: end + 2]).lower()
        label = _label_of(name)
        at = low.find(label)
        if at < 0:
            return default
        begin, end = at + len(label), low.find(b"\r\n", at + 2)
        if low.find(label, begin) >= 0:
            return self._whole().get(name, default)
        return self._head[begin : end if end >= 0 else len(low)].decode("latin-1").strip()

    def __getitem__(self, name: str) -> str:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def __repr__(self) -> str:
        return repr(self._whole())

    def _whole(self) -> dict[str, str]:
        if self._all is None:
            self._all = joined(lines_of(self._head))
        return self._all
