"""A server whose answers take a known time. `python known_server.py PORT KIND SEED`; KIND is fixed, freezes or log-normal.

It takes the lowest real-time priority where it may, so that an answer leaves within some 50 µs of its time. Time counts from the
first request on: freezes (nothing is read or written for 200 ms) begin 2.5 s after it, and every 5 s from then.

GET /served answers at once with how long each answer has really taken, from the request read to the answer sent: a JSON list of seconds.
"""

import contextlib
import errno
import heapq
import json
import os
import random
import select
import socket
import sys
import time
from collections.abc import Iterator

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FIXED_S = 0.002
FREEZE_S, EVERY_S, FIRST_S = 0.2, 5.0, 2.5
MEDIAN_S, SIGMA = 0.005, 0.5


def delays(kind: str, seed: str) -> Iterator[float]:
    """Seconds that each answer takes, in the order of requests."""
    dice = random.Random(seed)
    while True:
        yield MEDIAN_S * 2.718281828459045 ** dice.gauss(0, SIGMA) if kind == "log-normal" else FIXED_S


def serve(port: int, kind: str, seed: str) -> None:
    """Until killed."""
    listening = socket.create_server(("127.0.0.1", port), backlog=65535)
    listening.setblocking(False)
    poll = select.epoll()
    poll.register(listening.fileno(), select.EPOLLIN)
    open_: dict[int, socket.socket] = {}
    due: list[tuple[float, int, float]] = []
    took: list[float] = []
    lasts = delays(kind, seed)
    freeze_at = float("inf")
    while True:
        now = time.perf_counter()
        if now >= freeze_at:
            time.sleep(FREEZE_S - (now - freeze_at))
            freeze_at += EVERY_S
        _answer(due, open_, took)
        upcoming = min(freeze_at, due[0][0] if due else now + 1)
        select.select(
            [poll.fileno()], [], [], max(0.0, upcoming - time.perf_counter())
        )  # to the µs, unlike epoll's own
        for number, _ in poll.poll(0):
            if number == listening.fileno():
                for one in _accepted(listening):
                    open_[one.fileno()] = one
                    poll.register(one.fileno(), select.EPOLLIN)
                continue
            data = _read(open_[number])
            if not data:
                poll.unregister(number)
                open_.pop(number).close()
            elif data.startswith(b"GET /served "):
                _tell(open_[number], took)
            else:
                now = time.perf_counter()
                if kind == "freezes" and freeze_at == float("inf"):
                    freeze_at = now + FIRST_S
                heapq.heappush(due, (now + next(lasts), number, now))


def _answer(due: list[tuple[float, int, float]], open_: dict[int, socket.socket], took: list[float]) -> None:
    """Whatever was due when this began."""
    now = time.perf_counter()
    while due and due[0][0] <= now:
        _, number, began = heapq.heappop(due)
        one = open_.get(number)
        if one is not None:
            with contextlib.suppress(OSError):
                one.send(ANSWER)
                took.append(time.perf_counter() - began)


def _tell(one: socket.socket, took: list[float]) -> None:
    """How long each answer has taken."""
    one.setblocking(True)
    body = json.dumps(took).encode()
    one.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def _accepted(listening: socket.socket) -> Iterator[socket.socket]:
    """All that wait: one in a turn would be late when hundreds come at once. Who wants more than there are files to have waits."""
    while True:
        try:
            one, _ = listening.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EMFILE):
                return
            raise
        else:
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield one


def _read(one: socket.socket) -> bytes:
    try:
        return one.recv(65536)
    except OSError:
        return b""


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    serve(int(sys.argv[1]), sys.argv[2], sys.argv[3])
