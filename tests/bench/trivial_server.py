"""The server of the benchmark: answers at once, and counts. `python trivial_server.py PORT CORE`; GET /count says how often it did,
and the body of GET /fresh/1 is another one each time.

It hardly looks at what it is sent (one packet, one request, or several pipelined), since it must not be the bottleneck.
"""

import asyncio
import os
import sys

import uvloop

BODY = b'{"id": 1, "name": "kettle"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)

FRESH = b'{"id":%d,"name":"kettle","price_cents":3900,"stock":7,"updated_at":"2026-11-27T09:41:27Z"}'


class Trivial(asyncio.Protocol):
    """One connection."""

    answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        self.write = transport.write  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Answer each request line in it."""
        if data.startswith(b"GET /count "):
            number = b"%d" % Trivial.answered
            self.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(number), number))
            return
        if data.startswith(b"GET /fresh/"):
            Trivial.answered += 1
            body = FRESH % Trivial.answered
            self.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
            )
            return
        asked = data.count(b" HTTP/1.1\r\n")
        Trivial.answered += asked
        self.write(ANSWER if asked == 1 else ANSWER * asked)


async def serve(port: int) -> None:
    """Until killed."""
    server = await asyncio.get_running_loop().create_server(Trivial, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[2])})
    uvloop.run(serve(int(sys.argv[1])))
