"""The Locust UI behind a login and a path prefix, on a phone."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import CHROMIUM, opened
from tests.e2e.cockpit import ui_in
from tests.e2e.foreign import foreign_target

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: no Chromium is installed here (make browser)"),
]
SCENARIO = "name: quick\ntarget: mine\nload: {locustfile: mine.py, profile: {name: load, rate: 10/s, for: 60s}}\n"
PHONE = 390


def test_signing_in_behind_a_prefix_on_a_phone(place: Path) -> None:
    """Whoever wanted a page comes to it once signed in; the stream fills it while a test runs that was started there; no page is wider
    than the phone."""
    with foreign_target(place):
        (place / "quick.yaml").write_text(SCENARIO)
        arguments = ("quick.yaml", "--web-login", "--base-path", "/team/locust")
        with ui_in(place, *arguments, HARNESS_UI_TOKEN="hunter2") as (ui, _), opened(width=PHONE) as page:
            page.goto(f"{ui.url}harness/live")
            sign_in(page, "guess")
            expect(page.locator("body")).to_contain_text("That is not the access token")
            sign_in(page, "hunter2")
            expect(page).to_have_url(f"{ui.url}harness/live")
            page.goto(ui.url)
            page.fill("input[name=duration]", "200s")
            with page.expect_response("**/swarm") as answered:
                page.click("form button[type=submit]")
            assert answered.value.ok
            page.goto(f"{ui.url}harness/live")
            expect(page.locator(".chip.running")).to_be_visible()
            page.fill("input[name=text]", "a note")
            page.click("text=Add")
            expect(page.locator("figure[data-chart=rate] line.mark-line")).to_be_attached()
            expect(page.locator("[data-operation-name='all operations']")).to_be_attached()  # came by the stream
            for name in ("", "harness/live", "harness/faults", "harness/contract", "harness/audit", "harness/runs"):
                page.goto(ui.url + name)
                expect(page.locator("nav a[aria-current=page]")).to_be_visible()
                assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, name
            page.goto(f"{ui.url}harness/live")
            page.locator("button:has-text('Stop')").click()
            expect(page.locator("text=Open the report")).to_be_visible()


def sign_in(page: Page, token: str) -> None:
    """On Locust's own login page."""
    page.fill("input[name=token]", token)
    page.click("button:has-text('Sign in')")


def test_a_page_says_that_its_server_is_gone(place: Path) -> None:
    """A tab that was left open: what it shows is marked as old, and is fresh again with the next server at that address."""
    with foreign_target(place):
        (place / "quick.yaml").write_text(SCENARIO)
        with opened() as page, ui_in(place, "quick.yaml") as (ui, command):
            page.goto(f"{ui.url}harness/live")
            expect(page.locator(".chip.ready")).to_be_visible()
            expect(page.locator("body[data-stream=open]")).to_be_attached()
            os.kill(next(int(p.split()[0]) for p in command.alive() if "harness.cli" in p), signal.SIGINT)
            expect(page.locator("[data-offline]")).to_contain_text("What was in force was healed")
            assert not command.ended()
            token = page.locator("meta[name=harness-csrf]").get_attribute("content")
            with ui_in(place, "quick.yaml", port=urlsplit(ui.url).port or 0) as (_, again):
                expect(page.locator("meta[name=harness-csrf]")).not_to_have_attribute("content", str(token))
                expect(
                    page.locator("body[data-stream=open]")
                ).to_be_attached()  # whoever has not heard the server cannot be told its end
                expect(page.locator("[data-offline]")).to_be_hidden()
                os.kill(next(int(p.split()[0]) for p in again.alive() if "harness.cli" in p), signal.SIGKILL)
                expect(page.locator("[data-offline]")).to_contain_text("Its guard heals what was in force")
