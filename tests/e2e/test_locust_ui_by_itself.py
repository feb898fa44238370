"""What users of Locust's command expect of its UI: `--autostart`, `--autoquit` and `--class-picker`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import CHROMIUM, opened
from tests.e2e.cockpit import Ui, ui_in
from tests.e2e.command import harness, runs
from tests.e2e.foreign import foreign_target

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
LOCUSTFILE = """\
from locust import FastHttpUser, constant, task

print("what a locustfile prints is no answer")

class Base(FastHttpUser):
    abstract = True
    wait_time = constant(0.1)

class Buyer(Base):
    @task
    def buy(self):
        self.client.get("/", name="buy")

class Browser(Base):
    @task
    def look(self):
        self.client.get("/", name="look")
"""
LOAD = ("-f", "mine.py", "-H", "mine", "-u", "4", "-t", "2s")


def summary_of(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return summary


def test_a_test_begins_by_itself_and_ends_the_command_with_its_verdict(place: Path) -> None:
    """As flags and locust.conf say; the page is there meanwhile, and nothing lives on."""
    with foreign_target(place):
        (place / "mine.py").write_text(LOCUSTFILE)
        (place / "locust.conf").write_text("autostart = true\nautoquit = 0\nusers = 9\n")
        command = harness("ui", *LOAD, "--port", "0", cwd=place)
        done = command.run()
        assert done.returncode == 0, done.stderr
        assert not command.ended()
    assert "Locust UI    http://127.0.0.1:" in done.stdout
    assert "PASS  mine kept what it promised" in done.stdout
    (folder,) = runs(place)
    assert f"report: {folder.relative_to(place)}/report.html" in done.stdout
    summary = summary_of(folder)
    assert {one["name"] for one in summary["operations"]} == {"buy", "look"}
    assert summary["stages"][0]["plan"].startswith("4 users")
    assert summary["origin"]["by"] == "in the Locust UI by --autostart"


def test_the_start_form_chooses_user_classes(place: Path) -> None:
    """Those of the locustfile are offered, all of them first; one alone makes the load; one that is not there is told beside the field."""
    with foreign_target(place):
        (place / "mine.py").write_text(LOCUSTFILE)
        with ui_in(place, *LOAD, "--class-picker") as (ui, _):
            told = ui.client.get("harness/classes", params={"scenario": "mine"}).json()
            assert told == {"classes": ["Buyer", "Browser"], "chosen": []}
            assert "Did you mean `Buyer`" in ui.start("mine", user_classes="Buyr")["errors"]["user_classes"]
            if CHROMIUM is None:
                assert ui.start("mine", user_classes="Buyer")["success"] is True
            else:
                by_browser(ui)
            ui.over()
            (folder,) = runs(place)
            assert [one["name"] for one in summary_of(folder)["operations"]] == ["buy"]
            assert summary_of(folder)["stages"][0]["plan"].startswith("4 users")
            (place / "mine.py").write_text("import nothing_of_that_name\n")
            broken = ui.client.get("harness/classes", params={"scenario": "mine"}).json()
            assert "nothing_of_that_name" in broken["error"]


def by_browser(ui: Ui) -> None:
    with opened() as page:
        page.goto(ui.url)
        boxes = page.locator("[data-field=user_classes] label")
        expect(boxes).to_have_text(["Buyer", "Browser"])
        expect(page.locator("input[name=userCount]")).to_have_value("4")
        for name in ("Buyer", "Browser"):
            page.get_by_label(name, exact=True).uncheck()
        with page.expect_response("**/swarm"):
            page.click("form button[type=submit]")
        expect(page.locator("[data-field=user_classes] em")).to_contain_text("choose at least one")
        page.get_by_label("Buyer", exact=True).check()
        with page.expect_response("**/swarm"):
            page.click("form button[type=submit]")
