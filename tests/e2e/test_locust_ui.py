"""The Locust UI as an engineer uses it: start a scenario, hurt and heal by hand, read what was found, compare two runs.

In headless Chromium, where one is installed (CI sees to it; `make browser`). Elsewhere the same steps are taken over HTTP,
and a warning says what was not looked at: a browser.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from harness.stack.toxiproxy import find_toxiproxy
from tests.e2e.browser import CHROMIUM, opened
from tests.e2e.cockpit import Ui, said_by
from tests.e2e.command import HARNESS, ROOT, Command, runs
from tests.e2e.foreign import Foreign, foreign_target

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(450)]  # start, steps and end together, on a busy machine
HIDE = "() => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => true}); }"
SHOW = "() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }"


@dataclass
class Up:
    """`harness up` in a folder of its own, with a defect that the contract knows nothing of; `down` ends it."""

    ui: Ui
    place: Path
    foreign: Foreign
    down: Command


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """Everything it started has ended afterwards. A target of the user's own stands beside the bundled shop."""
    program = str(find_toxiproxy(os.environ, progress=lambda _: None))
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HARNESS_TOXIPROXY": program}
    typed = Command([*HARNESS, "up", "--ui-port", "0", "--defect", "schema-drift"], tmp_path, env)
    with foreign_target(tmp_path) as foreign:
        process = typed.start()
        status, down = (Command([*HARNESS, word], tmp_path, env) for word in ("status", "down"))
        try:
            url = said_by(process)
            assert url in status.run().stdout
            yield Up(Ui(url), tmp_path, foreign, down)
        finally:
            down.run()
            process.communicate(timeout=60)
    assert not typed.ended()


def test_an_engineer_starts_hurts_heals_reads_and_compares(up: Up) -> None:
    """All of it in one sitting, on the bundled shop; in the end `harness down` heals what is in force on a target of somebody's own."""
    if CHROMIUM is None:
        warnings.warn(
            "NOT RUN in a browser: no Chromium is installed here; the same steps were taken over HTTP.", stacklevel=1
        )
        over_http(up)
    else:
        in_browser(up)
    shop = {"scenario": "shop", "target": "mine", "model": "rate", "rate": "5/s"}
    assert up.ui.start(**shop)["success"] is True
    up.ui.running()
    up.ui.hurt()
    assert len(up.foreign.toxics()) == 1
    assert up.down.run().returncode == 0
    assert up.foreign.toxics() == []


def in_browser(up: Up) -> None:
    """The first browser is closed in the middle of its test, which goes on to its end."""
    url = up.ui.url
    with opened() as page:
        look_at_the_form(page, url)
        start(page, url, seconds="99 parsecs")
        expect(page.locator("[data-field=duration] em")).to_contain_text("is not a duration")
        start(page, url, seconds="16s")
        up.ui.running()
        put_on(page, url, seconds="4s")
    assert up.ui.state["test"]["state"] != "stopped"
    up.ui.over()
    (first,) = runs(up.place)
    kept = json.loads((first / "summary.json").read_text())
    assert kept["status"] == "complete"
    assert [one["name"] for one in kept["faults"]] == ["by-hand-1"]
    with opened() as page:
        read_the_end(page, url)
        hurt_and_heal(page, url)
        watch_the_contract(page, url)
        change_in_the_middle(page, up)
        start(page, url, seconds="3s")
        up.ui.running()
        up.ui.over()
        compare(page, url, first.name)


def look_at_the_form(page: Page, url: str) -> None:
    """Each scenario with what it expects and how long it lasts; the box that arms its faults is there where it has some."""
    page.goto(url)
    page.select_option("select[name=scenario]", "payment-outage")
    about = page.locator(".harness-about")
    expect(about).to_contain_text("Orders must survive a payment provider")
    lines = dict(zip(about.locator("dt").all_inner_texts(), about.locator("dd").all_inner_texts(), strict=True))
    assert "gone" in lines["Expects"]
    assert lines["Lasts about"] == "65s"
    assert "payments" in lines["Faults"]
    armed = page.locator("[data-field=faults] input[type=checkbox]")
    expect(armed).to_be_checked()
    armed.uncheck()
    expect(page.locator("input[name=faults]")).to_have_value("off")
    armed.check()
    page.select_option("select[name=scenario]", "checkout")
    expect(armed).to_be_hidden()


