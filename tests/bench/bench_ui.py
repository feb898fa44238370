"""What the Locust UI costs beside a large run: `make bench-ui`. Not a test: it measures, and prints.

A board is fed with what eight load processes say of 200 operations (a window for each, every 250 ms), without load and without a
target, so that nothing else uses the cores. A reader follows the Live page as a browser does: the stream, and each part when it
has changed. Told are shares of one core: of the parent for taking windows and telling them, and of the UI process for everything;
how many updates the reader got, and how far apart; and how long each page takes: its HTML, and until Chromium, with nothing cached, has
loaded it and drawn its charts.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import psutil
from playwright.sync_api import Browser, sync_playwright

from harness.experiment.cockpit.board import Board
from harness.experiment.cockpit.fault_form import described
from harness.experiment.desk import Conducted
from harness.experiment.gathered import Gathered
from harness.experiment.opening import OpenTarget
from harness.faults import RunClock
from harness.load import Health, Windows
from harness.model import WIDTH_NS, Expectation, Histogram, Load, OpenStage, Outcome, Profile, Scenario, Target, Window
from harness.model.histogram import bin_of
from harness.results import RunFolder
from harness.stack import free_ports
from harness.ui import UiSettings
from harness.ui.window import UiProcess

OPERATIONS, WORKERS, SECONDS = 200, 8, 20
LIMIT = 0.05
PARTS = ("bar", "live_now", "live_operations", "live_health")
PAGES = ("", "harness/live", "harness/faults", "harness/contract", "harness/audit", "harness/runs")
SHOWN = {"": "#root header", "harness/live": "figure[data-chart=pool] svg path"}  # what scripts draw
OPENS_S = 1.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]


def say(line: str) -> None:
    """A line of the result."""
    sys.stdout.write(line + "\n")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        settings = UiSettings(port=free_ports(1)[0], reports=place)
        window = UiProcess.start(settings, answer, env=os.environ, log=folder / "ui.log", spawn=spawn)
        try:
            measure(window, settings, folder)
        finally:
            window.close()


def measure(window: UiProcess, settings: UiSettings, folder: Path) -> None:
    """Feed for `SECONDS`, with one reader."""
    board = Board(window.tell, window.tell_points)
    run = began(board, folder)
    pid = next(p.pid for p in psutil.Process().children() if "harness.ui.process" in " ".join(p.cmdline()))
    ui = psutil.Process(pid)
    updates: list[float] = []
    reading = threading.Thread(target=read, args=(settings.url, updates), daemon=True)
    reading.start()
    spent = feed(board, run, 3)  # the first seconds build what is kept
    before, began_at = sum(ui.cpu_times()[:2]), time.monotonic()
    spent = feed(board, run, SECONDS)
    lasted = time.monotonic() - began_at
    served = sum(ui.cpu_times()[:2]) - before
    parent, process = spent / lasted, served / lasted
    say(f"{OPERATIONS} operations, {WORKERS} load processes, updates every second, one page open, {lasted:.0f} s:")
    say(f"  parent: taking windows, figures, telling   {parent:6.2%} of a core")
    say(f"  UI process: stream, parts of the page      {process:6.2%} of a core")
    both = parent + process
    say(f"  together                                   {both:6.2%} (limit {LIMIT:.0%}: {verdict(both < LIMIT)})")
    came = [at for at in updates if began_at <= at <= began_at + lasted]
    apart = max((b - a for a, b in pairwise(came)), default=lasted)
    kept = verdict(len(came) >= SECONDS - 1)
    say(f"  updates of all figures that the page got   {len(came)}, at most {apart:.2f} s apart (one a second: {kept})")
    for page in (*PAGES, "stats/requests", "harness/metrics"):
        say(f"  GET /{page:<18} {opened(settings.url + page) * 1000:6.0f} ms")
    in_chromium(settings.url)


def verdict(kept: bool) -> str:
    """In one word."""
    return "kept" if kept else "MISSED"


def in_chromium(url: str) -> None:
    """How long each page takes until it is loaded and drawn; each in a browser context of its own, so nothing is cached."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for name in names if (path := shutil.which(name))), None)
    if chromium is None:
        say("  NOT MEASURED in a browser: there is no Chromium")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        browser.new_page().goto(
            f"{url}harness/runs"
        )  # the first page of a browser that has just begun is the browser's own time
        for name in PAGES:
            took = drawn(browser, url, name)
            say(f"  in Chromium /{name:<16} {took * 1000:6.0f} ms (limit {OPENS_S:.0f} s: {verdict(took < OPENS_S)})")
        with plain_locust() as peer:
            took = drawn(browser, peer, "")
        say(f"  in Chromium / of plain Locust, where nothing runs, {took * 1000:.0f} ms")
        browser.close()


def drawn(browser: Browser, url: str, name: str) -> float:
    """Seconds until a page is loaded and drawn, the better of two: a neighbour on the core only adds."""
    took = []
    for _ in range(2):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        began_at = time.monotonic()
        page.goto(url + name, wait_until="load")
        if name in SHOWN:
            page.wait_for_selector(SHOWN[name], state="attached")
        took.append(time.monotonic() - began_at)
        context.close()
    return min(took)


