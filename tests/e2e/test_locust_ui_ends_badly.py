"""The Locust UI when things go wrong: each is shown or refused clearly, nothing stays in force, and the next test may come."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.stack import free_ports
from tests.e2e.cockpit import Ui, pid_of, ui_in
from tests.e2e.command import harness, runs, wait_for
from tests.e2e.foreign import Foreign, foreign_target

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SHARED = pytest.mark.xdist_group("one UI")
SHORT = "name: quick\ntarget: mine\nload: {locustfile: mine.py, profile: {name: load, rate: 10/s, for: 2s}}\n"


@dataclass
class Bench:
    """A UI that several tests use, one after the other: each has its scenarios as they were, and sees the runs that it made."""

    ui: Ui
    place: Path
    foreign: Foreign
    before: frozenset[Path] = frozenset()

    def runs(self) -> list[Path]:
        """Of this test, oldest first."""
        return [folder for folder in runs(self.place) if folder not in self.before]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Started once: that is what takes most of the time."""
    place = tmp_path_factory.mktemp("kept")
    with foreign_target(place) as foreign:
        (place / "quick.yaml").write_text(SHORT)
        with ui_in(place, "quick.yaml", "foreign.yaml") as (ui, _):
            yield Bench(ui, place, foreign)


@pytest.fixture
def bench(kept: Bench) -> Iterator[Bench]:
    """Nothing runs and nothing is in force afterwards."""
    written = {name: (kept.place / name).read_text() for name in ("quick.yaml", "foreign.yaml")}
    yield Bench(kept.ui, kept.place, kept.foreign, frozenset(runs(kept.place)))
    for name, text in written.items():
        (kept.place / name).write_text(text)
    kept.ui.post("stop")
    kept.ui.sees(lambda s: s["test"]["state"] in ("ready", "stopped"))
    assert kept.foreign.toxics() == []


def in_force(state: dict[str, Any]) -> bool:
    return any(one["phase"] == "in force" for one in state["faults"]["faults"])


@SHARED
def test_a_target_that_is_down_is_told_beside_its_field(bench: Bench) -> None:
    """Nothing is started, no folder made; once it is up, the same form starts a test."""
    (port,) = free_ports(1)
    ui = bench.ui
    refused = ui.start("quick", target=f"http://127.0.0.1:{port}")
    assert refused["success"] is False
    assert "does not answer" in refused["errors"]["target"]
    assert ui.state["test"]["state"] in ("ready", "stopped")
    assert bench.runs() == []
    assert ui.start("quick")["success"] is True
    assert ui.over()["test"]["has_report"]
    assert len(bench.runs()) == 1


@SHARED
def test_a_scenario_that_no_longer_parses_is_shown_with_its_line(bench: Bench) -> None:
    """And refused; others can be started, and so can it when it is right again: what it then leaves is what `harness run` leaves."""
    ui, place = bench.ui, bench.place
    (place / "quick.yaml").write_text(SHORT.replace("profile", "profiel"))
    (shown,) = [one for one in ui.client.get("harness/scenarios").json()["scenarios"] if one["key"] == "quick"]
    assert "quick.yaml:3" in shown["error"]
    refused = ui.start("quick")
    assert "quick.yaml:3" in refused["errors"]["scenario"]
    assert ui.start("foreign", duration="2s", faults="off")["success"] is True
    ui.over()
    (place / "quick.yaml").write_text(SHORT)
    assert ui.start("quick")["success"] is True
    ui.over()
    assert harness("run", "quick.yaml", cwd=place).run().returncode in (0, 2)
    _, by_ui, by_command = bench.runs()
    assert {file.name for file in by_ui.iterdir()} == {file.name for file in by_command.iterdir()}
    summaries = [json.loads((folder / "summary.json").read_text()) for folder in (by_ui, by_command)]
    assert summaries[0].keys() == summaries[1].keys()
    assert [one["check"] for one in summaries[0]["validity"]] == [one["check"] for one in summaries[1]["validity"]]
    assert summaries[0]["arrivals"]["due"] == summaries[1]["arrivals"]["due"] == 20