def put_on(page: Page, url: str, seconds: str) -> None:
    """A fault by hand: the form has the fields of its kind."""
    page.goto(f"{url}harness/faults")
    page.select_option("select[name=edge]", "payments")
    delay = page.locator("input[name='latency.delay']")
    expect(delay).to_be_visible()
    page.select_option("select[name=kind]", "bandwidth")
    expect(delay).to_be_hidden()
    expect(page.locator("input[name='bandwidth.rate']")).to_be_visible()
    page.select_option("select[name=kind]", "latency")
    delay.fill("50ms")
    page.fill("input[name=for]", seconds)
    page.click("text=Put it on")
    expect(page.locator("p[role=status]")).to_contain_text(f"is on payments for {seconds.removesuffix('s')} s")


def read_the_end(page: Page, url: str) -> None:
    """Of a test whose browser was closed: the band of its fault, its findings and its audit, and its report."""
    page.goto(f"{url}harness/live")
    expect(page.locator("figure[data-chart=latency] rect.band[data-fault=by-hand-1]")).to_be_attached()
    expect(page.locator("figure[data-chart=latency] path.finding.error")).to_be_attached()
    page.goto(f"{url}harness/audit")
    expect(page.locator("section.group", has_text="one-charge-per-key").locator(".v")).to_have_class("v pass")
    expect(page.locator("main")).not_to_contain_text("not yet")
    page.goto(f"{url}harness/live")
    page.click("text=Open the report")
    expect(page.locator("body")).to_contain_text("by-hand-1")


def hurt_and_heal(page: Page, url: str) -> None:
    """Beside a test: the picture shows where it hurts, its end counts down, the log says who; one is healed, then all."""
    start(page, url, seconds="300s")
    page.goto(f"{url}harness/live")
    expect(page.locator(".chip.running")).to_be_visible()
    page.fill("input[name=text]", "deployed 1.4.2")
    page.click("text=Add")
    expect(page.locator("figure[data-chart=rate]")).to_contain_text("deployed 1.4.2")
    put_on(page, url, seconds="40s")
    hurting = page.locator("tr.hurting")
    expect(hurting).to_contain_text("by-hand-1")
    line = page.locator("svg.edges.wide g.edge", has_text="payments")
    expect(line).to_contain_text("latency +50 ms")
    expect(line).to_have_class("edge hurt")
    left = seconds_left(page.locator(".countdown"))
    page.wait_for_function("left => parseFloat(document.querySelector('.countdown').textContent) < left", arg=left)
    hurting.locator("button").click()
    expect(hurting).to_have_count(0)
    expect(line).not_to_contain_text("latency")
    expect(line).to_have_class("edge up")
    put_on(page, url, seconds="40s")
    page.click("text=Heal all")
    expect(page.locator("p[role=status]")).to_contain_text("Healed: 1 by hand")
    expect(hurting).to_have_count(0)
    log = page.locator("ol.log")
    expect(log.locator("li").first).to_contain_text(re.compile(r"Healed: 1 by hand.*from 127\.0\.0\.1"))
    expect(log).to_contain_text(re.compile(r"by-hand-1 was healed\..*from 127\.0\.0\.1"))
    expect(log).to_contain_text(re.compile(r"fault by-hand-2 on payments: in force.*from 127\.0\.0\.1"))


def seconds_left(countdown: Locator) -> float:
    expect(countdown).to_contain_text("s left")
    return float(countdown.inner_text().split()[0])


def watch_the_contract(page: Page, url: str) -> None:
    """While the test runs: what was found by level and operation with a line to paste; how much was seen so far, and more of it later; what
    the audit will look at."""
    page.goto(f"{url}harness/contract")
    found = page.locator("section.group", has=page.locator("h4", has_text="read_order"))
    expect(found.locator("details.finding").first).to_contain_text("oracle")
    expect(page.locator("h3 .v.fail").first).to_have_text("error")
    found.locator("summary").first.click()
    expect(found.locator("pre").first).to_contain_text("curl ")
    expect(found.locator("pre").first).to_contain_text("$TOKEN")
    page.wait_for_function(
        "async () => [...document.querySelectorAll('.coverage')].some((one) => one.textContent.startsWith('operations')"
        " && one.querySelector('meter').value > 1)"
    )
    expect(found.locator("details.finding").first).to_have_attribute("open", "")  # what was opened stays so
    page.goto(f"{url}harness/audit")
    expect(page.locator("main")).to_contain_text("not yet")
    expect(page.locator("main")).to_contain_text("Recorded from answers")


