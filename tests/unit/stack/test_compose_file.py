"""docker-compose.yml carries the same stack. No engine runs here: it is held to a linter and to the words of the product."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
from ruamel.yaml import YAML
from typer.main import get_command
from yamllint import linter
from yamllint.config import YamlLintConfig

from harness.cli.app import app
from harness.cli.remote import address
from harness.cli.run_options import Asked
from harness.cli.ui import shelf_of
from harness.experiment.scenario_files import find_target
from harness.stack import Ports
from harness.stack.edges import edges_of

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose():
    return YAML(typ="safe").load(COMPOSE.read_text())


def test_it_is_clean_yaml():
    """yamllint finds nothing."""
    assert [str(problem) for problem in linter.run(COMPOSE.read_text(), YamlLintConfig("extends: default"))] == []


def test_it_is_what_the_compose_specification_allows():
    """It validates against the Compose Specification's own schema; every key and form in it is known to Compose."""
    schema = json.loads((Path(__file__).parent / "third_party/compose-spec.json").read_text())
    document = YAML(typ="safe", pure=True).load(COMPOSE)
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(document)] == []


def test_compose_itself_accepts_it():
    """`docker compose config -q` is silent, where there is a docker client with compose."""
    try:
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no docker client is installed here: only the linter and the tests beside this one hold the file")
    if asked.returncode != 0:
        pytest.skip(
            "the docker client here has no compose: only the linter and the tests beside this one hold the file"
        )
    done = subprocess.run(["docker", "compose", "config", "-q"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_dockerfile_is_clean():
    """hadolint finds nothing in it, not even a hint."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_image_is_pinned(compose):
    """Each image names an exact version, the one that is built too."""
    images = [service["image"] for service in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [image for image in images if not re.search(r":v?\d+\.\d+(\.\d+)?(-[\w.-]+)?$", image)] == []


def test_all_that_stays_up_is_asked_for_its_health(compose):
    """Every service but the migration, which ends, has a health check."""
    assert [name for name, service in compose["services"].items() if "healthcheck" not in service] == ["migrate"]


def test_the_parts_of_the_stack_are_there(compose):
    """The same processes as `harness up`, the UI and its workers; the Pact Broker and its database come when asked for."""
    parts = {"postgres", "valkey", "toxiproxy", "migrate", "orders", "relay", "payments", "master", "worker"}
    asked_for = {name for name, service in compose["services"].items() if service.get("profiles") == ["broker"]}
    assert asked_for == {"broker", "broker-database"}
    assert set(compose["services"]) == parts | asked_for


def test_nothing_is_published_beyond_loopback(compose):
    """Other machines reach no port of it."""
    published = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_same_edges_with_their_traffic_through_them(compose):
    """Toxiproxy has the product's edges, each upstream is a service of the file, and each address given is an edge's."""
    proxies = json.loads(compose["configs"]["edges"]["content"])
    product = edges_of(Ports(**dict.fromkeys(Ports.__slots__, 1)))
    assert [proxy["name"] for proxy in proxies] == list(product)
    assert all(proxy["upstream"].split(":")[0] in compose["services"] for proxy in proxies)
    listening = {proxy["listen"].split(":")[1] for proxy in proxies}
    orders = compose["services"]["orders"]["environment"]
    given = [re.search(r"toxiproxy:(\d+)", value)[1] for name, value in orders.items() if name.endswith("_URL")]
    assert set(given) < listening
    assert len(given) == 3


def test_the_ui_and_its_workers_find_each_other(compose, tmp_path, monkeypatch):
    """The UI's command line and its target are understood by this version; its workers go where it listens, with its secret, as many as it
    expects."""
    (tmp_path / "harness.yaml").write_text(compose["configs"]["targets"]["content"].replace("python", sys.executable))
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/shop.py").write_text((ROOT / "scenarios/shop.py").read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_JWT_SECRET", "only-in-containers-0123456789abcdef")
    master, worker = compose["services"]["master"], compose["services"]["worker"]
    assert master["command"][:4] == ["python", "-m", "harness.cli", "ui"]
    words = [word.replace("${WORKERS:-1}", "4") for word in master["command"][4:]]
    asked = get_command(app).commands["ui"].make_context("ui", words).params
    flags = dict.fromkeys(("users", "spawn_rate")) | dict.fromkeys(("rate", "duration"), "")
    bare = Asked(locustfile=asked["locustfile"], source=None, host=asked["target"], tags=(), exclude_tags=(), **flags)
    assert shelf_of([], bare)[0].offered()
    target = find_target(asked["target"], os.environ)
    assert target.headers["Authorization"].startswith("Bearer ey")
    assert target.limits.hosts == ("toxiproxy",)
    assert (asked["master"], asked["expect_workers"]) == (True, 4)
    assert worker["command"][-1] == f"master:{address(asked['bind'])[1]}"
    assert worker["deploy"]["replicas"] == "${WORKERS:-1}"
    assert worker["environment"]["HARNESS_WORKER_TOKEN"] == master["environment"]["HARNESS_WORKER_TOKEN"]


def test_what_the_image_copies_is_not_ignored():
    """Each folder that the Dockerfile copies is let through by .dockerignore."""
    copied = re.findall(r"^COPY (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == allowed
    assert all((ROOT / path).exists() for path in copied)
