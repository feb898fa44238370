"""A locustfile's own options come from `locust.conf` and `LOCUST_*`, as under Locust."""

from __future__ import annotations

import pytest

from harness.errors import BadInput
from harness.model import OpenStage, Profile

pytestmark = pytest.mark.integration
SOURCE = """
from locust import FastHttpUser, events, task

@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--tenant", default="nobody", env_var="LOCUST_TENANT")
    parser.add_argument("--colour", default="none")

class Mine(FastHttpUser):
    @task
    def go(self):
        options = self.environment.parsed_options
        self.client.get(f"/ok/{options.tenant}/{options.colour}", name="go")
"""
PROFILE = Profile((OpenStage(name="load", rate=10, duration=0.5),))


def test_its_own_options_are_read(bench, monkeypatch, tmp_path) -> None:
    """One from the environment, one from the file of the working folder."""
    (tmp_path / "locust.conf").write_text("colour = red\nusers = 7\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCUST_TENANT", "acme")
    bench.run(SOURCE, profile=PROFILE)
    assert {path for _, path, _, _ in bench.target.seen} == {"/ok/acme/red"}


def test_an_option_that_nobody_knows_is_bad_input(bench, monkeypatch, tmp_path) -> None:
    """Locust refuses it; so do we, with its own words."""
    (tmp_path / "locust.conf").write_text("no-such-option = 1\n")
    monkeypatch.chdir(tmp_path)
    with bench.start(bench.plan(SOURCE, profile=PROFILE)) as generator, pytest.raises(BadInput, match="no-such-option"):
        generator.ready(60)