def test_of_several_browsers_that_start_at_once_one_does(place: Path) -> None:
    """The others are told who was first; one run begins. It ends, healed, when the pages fall over: nobody could end it any more."""
    with (
        foreign_target(place) as foreign,
        ui_in(place, "foreign.yaml") as (one, command),
        ThreadPoolExecutor(8) as pool,
    ):
        several = [one, *(Ui(one.url) for _ in range(7))]
        answers = list(pool.map(lambda ui: ui.start("foreign", faults="off", duration="100s"), several))
        assert [answer["success"] for answer in answers].count(True) == 1
        refused = next(answer for answer in answers if not answer["success"])
        assert "already on its way, started from 127.0.0.1" in refused["message"]
        one.running()
        one.hurt()
        assert len(foreign.toxics()) == 1
        os.kill(pid_of(command, "harness.ui.process"), signal.SIGKILL)
        assert wait_for(lambda: not foreign.toxics(), 30)
        assert not command.ended()
    (folder,) = runs(place)
    kept = json.loads((folder / "summary.json").read_text())
    assert (kept["status"], kept["verdict"]) == ("interrupted", "unknown")
    assert "the UI process ended" in json.loads((folder / "run.json").read_text())["why"]


@SHARED
def test_toxiproxy_that_goes_in_the_middle_is_told(bench: Bench) -> None:
    """Killed while a fault is on: the page says that it is gone, the run ends with what happened, and nothing counts down for ever; once
    it is back, the next test hurts as it should."""
    ui, foreign, scenario = bench.ui, bench.foreign, bench.place / "foreign.yaml"
    written = scenario.read_text()
    scenario.write_text(written.replace("for: 20s", "for: 7s").replace("for: 15s", "for: 4s"))
    assert ui.start("foreign")["success"] is True
    ui.sees(in_force)
    foreign.kill()
    told = ui.sees(lambda s: s["faults"]["server"] == "gone")
    assert foreign.toxiproxy in told["faults"]["trouble"]
    assert "does not answer" in ui.client.get("harness/faults").text
    ended = ui.over()
    assert not in_force(ended)
    assert ended["test"]["verdict"] != "pass"
    (folder,) = bench.runs()
    summary = json.loads((folder / "summary.json").read_text())
    assert ended["figures"]["final"] is True
    assert ended["figures"]["overall"] == summary["overall"]
    assert [one["check"] for one in ended["test"]["validity"]] == [one["check"] for one in summary["validity"]]
    said = ui.client.post("harness/faults/heal-all", headers=ui.csrf, follow_redirects=True).text
    assert "Not everything could be healed" in said
    again = ui.start("foreign")
    assert again["success"] is False
    assert "does not answer" in again["message"]
    foreign.start()
    scenario.write_text(written)
    assert ui.start("foreign")["success"] is True
    hurt = ui.sees(in_force)
    assert len(foreign.toxics()) == 1
    assert hurt["faults"]["trouble"] == ""
    ui.post("stop")
    ui.over()
    assert foreign.toxics() == []


@SHARED
def test_heal_all_ends_whatever_is_in_force(bench: Bench) -> None:
    """A toxic of the run at once; a command's fault with its test, which is the only one to know how."""
    ui, place, foreign = bench.ui, bench.place, bench.foreign
    commands = "{apply: touch here, heal: rm here, in_force: test -e here, healed: test ! -e here}"
    held = f"  - {{name: held, edge: api, command: {commands}, at: 2s, for: 60s}}\n"
    written = (place / "foreign.yaml").read_text().replace("for: 20s", "for: 70s").replace("for: 15s", "for: 60s")
    (place / "foreign.yaml").write_text(written + held)
    begun = ui.start("foreign")
    assert begun["success"] is True, begun
    ui.sees(lambda s: [one["phase"] for one in s["faults"]["faults"]] == ["in force"] * 2)
    assert len(foreign.toxics()) == 1
    assert (place / "here").exists()
    said = ui.client.post("harness/faults/heal-all", headers=ui.csrf, follow_redirects=True).text
    assert "1 on http" in said
    assert "held could end in no other way" in said
    assert foreign.toxics() == []
    ended = ui.over()
    assert not in_force(ended)
    assert not (place / "here").exists()
    assert ended["test"]["verdict"] == "unknown"  # it was ended early, and says so
    (folder,) = bench.runs()
    assert "everything was healed" in (folder / "report.md").read_text()


