"""The user's schemathesis.toml, with what the target and the flags say on top."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.contract.engine_config import engine_config, is_made
from harness.contract.engine_file import find_engine_file, read_engine_file
from harness.errors import BadDocument

SPEC: dict[str, Any] = {
    "base_url": "http://127.0.0.1:1",
    "headers": {"Authorization": "Bearer ours"},
    "threads": 1,
    "verify_tls": True,
    "read_only": False,
    "request_timeout": 5.0,
    "seed": 7,
}
THEIRS = """
base-url = "http://elsewhere.example"
max-time = 3600
request-timeout = 1.5
headers = {X-Tenant = "a", Authorization = "Bearer theirs"}
[phases.stateful]
enabled = false
[generation]
max-examples = 5
[auth.openapi.token]
bearer = "x"
[checks.unsupported_method]
enabled = false
[[project]]
title = "shop"
base-url = "http://elsewhere.example"
"""


def test_their_file_is_honoured_in_all_but_where_and_how_long_to_send(tmp_path: Path) -> None:
    """Checks, auth, phases and examples are theirs; the host, the time and our credentials are not."""
    (tmp_path / "schemathesis.toml").write_text(THEIRS)
    (tmp_path / "below").mkdir()
    file = find_engine_file(tmp_path / "below")
    assert file is not None
    config = engine_config({**SPEC, "config": file.document}, ["coverage", "stateful"])
    assert config["base-url"] == "http://127.0.0.1:1"
    assert "max-time" not in config
    assert config["request-timeout"] == 1.5
    assert config["headers"] == {"X-Tenant": "a", "Authorization": "Bearer ours"}
    enabled = {name: about["enabled"] for name, about in config["phases"].items()}
    assert enabled == {"examples": False, "coverage": True, "fuzzing": False, "stateful": False}
    assert config["generation"]["max-examples"] == 5
    assert config["auth"] == {"openapi": {"token": {"bearer": "x"}}}
    assert config["checks"] == {"unsupported_method": {"enabled": False}}
    assert config["project"] == [{"title": "shop"}]
    assert config["seed"] == 7


def test_flags_win_over_the_file() -> None:
    """What somebody types is meant."""
    config = engine_config(
        {**SPEC, "config": {"generation": {"max-examples": 5}}, "max_examples": 9, "checks": ["ignored_auth"]}, []
    )
    assert config["generation"]["max-examples"] == 9
    assert config["checks"] == {"enabled": False, "ignored_auth": {"enabled": True}}


def test_where_only_reading_is_allowed_no_other_method_is_tried() -> None:
    """Off loopback, without `writes: true`, whatever the file says."""
    config = engine_config(
        {**SPEC, "read_only": True, "config": {"phases": {"coverage": {"unexpected-methods": ["DELETE"]}}}},
        ["coverage"],
    )
    assert config["phases"]["coverage"]["unexpected-methods"] == []
    assert config["checks"]["unsupported_method"] == {"enabled": False}


def test_a_file_that_does_not_parse_is_named(tmp_path: Path) -> None:
    """Neither a broken file nor a missing one is taken for none."""
    (tmp_path / "schemathesis.toml").write_text("seed = ")
    with pytest.raises(BadDocument, match="not TOML"):
        find_engine_file(tmp_path)
    with pytest.raises(BadDocument, match="could not be read"):
        read_engine_file(tmp_path / "other.toml")


@pytest.mark.parametrize(
    ("checks", "theirs", "made"),
    [
        ([], {}, {"not_a_server_error", "response_schema_conformance"}),
        (["not_a_server_error"], {}, {"not_a_server_error"}),
        ([], {"response_schema_conformance": {"enabled": False}}, {"not_a_server_error"}),
        ([], {"enabled": False, "response_schema_conformance": {"enabled": True}}, {"response_schema_conformance"}),
        (["not_a_server_error"], {"not_a_server_error": {"enabled": False}}, {"not_a_server_error"}),
    ],
)
def test_a_phase_of_ours_makes_the_checks_that_are_wanted(
    checks: list[str], theirs: dict[str, object], made: set[str]
) -> None:
    """The flags decide, else the user's own file."""
    spec = {**SPEC, "checks": checks, "config": {"checks": theirs}}
    assert {name for name in ("not_a_server_error", "response_schema_conformance") if is_made(spec, name)} == made
