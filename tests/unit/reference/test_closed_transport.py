"""What uvloop says of a connection that was cut."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from harness.reference.adapters.closed_transport import wrote_to_closed_transport


async def _write_after_the_cut() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.transport.abort()
        await asyncio.sleep(0)
        writer.writelines([b"PING\r\n"])


def test_uvloop_words_a_cut_as_we_expect() -> None:
    """Writing to a connection that is gone raises the RuntimeError which the adapters take for an outage."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, pytest.raises(RuntimeError) as caught:
        runner.run(_write_after_the_cut())
    assert wrote_to_closed_transport(caught.value)


def test_other_errors_are_no_outage() -> None:
    """A bug of ours must not be waited out."""
    assert not wrote_to_closed_transport(RuntimeError("dictionary changed size during iteration"))
    assert not wrote_to_closed_transport(OSError("the handler is closed"))
