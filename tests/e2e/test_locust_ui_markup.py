"""Names and texts with markup in them, through every page of the Locust UI and the report, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import CHROMIUM, opened
from tests.e2e.cockpit import ui_in
from tests.e2e.foreign import foreign_target

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: no Chromium is installed here (make browser)"),
]
EVIL = "<img src=x onerror=document.body.dataset.hit=1></script><script>document.body.dataset.hit=2</script>"
SCENARIO = f"""\
name: markup
about: {json.dumps("about " + EVIL)}
target: mine
load:
  locustfile: evil.py
  profile: {{name: load, rate: 20/s, for: 4s}}
expect:
  - {json.dumps(f"errors of {EVIL} <= 1%")}
"""
LOCUSTFILE = f"""\
from locust import FastHttpUser, task

class Mine(FastHttpUser):
    @task
    def look(self):
        with self.client.get("/", name={EVIL!r}, catch_response=True) as answer:
            answer.failure({"text " + EVIL!r})
"""


def test_markup_is_shown_as_it_is_written(place: Path) -> None:
    """Of a scenario's text, an operation, an error, a mark: no page runs it or makes an element of it; it can be read (numbers of errors as N)."""
    with foreign_target(place):
        (place / "markup.yaml").write_text(SCENARIO)
        (place / "evil.py").write_text(LOCUSTFILE)
        with ui_in(place, "markup.yaml") as (ui, _), opened(width=1280) as page:
            page.goto(ui.url)
            expect(page.locator("body")).to_contain_text("about <img src=x")
            assert ui.start("markup")["success"] is True
            ui.sees(lambda state: state["test"]["state"] == "running")
            page.goto(f"{ui.url}harness/live")
            page.fill("input[name=text]", f"mark {EVIL}")
            page.click("text=Add")
            expect(page.locator("figure[data-chart=rate]")).to_contain_text("mark <img src=x")
            ui.over()
            for name in ("", "harness/live", "harness/faults", "harness/contract", "harness/audit", "harness/runs"):
                page.goto(ui.url + name)
                expect(page.locator("nav a[aria-current=page]")).to_be_visible()
                assert (
                    page.evaluate("document.body.dataset.hit ?? document.querySelectorAll('img[src=x]').length") == 0
                ), name
            page.goto(f"{ui.url}harness/live")
            expect(page.locator("main")).to_contain_text(EVIL)
            page.click("text=Open the report")
            expect(page.locator("body")).to_contain_text("text <img src=x onerror=document.body.dataset.hit=N>")
            assert page.evaluate("document.body.dataset.hit ?? document.querySelectorAll('img[src=x]').length") == 0
