"""`harness init` and `harness check` as a newcomer types them, on a service of somebody else's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.cli.entry import run_command
from harness.config import read_target
from harness.contract import fetch_description
from harness.errors import BadInput
from harness.experiment.introduction import introduce
from harness.model import Target
from tests.integration.contract.misbehaving import misbehaving

pytestmark = pytest.mark.integration


def test_from_a_url_to_a_first_true_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two commands: a target is written, and its planted faults are found, annotated for CI, and accepted by a baseline. The printed curl
    and the printed tests show them, until the service is mended."""
    monkeypatch.chdir(tmp_path)
    with misbehaving("fine", "text", "vault") as service:
        assert run_command(["init", service.target.url]) == 0
        assert read_target("misbehaving", environ={}, start=tmp_path, builtin={}).url == service.target.url
        capsys.readouterr()
        token = ["-H", "Authorization: Bearer s3cret"]
        check = ["check", "misbehaving", *token, "--phases", "coverage", "--budget", "60s"]
        assert (
            run_command([*check, "--format", "github", "--format", "json=found.json", "--pytest", "test_found.py"]) == 1
        )
        assert "::error title=response_schema_conformance%3A text" in capsys.readouterr().out
        found = json.loads((tmp_path / "found.json").read_text())
        assert [cause["fails"] for cause in found["causes"]][:3] == [True, True, False]
        lines = {cause["operations"][0]: cause["curl"] for cause in found["causes"] if cause["fails"]}
        base = {"BASE": service.target.url, "TOKEN": "s3cret"}
        assert {name: printed(line, base) for name, line in lines.items()} == {
            "text": ("<html>hello</html>", "200"),
            "vault": ("{}", "500"),
        }
        failed = reproduced("test_found.py", base)
        assert (failed["passed"], failed["failed"]) == (0, len(found["causes"]))
        service.mended = True
        assert {printed(line, base) for line in lines.values()} == {('{"id": 1}', "200")}
        assert reproduced("test_found.py", base) == {"passed": len(found["causes"]), "failed": 0}
        service.mended = False
        assert run_command([*check, "--baseline", "b.yaml", "--baseline-update"]) == 0
        assert run_command(["init", service.target.url]) == 3
        assert "stays as it is" in capsys.readouterr().err


def printed(line: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """What a shell makes of a printed curl line: the answer's body and status."""
    argv = ["sh", "-c", rf"{line} -s -S --max-time 30 -w '\n%{{http_code}}'"]
    said = subprocess.run(argv, env={**os.environ, **environ}, capture_output=True, text=True, check=True).stdout
    body, _, status = said.rpartition("\n")
    return body, status


def reproduced(module: str, environ: Mapping[str, str]) -> dict[str, int]:
    """How the tests of a written module fare, without the plugins of ours that they do not need."""
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", module]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environ}
    said = subprocess.run(argv, env=env, capture_output=True, text=True, check=False).stdout
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|errors?)", said.splitlines()[-1])}
    return {"passed": 0, "failed": 0, **counts}


def test_a_service_under_a_prefix_that_its_description_does_not_tell_is_found_there(tmp_path: Path) -> None:
    """Mounted applications describe themselves without their mount point."""
    with misbehaving("fine") as service:
        service.prefix = "api/"
        about = introduce(service.target.url, url="", here=tmp_path, environ={})
    assert about.url == f"{service.target.url}/api"
    assert about.named == f"{service.target.url}/openapi.json"


def test_where_nothing_is_to_be_found_it_says_what_to_type(tmp_path: Path) -> None:
    """It never asks."""
    with pytest.raises(BadInput, match="No description was found"):
        introduce("", url="http://127.0.0.1:1", here=tmp_path, environ={})
    (tmp_path / "openapi.json").write_text('{"openapi": "3.1.0", "paths": {}}')
    with pytest.raises(BadInput, match="does not say where its service is"):
        introduce("", url="", here=tmp_path, environ={})


def test_introspection_is_a_description(tmp_path: Path) -> None:
    """A GraphQL endpoint is found by asking it."""
    with misbehaving("graphql") as service:
        found = fetch_description(Target(name="g", url=service.target.url))
    assert (found.version, found.base_url) == ("GraphQL", f"{service.target.url}/graphql")
    assert [o.name for o in found.operations] == ["Query.hello"]
