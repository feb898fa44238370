"""A server that says exactly the bytes it is told to, over plain TCP or TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Step = bytes | float | str | Callable[[bytes], bytes]
"""Bytes to send, seconds to wait, what to do: "close", "reset", "hang"; or a function of the request that gives bytes."""


@dataclass
class Scripted:
    """`script` maps a path to steps; the connection stays open afterwards unless a step ends it."""

    script: dict[str, Sequence[Step]]
    context: ssl.SSLContext | None = None
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.url = f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End every connection."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                one, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(one)
            self.connections += 1
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.context is not None:
                one = self.context.wrap_socket(one, server_side=True)
            rest = b""
            while True:
                while b"\r\n\r\n" not in rest:
                    more = one.recv(65536)
                    if not more:
                        return
                    rest += more
                head, _, rest = rest.partition(b"\r\n\r\n")
                length = next(
                    (
                        int(v)
                        for k, _, v in (line.partition(b":") for line in head.split(b"\r\n"))
                        if k.lower() == b"content-length"
                    ),
                    0,
                )
                while len(rest) < length:
                    rest += one.recv(65536)
                body, rest = rest[:length], rest[length:]
                self.heads.append(head.decode("latin-1"))
                self.bodies.append(body)
                if not self._play(one, head, self.script[head.split(b" ")[1].decode().partition("?")[0]]):
                    return

    def _play(self, one: socket.socket, head: bytes, steps: Sequence[Step]) -> bool:
        for step in steps:
            match step:
                case bytes():
                    one.sendall(step)
                case float() | int():
                    self._over.wait(step)
                case "hang":
                    self._over.wait(60)
                case "close":
                    one.shutdown(socket.SHUT_RDWR)
                    one.close()
                    return False
                case "reset":
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    one.close()
                    return False
                case _:
                    one.sendall(step(head))  # type: ignore[operator]
        return True
