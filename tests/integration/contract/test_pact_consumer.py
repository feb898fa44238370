"""The consumer's fixture, in a pytest run of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

CONSUMER = """
import json
import urllib.request

def asked(pact, path):
    about = pact.upon_receiving(f"read {path}").given("an item is in stock", item="kettle")
    about.with_request("GET", path)
    about.will_respond_with(200).with_body({"id": "kettle"}, content_type="application/json")
    return pact

def read(server, path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{server.url}{path}", timeout=5) as answer:
        return json.load(answer)

def test_one(pact_consumer):
    with asked(pact_consumer("web", "shop"), "/items/kettle").serve() as server:
        assert read(server, "/items/kettle") == {"id": "kettle"}

def test_two(pact_consumer):
    with asked(pact_consumer("web", "shop"), "/items/teapot").serve() as server:
        assert read(server, "/items/teapot") == {"id": "kettle"}

def test_that_fails(pact_consumer):
    with asked(pact_consumer("web", "other"), "/wrong").serve() as server:
        read(server, "/wrong")
    assert False

def test_that_never_asks(pact_consumer):
    with asked(pact_consumer("web", "silent"), "/never").serve():
        pass
"""


def test_passing_tests_write_a_pact_and_failing_ones_nothing(tmp_path: Path) -> None:
    """One file for both interactions; what an earlier session left in it is gone; an interaction that nobody asked for fails its test."""
    (tmp_path / "test_web.py").write_text(CONSUMER)
    (tmp_path / "pytest.ini").write_text("[pytest]\nharness_pact_folder = contracts\n")
    stale = {
        "consumer": {"name": "web"},
        "provider": {"name": "shop"},
        "interactions": [],
        "metadata": {"old": {"a": "b"}},
    }
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/web-shop.json").write_text(json.dumps(stale))
    program = [sys.executable, "-m", "pytest", "-q", "-p", "harness.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 failed, 2 passed" in done.stdout
    assert [path.name for path in (tmp_path / "contracts").iterdir()] == ["web-shop.json"]
    pact = json.loads((tmp_path / "contracts/web-shop.json").read_text())
    assert sorted(one["description"] for one in pact["interactions"]) == ["read /items/kettle", "read /items/teapot"]
    assert "old" not in pact["metadata"]


def test_the_example_of_the_docs_writes_a_pact(tmp_path: Path) -> None:
    """As it stands in docs/pact.md."""
    page = (Path(__file__).parents[3] / "docs" / "pact.md").read_text()
    (tmp_path / "test_storefront.py").write_text(page.split("```python\n")[1].split("```")[0])
    program = [sys.executable, "-m", "pytest", "-q", "-p", "harness.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*program, "--harness-pact-folder", "pacts"], cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout.decode()
    assert json.loads((tmp_path / "pacts/storefront-orders.json").read_text())["provider"]["name"] == "orders"
