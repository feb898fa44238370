"""What the UI process is told at its start: a value that travels to it as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from harness.errors import BadInput

__all__ = ["MOST_LISTENERS", "UiSettings"]

MOST_LISTENERS = 64  # streams at once: tabs that were left open, most often

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class UiSettings:
    """`host` and `port` to listen on; `base_path` such as `/locust` behind a proxy, or empty. `hosts` are names under which browsers
    may come, beside the one that is listened on. `token` lets people change something where that needs one. `plugin` is a Python
    file that is loaded beside Locust, for routes, tabs and a login of one's own. `reports` is the folder of runs."""

    host: str = "127.0.0.1"
    port: int = 8089
    base_path: str = ""
    hosts: tuple[str, ...] = ()
    login: bool = False
    token: str = field(default="", repr=False)
    plugin: str = ""
    reports: str = "reports"

    def checked(self) -> UiSettings:
        """The same. Raises BadInput for what cannot be served."""
        if self.base_path and (not self.base_path.startswith("/") or self.base_path.endswith("/")):
            raise BadInput(
                f"`{self.base_path}` is no path prefix.",
                "Write it with a slash before and none after, such as /locust.",
            )
        if self.login and not (self.token or self.plugin):
            raise BadInput(
                "--web-login needs something to log in with.",
                "Set HARNESS_UI_TOKEN to a secret of your choice, or bring a login of your own with --plugin.",
            )
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it: then whoever has the page may change something."""
        return self.host in _LOOPBACK and not any(
            urlsplit(f"//{name}").hostname not in _LOOPBACK for name in self.hosts
        )

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = "127.0.0.1" if self.host in ("", "0.0.0.0", "*", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}{self.base_path}/"

    def to_message(self) -> dict[str, object]:
        """As plain data."""
        return {**asdict(self), "hosts": list(self.hosts)}

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> UiSettings:
        """From plain data, as `to_message` made it."""
        return cls(**{**message, "hosts": tuple(message["hosts"])})
