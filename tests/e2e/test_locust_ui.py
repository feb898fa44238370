"""The Locust UI as an engineer uses it: start a scenario, hurt and heal by hand, read the report, compare two runs.

In headless Chromium, where one is installed (CI sees to it; `make browser`). Elsewhere the same steps are taken over HTTP,
and a warning says what was not looked at: a browser.
"""

from __future__ import annotations

import os
import re
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from harness.stack.toxiproxy import find_toxiproxy
from tests.e2e.browser import CHROMIUM, opened
from tests.e2e.command import HARNESS, ROOT, Command, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]  # start, steps and end together, on a busy machine


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """`harness up` with reports of its own; everything it started has ended afterwards."""
    program = str(find_toxiproxy(os.environ, progress=lambda _: None))
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HARNESS_TOXIPROXY": program}
    up = Command([*HARNESS, "up", "--ui-port", "0", "--reports", str(tmp_path / "reports")], ROOT, env)
    process = up.start()
    status = Command([*HARNESS, "status"], ROOT, env)
    try:
        assert wait_for(lambda: status.run().returncode == 0, 120), process.communicate()
        found = re.search(r"Locust UI +(\S+)", status.run().stdout)
        assert found is not None
        yield found[1]
    finally:
        Command([*HARNESS, "down"], ROOT, env).run()
        process.communicate(timeout=60)
    assert not up.ended()


def test_an_engineer_starts_hurts_heals_reads_and_compares(url: str) -> None:
    """All of it in one sitting, on the bundled shop."""
    if CHROMIUM is None:
        warnings.warn(
            "NOT RUN in a browser: no Chromium is installed here; the same steps were taken over HTTP.", stacklevel=1
        )
        over_http(url)
        return
    with opened() as page:
        in_browser(page, url)


def in_browser(page: Page, url: str) -> None:
    start(page, url, seconds="99 parsecs")
    expect(page.locator("[data-field=duration] em")).to_contain_text("is not a duration")
    start(page, url, seconds="9s")
    page.goto(f"{url}harness/live")
    expect(page.locator(".chip.running")).to_be_visible()
    page.goto(f"{url}harness/faults")
    page.select_option("select[name=edge]", "payments")
    page.fill("input[name='latency.delay']", "50ms")
    page.fill("input[name=for]", "30s")
    page.click("text=Put it on")
    expect(page.locator("tr.hurting")).to_contain_text("by-hand-1")
    expect(page.locator(".countdown")).to_contain_text("s left")
    page.locator("tr.hurting button").click()
    expect(page.locator("tr.hurting")).to_have_count(0)
    page.goto(f"{url}harness/live")
    expect(page.locator("figure[data-chart=latency] rect.band[data-fault=by-hand-1]")).to_be_attached()
    page.click("text=Open the report")
    expect(page.locator("body")).to_contain_text("by-hand-1")
    start(page, url, seconds="3s")
    page.goto(f"{url}harness/live")
    expect(page.locator("text=Open the report")).to_be_visible()
    page.goto(f"{url}harness/runs")
    expect(page.locator("table.runs tbody tr, table.runs tr:has(input)")).to_have_count(2)
    page.click("button:has-text('Compare')")
    expect(page.locator("main table")).to_contain_text("place_order")


def start(page: Page, url: str, seconds: str) -> None:
    """By Locust's own form; after a run by its New button."""
    page.goto(url)
    if page.locator("button:has-text('New')").count():
        page.click("button:has-text('New')")
    page.select_option("select[name=scenario]", "shop")
    page.fill("input[name=userCount]", "5")
    page.fill("input[name=spawnRate]", "5")
    page.fill("input[name=duration]", seconds)
    with page.expect_response("**/swarm"):
        page.click("form button[type=submit]")


def over_http(url: str) -> None:
    with httpx.Client(base_url=url, timeout=30) as client:
        found = re.search(r'harness-csrf" content="([^"]+)', client.get("").text)
        assert found is not None
        csrf = {"X-Harness-Csrf": found[1]}

        def state() -> str:
            return str(client.get("harness/state").json()["test"]["state"])

        def run(seconds: str) -> None:
            form = {"scenario": "shop", "model": "users", "user_count": "5", "spawn_rate": "5", "duration": seconds}
            assert client.post("swarm", data=form, headers=csrf).json()["success"]
            assert wait_for(lambda: state() == "running", 60)

        run("9s")
        fault = {"edge": "payments", "kind": "latency", "latency.delay": "50ms", "for": "30s"}
        assert client.post("harness/faults/add", data=fault, headers=csrf).status_code == 303
        assert "by-hand-1" in client.get("harness/faults").text
        assert client.post("harness/faults/heal", data={"name": "by-hand-1"}, headers=csrf).status_code == 303
        assert wait_for(lambda: state() == "stopped", 60)
        run("3s")
        assert wait_for(lambda: state() == "stopped", 60)
        names = re.findall(r'name="base" value="([^"]+)"', client.get("harness/runs").text)
        assert len(names) == 2
        assert "by-hand-1" in client.get(f"harness/runs/{names[1]}/report.html").text
        pair = {"base": names[1], "candidate": names[0]}
        assert "place_order" in client.get("harness/compare", params=pair).text


def test_the_browser_of_the_system_is_looked_for_where_it_stands() -> None:
    """What installs it says loudly where it could not, and never fails the tests for that."""
    done = subprocess.run(
        [str(ROOT / ".ci" / "browser")], capture_output=True, text=True, env={"PATH": "/nowhere"}, check=False
    )
    assert done.returncode == 0
    assert "NOT RUN" in done.stderr