@contextlib.contextmanager
def plain_locust() -> Iterator[str]:
    """Its web UI, without anything of ours."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "plain.py"
        path.write_text("from locust import HttpUser, task\nclass U(HttpUser):\n    @task\n    def t(self): pass\n")
        words = ["-f", str(path), "-H", "http://127.0.0.1:9", "--web-host", "127.0.0.1", "--web-port", str(port)]
        process = subprocess.Popen([sys.executable, "-m", "locust", *words], cwd=place, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                with contextlib.suppress(httpx.HTTPError):
                    httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.kill()
            process.wait()


def began(board: Board, folder: Path) -> Conducted:
    """A run that has just begun, on paper."""
    stage = OpenStage(name="load", rate=4000.0, duration=600.0)
    load = Load(locustfile=folder / "none.py", profile=Profile((stage,)), processes=WORKERS)
    scenario = Scenario(
        name="wide",
        target=Target(name="t", url="http://127.0.0.1:9"),
        load=load,
        expect=(Expectation.parse("errors <= 1%"),),
    )
    opened_target = OpenTarget(target=scenario.target)
    run_folder = RunFolder(folder / "run")
    run_folder.path.mkdir()
    board.starting(scenario, "bench", "")
    board.opened(opened_target, run_folder)
    run = Conducted(
        scenario=scenario,
        opened=opened_target,
        folder=run_folder,
        gathered=Gathered(),
        writer=cast(Any, SimpleNamespace()),
        clock=RunClock(time.monotonic_ns(), time.monotonic_ns, time.time),
    )
    board.began(run)
    return run


def feed(board: Board, run: Conducted, seconds: int) -> float:
    """Windows every 250 ms, health and figures every second; returns processor seconds of this thread in the board."""
    dice, spent = random.Random(1), 0.0
    prepared = [windows_of(dice) for _ in range(8)]
    next_at = time.monotonic()
    for quarter in range(4 * seconds):
        next_at += 0.25
        time.sleep(max(0.0, next_at - time.monotonic()))
        start_ns = max(0, run.clock.now_ns() // WIDTH_NS - 1) * WIDTH_NS
        batches = [tuple(at(window, start_ns) for window in prepared[(quarter + w) % 8]) for w in range(WORKERS)]
        began_at = time.thread_time()
        for worker, rows in enumerate(batches):
            board.heard(worker, Windows(number=1, rows=rows))
        if quarter % 4 == 3:
            for worker in range(WORKERS):
                board.heard(
                    worker, Health(at_ns=run.clock.now_ns(), interval_s=1.0, cpu=0.5, due=500, users=50, open=9)
                )
            board.second()
        spent += time.thread_time() - began_at
    return spent


def windows_of(dice: random.Random) -> list[Window]:
    """One of each operation: five answers, log-normal about 20 ms."""
    found = []
    for number in range(OPERATIONS):
        bins = [bin_of(int(dice.lognormvariate(9.9, 0.6))) for _ in range(5)]
        latency = Histogram.merged(Histogram.of({one: 1}) for one in bins)
        found.append(
            Window(
                start_ns=0,
                operation=f"operation_{number:03}",
                outcome=Outcome.OK,
                stage="load",
                n=5,
                bytes=900,
                latency=latency,
                service=latency,
            )
        )
    return found


def at(window: Window, start_ns: int) -> Window:
    """The same, now."""
    return Window(
        start_ns=start_ns,
        operation=window.operation,
        outcome=window.outcome,
        stage=window.stage,
        n=window.n,
        bytes=window.bytes,
        latency=window.latency,
        service=window.service,
    )


def read(url: str, updates: list[float]) -> None:
    """As the script of the page does; notes when figures came."""
    ended = contextlib.suppress(httpx.HTTPError)  # the server goes in the end
    with ended, httpx.Client(timeout=30) as client, client.stream("GET", f"{url}harness/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("event: figures"):
                updates.append(time.monotonic())
                for part in PARTS:
                    client.get(f"{url}harness/fragment/{part}")


def opened(url: str) -> float:
    """Seconds to the whole answer."""
    began_at = time.monotonic()
    httpx.get(url, timeout=30).raise_for_status()
    return time.monotonic() - began_at


def answer(what: str, body: Any, who: str) -> dict[str, Any]:
    """What the pages ask as they open."""
    del body, who
    offers = {"scenarios": [], "targets": [], "chosen": ""}
    runs = {"folder": "reports", "runs": [], "more": 0}
    return {"fault kinds": {"kinds": described()}, "offers": offers, "runs": runs}.get(what, {})


def spawn(argv: Any, env: Any, pass_fds: Any, log: Path) -> subprocess.Popen[bytes]:
    """Without a guard: nothing is in force here."""
    with log.open("ab") as output:
        return subprocess.Popen(
            list(argv), env=dict(env), pass_fds=tuple(pass_fds), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )


if __name__ == "__main__":
    main()
