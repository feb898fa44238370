"""What the pages show for a run that has ended is what its `summary.json` says, to the digit shown."""

from __future__ import annotations

import csv
import html
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from harness.model import words
from tests.e2e.browser import CHROMIUM, opened
from tests.e2e.cockpit import Ui, ui_in
from tests.e2e.command import runs
from tests.e2e.foreign import foreign_target

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SCENARIO = """\
name: figures
target: mine
load:
  locustfile: mine.py
  profile: [{name: warm, rate: 20/s, for: 2s, warm_up: true}, {name: load, rate: 40/s, for: 5s}]
faults:
  - {name: slow, edge: api, latency: {delay: 60ms, toxicity: 50%}, at: 3s, for: 1s}
  - {name: gone, edge: api, down: {}, at: 5s, for: 1s}
"""
LOCUSTFILE = """\
from locust import FastHttpUser, events, task

@events.quitting.add_listener
def judge(environment, **_):
    environment.process_exit_code = 3

class Mine(FastHttpUser):
    @task(2)
    def look(self):
        self.client.get("/a", name="a")

    @task
    def other(self):
        self.client.get("/b", name="<b>")

class Robot(FastHttpUser):
    @task
    def look(self):
        self.client.get("/robots.txt")

print("what a locustfile prints is no answer")
"""
QUANTILES = ("p50", "p90", "p95", "p99", "p99.9", "max")
LOCUST = dict(
    zip(
        ("p50", "p90", "p95", "p99", "p99.9", "max"),
        ("median_response_time", *(f"response_time_percentile_{share}" for share in (0.9, 0.95, 0.99, 0.999)), "max_response_time"),
        strict=True,
    )
)  # fmt: skip


def test_the_figures_of_a_run_that_ended_are_those_of_its_summary(place: Path) -> None:
    """Of each operation and of all: on the Live page, in Locust's table, in its CSV, in Prometheus' metrics; in the browser, too.

    It is the run of one user class of two, which the start form offers.
    """
    with foreign_target(place):
        (place / "figures.yaml").write_text(SCENARIO)
        (place / "mine.py").write_text(LOCUSTFILE)
        with ui_in(place, "figures.yaml", "--class-picker") as (ui, _):
            assert ui.client.get("harness/classes?scenario=figures").json() == {
                "classes": ["Mine", "Robot"],
                "chosen": [],
            }
            assert "Did you mean `Robot`" in ui.start("figures", user_classes="Robt")["errors"]["user_classes"]
            assert ui.start("figures", user_classes="Mine")["success"] is True
            ui.over()
            (folder,) = runs(place)
            summary = json.loads((folder / "summary.json").read_text())
            rows = [*summary["operations"], summary["overall"]]
            assert {one["name"] for one in rows} == {"a", "<b>", "all operations"}
            assert summary["overall"]["errors"] > 0
            own = summary["expectations"][-1]  # what the locustfile itself says of the run
            assert (own["text"], own["verdict"], own["value"]) == ("exit code of the locustfile == 0", "fail", 3)
            assert summary["verdict"] == "fail"
            assert live_page(ui) == [shown(one) for one in rows]
            in_locust(ui, rows)
            in_csv(ui, rows)
            in_failures(ui, summary["errors"])
            in_metrics(ui, summary["operations"])
            in_runs(ui, summary)
            assert ui.state["figures"]["overall"] == summary["overall"]
            assert ui.state["figures"]["operations"] == summary["operations"]
            assert ui.state["test"]["validity"] == summary["validity"]
            if CHROMIUM is not None:
                in_browser(ui, rows)
            (place / "mine.py").write_text("import nothing_of_that_name\n")
            broken = ui.client.get("harness/classes?scenario=figures").json()
            assert "ModuleNotFoundError: No module named 'nothing_of_that_name'" in broken["error"]
            assert "importlib" not in broken["error"]


def shown(one: dict[str, Any]) -> list[str]:
    """A row of the summary in the words of our pages."""
    latency = [words.millis(number(one["latency_ms"][key])) for key in QUANTILES]
    return [
        one["name"],
        words.count(one["requests"]),
        words.count(one["errors"]),
        f"{words.rate(one['rate'])}/s",
        *latency,
    ]


def number(value: Any) -> Any:
    return float("inf") if value == "Infinity" else value


def live_page(ui: Ui) -> list[list[str]]:
    text = ui.client.get("harness/live").text
    found = re.findall(r'<tr data-operation-name="([^"]*)"[^>]*>(.*?)</tr>', text, re.DOTALL)
    cells = [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for _, row in found
    ]
    return [
        [html.unescape(name), *(html.unescape(cell) for cell in some[1:])]
        for (name, _), some in zip(found, cells, strict=True)
    ]