@SHARED
def test_a_request_from_another_site_changes_nothing(bench: Bench) -> None:
    """A forged origin, and a page that does not know our token; a name with markup in it is text in the answer."""
    ui, markup = bench.ui, "<img src=x onerror=alert(1)>"
    (bench.place / "quick.yaml").write_text(SHORT.replace("name: quick", f"name: quick\nabout: '{markup}'"))
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
        forged = ui.client.post("swarm", data={"scenario": "quick"}, headers={**ui.csrf, **headers})
        assert forged.status_code == 403, headers
    assert ui.client.post("swarm", data={"scenario": "quick"}).status_code == 403
    assert ui.state["test"]["state"] in ("ready", "stopped")
    assert bench.runs() == []
    refused = ui.start(markup)
    assert markup in refused["errors"]["scenario"]  # JSON, which the page sets as text
    assert ui.start("quick")["success"] is True
    ui.over()
    for page in ("live", "faults", "runs", ""):
        assert markup not in ui.client.get(f"harness/{page}" if page else "").text


def test_workers_elsewhere_send_one_test_after_the_other_and_a_lost_one_is_told(place: Path) -> None:
    """Two that wait share a test; one is killed in the next, which heals, ends, and says whom it lost; with a third, all goes on."""
    (port,) = free_ports(1)
    at = f"127.0.0.1:{port}"
    with foreign_target(place) as foreign:
        (place / "quick.yaml").write_text(SHORT)
        workers = [harness("run", "--worker", at, cwd=place) for _ in range(3)]
        arguments = ("quick.yaml", "foreign.yaml", "--master", "--expect-workers", "2", "--bind", at)
        try:
            with ui_in(place, *arguments) as (ui, _):
                there = [one.start() for one in workers[:2]]
                ui.sees(lambda s: len(s["test"]["crew"]["waiting"]) == 2)
                assert ui.start("quick")["success"] is True
                done = ui.over()["test"]
                assert [one["state"] for one in done["workers"]] == ["finished", "finished"]
                assert all("127.0.0.1" in one["where"] for one in done["workers"])
                ui.sees(lambda s: len(s["test"]["crew"]["waiting"]) == 2)
                assert ui.start("foreign")["success"] is True
                ui.sees(in_force)
                os.killpg(there[0].pid, signal.SIGKILL)
                lost = ui.over()
                assert sorted(one["state"] for one in lost["test"]["workers"]) == ["finished", "lost"]
                assert lost["test"]["verdict"] != "pass"
                assert "was lost" in json.dumps(lost["faults"]["log"])
                assert not in_force(lost)
                assert foreign.toxics() == []
                workers[2].start()
                ui.sees(lambda s: len(s["test"]["crew"]["waiting"]) == 2)
                assert ui.start("quick")["success"] is True
                assert [one["state"] for one in ui.over()["test"]["workers"]] == ["finished", "finished"]
        finally:
            for one in workers:
                for line in one.alive():
                    psutil.Process(int(line.split()[0])).kill()
    first, second, third = runs(place)
    assert json.loads((first / "summary.json").read_text())["arrivals"]["due"] == 20
    assert "worker" in json.loads((second / "run.json").read_text())["origin"]["why"]
    assert json.loads((third / "summary.json").read_text())["arrivals"]["due"] == 20


