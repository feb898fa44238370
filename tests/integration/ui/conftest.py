"""A UI process of its own, whose parent is scripted: real Locust, real HTTP, no target and no load."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from harness.errors import BadInput
from harness.stack import free_ports
from harness.ui import Topic, UiSettings
from harness.ui.window import UiProcess


@dataclass
class Parent:
    """Answers by what is asked; everything asked is kept. What has no answer here is refused."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any], str]] = field(default_factory=list)

    def __call__(self, what: str, body: Mapping[str, Any], who: str) -> Mapping[str, Any]:
        self.asked.append((what, body, who))
        if what not in self.answers:
            raise BadInput(f"The parent does not do `{what}` here.", "Ask for something else.")
        answer: Mapping[str, Any] = self.answers[what]
        return answer


@dataclass
class Page:
    """A UI that listens. `csrf` is the token that its own pages hold."""

    settings: UiSettings
    window: UiProcess
    parent: Parent
    client: httpx.Client

    @property
    def csrf(self) -> str:
        found = re.search(r'harness-csrf" content="([^"]+)', self.client.get("harness/live").text)
        assert found is not None
        return found[1]

    def show(self, topic: Topic, document: BaseModel) -> None:
        """Tell it, and wait until the page has it."""
        self.window.tell(topic, document)
        wanted = json.loads(document.model_dump_json())
        assert any(self.client.get("harness/state").json()[topic.value] == wanted for _ in range(500))


def spawn(argv: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            list(argv), env=dict(env), pass_fds=tuple(pass_fds), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[Page]:
    parent = Parent({"fault kinds": {"kinds": []}, "offers": {"scenarios": [], "targets": [], "chosen": ""}})
    about = UiSettings(**{"port": free_ports(1)[0], "reports": str(folder), **settings}).checked()
    window = UiProcess.start(about, parent, env=os.environ, log=folder / "ui.log", spawn=spawn)
    try:
        with httpx.Client(base_url=about.url, timeout=20) as client:
            yield Page(about, window, parent, client)
    finally:
        window.close()


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """On loopback, behind a path prefix."""
    with served(tmp_path_factory.mktemp("ui"), base_path="/team/locust") as one:
        yield one


@pytest.fixture(scope="session")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Reached under a public name, with Locust's login and an access token."""
    folder = tmp_path_factory.mktemp("abroad")
    with served(folder, hosts=("load.example",), login=True, token="hunter2") as one:
        yield one
