"""What the script of our pages does when its server goes and comes back, in a real browser; the parent is scripted."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from harness.stack import free_ports
from harness.ui import Topic
from harness.ui.state import EdgeState, FaultsState
from tests.e2e.browser import CHROMIUM, opened
from tests.integration.ui.conftest import Page, served

pytestmark = [
    pytest.mark.integration,
    pytest.mark.xdist_group("ui"),
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: no Chromium is installed here (make browser)"),
]


def test_what_changed_while_a_page_opened_is_shown(page: Page) -> None:
    """Between its HTML and the beginning of its stream: the page does not wait for the next change, which may be long in coming."""
    edge = EdgeState(name="db", proxy="db", state="up")
    page.show(Topic.FAULTS, FaultsState(target="shop", edges=(edge,)))

    def late(route: Route) -> None:
        page.show(Topic.FAULTS, FaultsState(target="shop", edges=(edge.model_copy(update={"state": "hurt"}),)))
        route.continue_()

    with opened() as browser:
        browser.route("**/harness/events*", late)
        browser.goto(f"{page.settings.url}harness/faults")
        expect(browser.locator("svg.edges.wide g.edge.hurt")).to_contain_text("db")
    page.show(Topic.FAULTS, FaultsState())


def test_a_page_says_that_its_server_is_gone(tmp_path: Path) -> None:
    """A tab that was left open: what it shows is marked as old, and is fresh again with the next server at that address."""
    (port,) = free_ports(1)
    with opened() as page:
        with served(tmp_path, port=port) as first:
            page.goto(f"{first.settings.url}harness/live")
            expect(page.locator(".chip.ready")).to_be_visible()
            expect(page.locator("body[data-stream=open]")).to_be_attached()
            token = page.locator("meta[name=harness-csrf]").get_attribute("content")
            first.window.close()  # as Ctrl-C does
            expect(page.locator("[data-offline]")).to_contain_text("What was in force was healed")
        with served(tmp_path, port=port) as second:
            expect(page.locator("meta[name=harness-csrf]")).not_to_have_attribute("content", str(token))
            expect(
                page.locator("body[data-stream=open]")
            ).to_be_attached()  # who has not heard it cannot be told its end
            expect(page.locator("[data-offline]")).to_be_hidden()
            second.window._link.close()  # as when its parent was killed
            expect(page.locator("[data-offline]")).to_contain_text("Its guard heals what was in force")
