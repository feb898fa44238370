"""A headless Chromium over its debugging pipe: enough of it to open a file, look at it and ask it questions.

Protocol: https://chromedevtools.github.io/devtools-protocol/ (messages end with a NUL; the browser reads from fd 3 and writes to fd 4).
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--remote-debugging-pipe",
)


class Browser:
    """One page of one browser. `requests` lists every address that the page asked for, `complaints` what its console said."""

    def __init__(self, reads: int, writes: int) -> None:
        self._reads, self._writes = reads, writes
        self._number, self._buffer, self._session = 0, b"", ""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """One command and its answer. Raises RuntimeError with what the browser said."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._hear(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, file: Path, *, width: int, height: int = 900, dark: bool = False, scripts: bool = True) -> None:
        """Load a file from disk and wait until it stands. `width` and `height` in px."""
        self.requests.clear()
        self.complaints.clear()
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="screen", features=[theme])
        self.call("Page.navigate", url=file.resolve().as_uri())
        while self._hear(self._next()) != "Page.loadEventFired":
            pass

    def ask(self, expression: str) -> Any:
        """The value of some JavaScript (works with the page's own scripts off, too)."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def picture(self, *, whole: bool = False) -> bytes:
        """A PNG of the window, or of the whole page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(shot["data"])

    def pdf(self) -> bytes:
        """As printed, with the page's own @page."""
        self.call("Emulation.setEmulatedMedia", media="print")
        printed = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        return base64.b64decode(printed["data"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            more = os.read(self._reads, 1 << 20)
            if not more:
                raise RuntimeError("the browser went away")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    def _hear(self, message: dict[str, Any]) -> str:
        method, params = str(message.get("method", "")), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        return method


@contextmanager
def browser() -> Iterator[Browser]:
    """Start one with a profile of its own, and end it. Raises FileNotFoundError where there is none."""
    program = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if program is None:
        raise FileNotFoundError("There is no chromium on PATH. Install one: apt-get install chromium")
    to_read, to_write = os.pipe(), os.pipe()
    with (
        tempfile.TemporaryDirectory(prefix="pictures-", ignore_cleanup_errors=True) as profile,
        Path(os.devnull).open("w") as quiet,
    ):
        actions = [
            (os.POSIX_SPAWN_DUP2, _high(to_read[0]), 3),
            (os.POSIX_SPAWN_DUP2, _high(to_write[1]), 4),
            (os.POSIX_SPAWN_DUP2, quiet.fileno(), 2),
        ]
        pid = os.posix_spawn(
            program,
            [program, *_FLAGS, f"--user-data-dir={profile}"],
            dict(os.environ),
            file_actions=actions,
            setsid=True,
        )
        os.close(to_read[0])
        os.close(to_write[1])
        try:
            yield Browser(to_write[0], to_read[1])
        finally:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(to_read[1])
            os.close(to_write[0])


def _high(fd: int) -> int:
    """The same pipe under a number that 3 and 4 can't clobber."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
