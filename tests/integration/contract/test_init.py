"""`harness init` and `harness check` as a newcomer types them, on a service of somebody else's."""

from __future__ import annotations

import json
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
    """Two commands: a target is written, and its planted fault is found, annotated for CI, and accepted by a baseline."""
    monkeypatch.chdir(tmp_path)
    with misbehaving("fine", "text") as service:
        assert run_command(["init", service.target.url]) == 0
        assert read_target("misbehaving", environ={}, start=tmp_path, builtin={}).url == service.target.url
        capsys.readouterr()
        check = ["check", "misbehaving", "--phases", "coverage", "--budget", "60s"]
        assert (
            run_command([*check, "--format", "github", "--format", "json=found.json", "--pytest", "test_found.py"]) == 1
        )
        assert "::error title=response_schema_conformance%3A text" in capsys.readouterr().out
        found = json.loads((tmp_path / "found.json").read_text())
        assert [cause["fails"] for cause in found["causes"]][:2] == [True, False]
        compile((tmp_path / "test_found.py").read_text(), "test_found.py", "exec")
        assert run_command([*check, "--baseline", "b.yaml", "--baseline-update"]) == 0
        assert run_command(["init", service.target.url]) == 3
        assert "stays as it is" in capsys.readouterr().err


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
