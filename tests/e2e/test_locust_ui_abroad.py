"""The Locust UI behind a login and a path prefix, on a phone, its load sent from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from harness.stack import free_ports
from tests.e2e.browser import CHROMIUM, opened
from tests.e2e.cockpit import ui_in
from tests.e2e.command import harness, runs
from tests.e2e.foreign import foreign_target

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: no Chromium is installed here (make browser)"),
]
PHONE = 390


def test_signing_in_behind_a_prefix_on_a_phone(place: Path) -> None:
    """Whoever wanted a page comes to it once signed in; the stream fills it while a test runs that was started there and is sent by a
    worker elsewhere; a fault by hand comes and goes, two runs are compared; no page is wider than the phone."""
    (port,) = free_ports(1)
    at = f"127.0.0.1:{port}"
    arguments = ("foreign.yaml", "--web-login", "--base-path", "/team/locust", "--master", "--bind", at)
    with (
        foreign_target(place) as foreign,
        worker_for(place, at),
        ui_in(place, *arguments, HARNESS_UI_TOKEN="hunter2") as (ui, _),
        opened(width=PHONE) as page,
    ):
        page.goto(f"{ui.url}harness/live")
        sign_in(page, "guess")
        expect(page.locator("body")).to_contain_text("That is not the access token")
        sign_in(page, "hunter2")
        expect(page).to_have_url(f"{ui.url}harness/live")
        start_calm(page, ui.url, "200s")
        page.goto(f"{ui.url}harness/live")
        expect(page.locator(".chip.running")).to_be_visible()
        expect(page.locator("table.workers")).to_contain_text("127.0.0.1")
        page.fill("input[name=text]", "a note")
        page.click("text=Add")
        expect(page.locator("figure[data-chart=rate] line.mark-line")).to_be_attached()
        expect(page.locator("[data-operation-name='all operations']")).to_be_attached()  # came by the stream
        page.goto(f"{ui.url}harness/faults")
        expect(page.locator("table.faults")).to_have_count(0)  # those of the scenario were not armed
        page.fill("input[name='latency.delay']", "50ms")
        page.click("text=Put it on")
        expect(page.locator("svg.edges.narrow g.edge")).to_contain_text(["latency +50 ms"])
        assert len(foreign.toxics()) == 1
        page.click("text=Heal all")
        expect(page.locator("p[role=status]")).to_contain_text("Healed: 1 by hand")
        assert foreign.toxics() == []
        for name in ("", "harness/live", "harness/faults", "harness/contract", "harness/audit", "harness/runs"):
            page.goto(ui.url + name)
            expect(page.locator("nav a[aria-current=page]")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, name
        page.goto(f"{ui.url}harness/live")
        page.locator("button:has-text('Stop')").click()
        expect(page.locator("text=Open the report")).to_be_visible()
        start_calm(page, ui.url, "2s")
        page.goto(f"{ui.url}harness/live")
        expect(page.locator("text=Open the report")).to_be_visible()
        page.goto(f"{ui.url}harness/runs")
        page.click("button:has-text('Compare')")
        stopped, _ = runs(place)
        expect(page.locator("main table")).to_contain_text(f"Nothing was compared: {stopped.name}: it is not complete")
        page.click("text=Open the report of the comparison")
        expect(page.locator("body")).to_contain_text(stopped.name)


def sign_in(page: Page, token: str) -> None:
    """On Locust's own login page."""
    page.fill("input[name=token]", token)
    page.click("button:has-text('Sign in')")


def start_calm(page: Page, url: str, seconds: str) -> None:
    """By Locust's form, its faults not armed."""
    page.goto(url)
    if page.locator("button:has-text('New')").count():
        page.locator("header button:visible").last.click()  # Locust's menu, on a phone
        page.click("button:visible:has-text('New')")
    page.fill("input[name=duration]", seconds)
    page.locator("[data-field=faults] input[type=checkbox]").uncheck()
    with page.expect_response("**/swarm") as answered:
        page.click("form button[type=submit]")
    assert answered.value.json()["success"] is True, answered.value.text()


@contextmanager
def worker_for(place: Path, at: str) -> Iterator[None]:
    """It waits there for tests until this is over."""
    worker = harness("run", "--worker", at, cwd=place)
    worker.start()
    try:
        yield
    finally:
        for line in worker.alive():
            psutil.Process(int(line.split()[0])).kill()
