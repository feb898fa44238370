"""Framed messages over one socket pair between the run and its load process: 4 bytes of length, then msgpack.

Plain blocking code (the parent) and gevent (the child, after `reopened`) use the same class.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
import time

import msgpack

from harness.errors import EnvironmentFailed

__all__ = ["ENV_FD", "Link", "LinkClosed"]

ENV_FD = "HARNESS_LINK_FD"
_HEAD = struct.Struct("!I")
_MOST_BYTES = 64 * 1024 * 1024  # a plan carries the target's description; a batch of windows is far below
_CHUNK = 256 * 1024


class LinkClosed(EnvironmentFailed):
    """The other side closed its end: the run is over."""


class Link:
    """One end. Several threads or greenlets may send; only one may receive. `patience` bounds a send, seconds.

    `most` bounds the frames that are received, bytes; None for what a plan or a batch of windows needs.
    """

    def __init__(self, end: socket.socket, *, patience: float | None = None, most: int | None = None) -> None:
        end.settimeout(patience)
        self.most = most
        self._socket = end
        self._buffer = bytearray()
        self._lock = threading.Lock()

    @classmethod
    def inherited(cls) -> Link:
        """The end that a parent left in this process. Raises EnvironmentFailed where nobody did."""
        number = os.environ.pop(ENV_FD, "")
        if not number.isdigit():
            raise EnvironmentFailed(
                "This process serves a run and cannot be started by hand.", "Use: harness run SCENARIO"
            )
        os.set_inheritable(int(number), False)  # our own children must not keep the run alive
        return cls(socket.socket(fileno=int(number)))

    def reopened(self) -> Link:
        """The same end with the socket class of now: call it after gevent has patched the process."""
        other = Link(socket.socket(fileno=self._socket.detach()))
        other._buffer = self._buffer
        return other

    def fileno(self) -> int:
        """For `select`. A whole message may already be buffered: ask `receive(0)` first."""
        return self._socket.fileno()

    def send(self, message: dict[str, object]) -> None:
        """Raises LinkClosed when the other side is gone, ValueError for a message that cannot travel."""
        body = msgpack.packb(message)
        if len(body) > _MOST_BYTES:
            raise ValueError(f"a message of {len(body)} bytes is over the bound of {_MOST_BYTES}")
        try:
            with self._lock:
                self._socket.sendall(_HEAD.pack(len(body)) + body)
        except OSError as error:
            raise LinkClosed("The other end of the load process's link is closed.") from error

    def receive(self, timeout: float | None = None) -> dict[str, object] | None:
        """The next message, or None after `timeout` seconds (part of one is kept). Raises LinkClosed at the end of file."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            message = self._take()
            if message is not None:
                return message
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not self._fill(left):
                return None

    def close(self) -> None:
        """End the conversation at once, also while another thread waits for a message, whose call keeps the socket open.
        Twice is harmless."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _take(self) -> dict[str, object] | None:
        if len(self._buffer) < _HEAD.size:
            return None
        (length,) = _HEAD.unpack_from(self._buffer)
        most = self.most or _MOST_BYTES
        if length > most:
            raise EnvironmentFailed(
                f"The load process sent a frame of {length} bytes, over the bound of {most}.",
                "Something else wrote to its socket, or the two sides are of different versions.",
            )
        if len(self._buffer) < _HEAD.size + length:
            return None
        body = bytes(self._buffer[_HEAD.size : _HEAD.size + length])
        del self._buffer[: _HEAD.size + length]
        return _unpacked(body)

    def _fill(self, timeout: float | None) -> bool:
        try:
            waiting = select.poll()  # looked up here, because gevent may have replaced it since the import
            waiting.register(self._socket.fileno(), select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                return False
            chunk = self._socket.recv(_CHUNK)
        except (OSError, ValueError) as error:  # ValueError: closed on our side
            raise LinkClosed("The other end of the load process's link is closed.") from error
        if not chunk:
            raise LinkClosed("The other end of the load process's link is closed.")
        self._buffer += chunk
        return True


def _unpacked(body: bytes) -> dict[str, object]:
    try:
        message = msgpack.unpackb(body)
    except (ValueError, msgpack.UnpackException) as error:
        raise EnvironmentFailed(f"The load process sent a frame that is not msgpack: {error}.") from error
    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
        raise EnvironmentFailed(f"The load process sent {type(message).__name__} where a message was due.")
    return message