def change_in_the_middle(page: Page, up: Up) -> None:
    """Locust's Edit: another number of users is another run, and the one before says so. A page that nobody looked at meanwhile is fresh
    when somebody does."""
    page.goto(up.ui.url)
    page.click("button:has-text('Edit')")
    form = page.locator("[role=presentation] form")
    form.locator("input[name=userCount]").fill("3")
    form.locator("button[type=submit]").click()
    up.ui.running("3 users")
    page.goto(f"{up.ui.url}harness/live")
    expect(page.locator(".chip.running")).to_be_visible()
    page.evaluate(HIDE)
    up.ui.post("stop")
    ended = up.ui.over()
    assert page.locator(".chip.running").count() == 1  # nothing is drawn for nobody
    page.evaluate(SHOW)
    expect(page.locator(f".head .chip.{ended['test']['verdict']}")).to_be_visible()
    _, before, after = runs(up.place)
    assert json.loads((after / "run.json").read_text())["origin"]["after"] == before.name
    page.goto(f"{up.ui.url}harness/runs")
    for name, says in ((before.name, "changed to"), (after.name, "stopped in the Locust UI")):
        expect(page.locator("tr", has_text=name)).to_contain_text(says)


def compare(page: Page, url: str, base: str) -> None:
    """A run's report opens from the list; two that were picked are compared, and that has a report, too."""
    page.goto(f"{url}harness/runs")
    rows = page.locator("table.runs tr:has(input)")
    expect(rows).to_have_count(4)
    page.locator("tr", has_text=base).get_by_text("Open").click()
    expect(page.locator("body")).to_contain_text("by-hand-1")
    page.goto(f"{url}harness/runs")
    page.locator("tr", has_text=base).locator("input[name=base]").check()
    page.click("button:has-text('Compare')")
    expect(page.locator("main table")).to_contain_text("place_order")
    expect(page.locator("main")).to_contain_text(base)
    page.click("text=Open the report of the comparison")
    expect(page.locator("body")).to_contain_text("place_order")


def start(page: Page, url: str, seconds: str) -> None:
    """By Locust's own form; after a run by its New button."""
    page.goto(url)
    if page.locator("button:has-text('New')").count():
        page.click("button:has-text('New')")
    page.select_option("select[name=scenario]", "checkout")
    page.select_option("select[name=model]", "users")
    page.fill("input[name=userCount]", "5")
    page.fill("input[name=spawnRate]", "5")
    page.fill("input[name=duration]", seconds)
    with page.expect_response("**/swarm"):
        page.click("form button[type=submit]")


def over_http(up: Up) -> None:
    ui, page = up.ui, up.ui.client

    def run(seconds: str) -> dict[str, Any]:
        form = {"model": "users", "user_count": "5", "spawn_rate": "5", "duration": seconds}
        assert ui.start("checkout", **form)["success"] is True
        return ui.running()

    run("8s")
    fault = {"edge": "payments", "kind": "latency", "latency.delay": "50ms", "for": "30s"}
    assert ui.post("harness/faults/add", **fault).status_code == 303
    assert "by-hand-1" in page.get("harness/faults").text
    assert ui.post("harness/faults/heal", name="by-hand-1").status_code == 303
    ui.over()
    assert "read_order" in page.get("harness/contract").text
    assert "one-charge-per-key" in page.get("harness/audit").text
    run("3s")
    ui.over()
    names = re.findall(r'name="base" value="([^"]+)"', page.get("harness/runs").text)
    assert len(names) == 2
    assert "by-hand-1" in page.get(f"harness/runs/{names[1]}/report.html").text
    pair = {"base": names[1], "candidate": names[0]}
    assert "place_order" in page.get("harness/compare", params=pair).text


@pytest.mark.parametrize(
    ("programs", "code", "said"),
    [
        ({}, 0, "no apt-get"),
        ({"apt-get": "exit 1", "id": "echo 1000"}, 0, "only root may install it"),
        ({"apt-get": "echo E: no network; exit 100", "id": "echo 0"}, 4, "E: no network"),
        ({"apt-get": "exit 100", "id": "echo 0", "chromium": "exit 0"}, 0, ""),
        ({"apt-get": "exit 0", "id": "echo 0"}, 0, ""),
    ],
)
def test_what_sees_to_a_browser_says_where_it_could_not(
    tmp_path: Path, programs: dict[str, str], code: int, said: str
) -> None:
    """Loudly; and fails where it was for it to install one."""
    for name, does in {"tail": f'exec {shutil.which("tail")} "$@"', **programs}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".ci" / "browser")], capture_output=True, text=True, env={"PATH": str(tmp_path)}, check=False
    )
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert ("NOT RUN" in done.stderr) == bool(said)