def in_locust(ui: Ui, rows: list[dict[str, Any]]) -> None:
    told = ui.client.get("stats/requests").json()
    for row, one in zip(told["stats"], rows, strict=True):
        assert row["name"] in (one["name"], "Aggregated")
        assert (row["num_requests"], row["num_failures"], row["total_rps"]) == (
            one["requests"],
            one["errors"],
            one["rate"],
        )
        for key, theirs in LOCUST.items():
            assert row[theirs] == ("∞" if one["latency_ms"][key] == "Infinity" else one["latency_ms"][key])
    assert told["total_rps"] == rows[-1]["rate"]
    assert told["fail_ratio"] == rows[-1]["errors"] / rows[-1]["requests"]
    assert sum(one["occurrences"] for one in told["errors"]) == rows[-1]["errors"]


def in_csv(ui: Ui, rows: list[dict[str, Any]]) -> None:
    told = list(csv.DictReader(StringIO(ui.client.get("stats/requests/csv").text)))
    for row, one in zip(told, rows, strict=True):
        assert (int(row["Request Count"]), int(row["Failure Count"])) == (one["requests"], one["errors"])
        assert float(row["Requests/s"]) == one["rate"]
        for column, key in zip(("50%", "90%", "95%", "99%", "99.9%", "100%"), QUANTILES, strict=True):
            assert float(row[column]) == number(one["latency_ms"][key])


def in_failures(ui: Ui, groups: list[dict[str, Any]]) -> None:
    expected = [(one["operation"], f"{one['outcome']}: {one['text']}", one["count"]) for one in groups]
    table = ui.client.get("stats/requests").json()["errors"]
    assert [(one["name"], one["error"], one["occurrences"]) for one in table] == expected
    told = csv.DictReader(StringIO(ui.client.get("stats/failures/csv").text))
    assert [(one["Name"], one["Error"], int(one["Occurrences"])) for one in told] == expected


def in_runs(ui: Ui, summary: dict[str, Any]) -> None:
    """The list of saved runs has a p99 and a number of errors."""
    (row,) = re.findall(
        r"<tr[^>]*>((?:(?!</tr>).)*name=\"base\".*?)</tr>", ui.client.get("harness/runs").text, re.DOTALL
    )
    cells = [
        html.unescape(re.sub(r"<[^>]*>", "", one)).strip() for one in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    ]
    assert words.millis(number(summary["overall"]["latency_ms"]["p99"])) in cells
    assert words.count(summary["overall"]["errors"]) in cells


def in_metrics(ui: Ui, operations: list[dict[str, Any]]) -> None:
    told = ui.client.get("harness/metrics").text
    for one in operations:
        for outcome, n in one["outcomes"].items():
            assert f'harness_requests_total{{operation="{one["name"]}",outcome="{outcome}"}} {n}\n' in told
        (median,) = re.findall(
            rf'harness_latency_seconds{{operation="{re.escape(one["name"])}",quantile="0.5"}} (\S+)', told
        )
        assert float(median) == pytest.approx(one["latency_ms"]["p50"] / 1000, abs=1e-9)


def in_browser(ui: Ui, rows: list[dict[str, Any]]) -> None:
    """Locust's own table rounds what it is told: each cell is the summary's figure with the digits that it shows."""
    with opened(width=1600) as page:
        page.goto(ui.url)
        page.get_by_role("tab", name="Statistics", exact=False).first.click()
        table = page.locator("table").first
        heads = [text.strip() for text in table.locator("thead th").all_inner_texts()]
        assert heads[:4] == ["Type", "Name", "# Requests", "# Fails"], heads
        for one in rows:
            name = "Aggregated" if one is rows[-1] else one["name"]
            row = table.locator("tbody tr").filter(has=page.get_by_role("cell", name=name, exact=True))
            cells = dict(zip(heads, row.locator("td").all_inner_texts(), strict=True))
            assert (int(cells["# Requests"]), int(cells["# Fails"])) == (one["requests"], one["errors"])
            for head, key in {
                "Median (ms)": "p50",
                "95%ile (ms)": "p95",
                "99%ile (ms)": "p99",
                "Max (ms)": "max",
            }.items():
                assert same(cells[head], one["latency_ms"][key]), (head, cells[head], one["latency_ms"][key])
        chosen_in_the_form(page)


def chosen_in_the_form(page: Page) -> None:
    """Both user classes are offered, and not none of them."""
    page.click("button:has-text('New')")
    boxes = page.locator("[data-field=user_classes] label")
    expect(boxes).to_have_text(["Mine", "Robot"])
    for box in boxes.all():
        expect(box.locator("input")).to_be_checked()
        box.click()
    with page.expect_response("**/swarm"):
        page.click("form button[type=submit]")
    expect(page.locator("[data-field=user_classes] em")).to_have_text("choose at least one user class.")


def same(text: str, value: Any) -> bool:
    """Whether a text is a figure with as many places as the text has."""
    if value == "Infinity":
        return text == "∞"
    return abs(float(text) - value) <= 0.5000001 * 10.0 ** -len(text.partition(".")[2])