def test_a_server_that_is_killed_leaves_nothing_in_force(place: Path) -> None:
    """Stopped (SIGSTOP) while a fault by hand lies beside a test, the page heals that fault, and all, without it. Killed, its guard heals, the
    load ends, and nothing of it lives on."""
    with foreign_target(place) as foreign:
        with ui_in(place, "foreign.yaml") as (ui, command):
            assert ui.start("foreign", faults="off", duration="100s")["success"] is True
            ui.running()
            ui.hurt()
            assert len(foreign.toxics()) == 1
            ui.client.get("harness/faults")
            server = pid_of(command)
            os.kill(server, signal.SIGSTOP)
            try:
                for what, name, taken in (("heal", "another", 0), ("heal", "by-hand-1", 1), ("heal-all", "", 0)):
                    answer = ui.client.post(
                        f"harness/faults/{what}",
                        data={"name": name},
                        headers=ui.csrf,
                        timeout=20,
                        follow_redirects=True,
                    )
                    said = re.findall(r"[^<>]*was not answered within[^<>]*", answer.text)
                    assert len(said) == 1
                    assert f"Without it, {taken} faults were taken from {foreign.toxiproxy}" in said[0]
                    assert len(foreign.toxics()) == (name == "another")
            finally:
                os.kill(server, signal.SIGCONT)
            # what it was asked meanwhile it does now: a fault that came before would be healed, too
            ui.sees(lambda s: not in_force(s) and "Healed: " in json.dumps(s["faults"]["log"]))
            ui.hurt()
            assert len(foreign.toxics()) == 1
            with ui.client.stream("GET", "harness/events") as stream:
                os.kill(server, signal.SIGKILL)
                assert "Its guard heals what was in force" in stream.read().decode()  # it ends by itself
        assert foreign.toxics() == []


@SHARED
def test_a_test_that_was_stopped_early_says_so_where_it_is_read(bench: Bench) -> None:
    """Who stopped it and when stands in its summary and its report; it is no pass, and the next start is a run of its own."""
    ui = bench.ui
    assert ui.start("foreign", faults="off")["success"] is True
    live = ui.sees(lambda s: s["test"]["state"] == "running" and bool(s["test"]["validity"]))["test"]
    standing = {one["check"]: one["limit"] for one in live["validity"]}
    assert {"generator CPU", "generator resources", "load processes"} <= standing.keys()
    ui.post("stop")
    ui.over()
    assert ui.start("foreign", faults="off", duration="2s")["success"] is True
    ui.over()
    first, second = bench.runs()
    summary = json.loads((first / "summary.json").read_text())
    assert summary["status"] == "interrupted"
    assert summary["verdict"] == "unknown"
    assert any("stopped in the Locust UI from 127.0.0.1" in why for why in summary["why"])
    for report in ("report.html", "report.md"):
        assert "stopped in the Locust UI from 127.0.0.1" in (first / report).read_text(), report
    assert json.loads((second / "summary.json").read_text())["status"] == "complete"


def test_a_change_in_the_middle_keeps_what_was_chosen(place: Path) -> None:
    """Another rate, then users: each is another run, which names the one before, and that says what it was changed to; faults that were
    not armed stay so, and its length stays. Ctrl-C, with a fault by hand in force, heals and leaves the last one whole."""
    with foreign_target(place) as foreign:
        with ui_in(place, "foreign.yaml") as (ui, command):
            assert ui.start("foreign", faults="off", duration="90s")["success"] is True
            ui.running()
            assert ui.post("swarm", model="rate", rate="20/s").json()["success"] is True
            changed = ui.running("20/s")
            assert changed["faults"]["faults"] == []
            assert changed["test"]["duration_s"] == 90.0
            assert ui.post("swarm", model="users", user_count="3", spawn_rate="3").json()["success"] is True
            assert ui.running("3 users")["test"]["users"] == 3
            ui.hurt()
            assert len(foreign.toxics()) == 1
            with ui.client.stream("GET", "harness/events") as stream:
                os.kill(pid_of(command), signal.SIGINT)
                assert "What was in force was healed" in stream.read().decode()
            assert not command.ended()
        assert foreign.toxics() == []
    first, second, third = runs(place)
    records = [json.loads((folder / "run.json").read_text()) for folder in (first, second, third)]
    assert [one["origin"]["after"] for one in records] == ["", first.name, second.name]
    for before, after, said in zip(records, records[1:], ("rate 20/s", "3 users"), strict=False):
        assert said in after["origin"]["why"]
        assert said in before["why"]
    assert records[2]["status"] == "interrupted"
    faults = [json.loads(line)["event"] for line in (third / "faults.jsonl").read_text().splitlines()]
    assert faults[-1] in ("removed", "healed")
    assert (third / "report.html").is_file()
