"""How every process of the service listens: a socket bound here, uvicorn on it, a prompt end on SIGTERM."""

from __future__ import annotations

import argparse
import socket

import uvicorn
from starlette.types import ASGIApp

from harness.errors import EnvironmentFailed

__all__ = ["listen", "parse_address", "serve"]

BACKLOG = 2048
KEEP_ALIVE_S = 75  # longer than a load generator's users idle, so that they needn't reconnect
GRACE_S = 1  # for requests under way at SIGTERM


def parse_address(name: str) -> tuple[str, int]:
    """`--host` and `--port` of the command line."""
    parser = argparse.ArgumentParser(prog=f"python -m harness.reference.{name}")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    return arguments.host, arguments.port


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, shared with others that ask for the same port in the same way. Raises EnvironmentFailed."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise EnvironmentFailed(
            f"{host}:{port} can't be listened on: {error.strerror}.", "Choose a free port."
        ) from error
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[listen(host, port)])
