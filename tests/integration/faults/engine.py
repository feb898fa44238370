"""Two stand-ins for a container engine, which no test machine has: a program that is called like docker, and an engine's API for the real
docker command. Both keep one container, `web-1`: its state in the file `state` (running, paused), what was asked of it in `asked`."""

from __future__ import annotations

import json
import re
import socketserver
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

__all__ = ["stand_in", "stand_in_engine"]

PROGRAM = """#!/bin/sh
cd "$(dirname "$0")"
for last in "$@"; do :; done
[ -e no-engine ] && { echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2; exit 1; }
[ "$last" = web-1 ] && [ -e state ] || { echo "Error response from daemon: No such container: $last" >&2; exit 1; }
[ "$1" = inspect ] || echo "$1 $last" >> asked
case "$1" in
  kill) echo "false false" > state ;;
  start) echo "true false" > state ;;
  pause) echo "true true" > state ;;
  unpause)
    grep -q "true true" state || { echo "Error response from daemon: Container web-1 is not paused" >&2; exit 1; }
    echo "true false" > state ;;
  inspect)
    [ "$2 $3 $4" = "--type container --format" ] || exit 64
    read -r running paused < state
    case "$5" in *Running*Paused*) echo "$running $paused" ;; *Running*) echo "$running" ;; *Paused*) echo "$paused" ;;
      *AutoRemove*) [ -e auto-remove ] && echo true || echo false ;; esac ;;
  *) exit 64 ;;
esac
"""
_CHANGES = {"kill": "false false", "start": "true false", "pause": "true true", "unpause": "true false"}


def stand_in(folder: Path) -> None:
    """Write `docker` into a folder, with the container running."""
    program = folder / "docker"
    program.write_text(PROGRAM)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "state").write_text("true false\n")


class _Engine(BaseHTTPRequestHandler):
    """As much of Docker's Engine API as the command needs: https://docs.docker.com/reference/api/engine/."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def do_HEAD(self) -> None:
        self._answer(200)

    def do_GET(self) -> None:
        if self.path == "/_ping":
            self._answer(200)
        elif not self._knows(r"/v[\d.]+/containers/web-1/json"):
            self._answer(404, {"message": f"No such container: {self.path.split('/')[-2]}"})
        else:
            running, paused = (word == "true" for word in (self.folder / "state").read_text().split())
            state = {"Running": running, "Paused": paused, "Status": "paused" if paused else "running"}
            host = {"AutoRemove": (self.folder / "auto-remove").exists()}
            self._answer(200, {"Id": "c0ffee", "Name": "/web-1", "State": state, "HostConfig": host})

    def do_POST(self) -> None:
        found = self._knows(r"/v[\d.]+/containers/web-1/(kill|start|pause|unpause)(\?.*)?")
        if not found:
            return self._answer(404, {"message": "No such container: web-1"})
        with (self.folder / "asked").open("a") as asked:
            asked.write(f"{found[1]} web-1\n")
        if found[1] == "unpause" and (self.folder / "state").read_text() != "true true\n":
            return self._answer(409, {"message": "Container web-1 is not paused"})
        (self.folder / "state").write_text(f"{_CHANGES[found[1]]}\n")
        return self._answer(204)

    def address_string(self) -> str:
        return "here"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return

    def _knows(self, pattern: str) -> re.Match[str] | None:
        return re.fullmatch(pattern, self.path) if (self.folder / "state").exists() else None

    def _answer(self, status: int, body: object = None) -> None:
        text = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Api-Version", "1.50")
        self.send_header("Ostype", "linux")
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def stand_in_engine(folder: Path) -> Iterator[str]:
    """Serve its API; gives what DOCKER_HOST must say."""
    (folder / "state").write_text("true false\n")
    place = folder / "engine.sock"
    with socketserver.ThreadingUnixStreamServer(str(place), type("_", (_Engine,), {"folder": folder})) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"unix://{place}"
        server.shutdown()
