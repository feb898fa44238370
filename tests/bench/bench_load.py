"""How fast and how true the load generator is, beside its peers, on this machine, now: `make bench-load`. Not a test.

Speed: requests per second of one core's time. Server and generator have a core each; the server counts, so nobody marks his
own work; every contender has the same connections and asks as fast as it can. Processor time rather than the clock, so that a
neighbour on the core costs nobody his place. Rounds take turns; the median counts.
Truth: 500 arrivals a second at a server whose answers take a known time; quantiles as told beside those computed. Nobody is
pinned there, and everybody has the real-time priority that our engine takes where it may.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path
from statistics import median
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from known_server import EVERY_S, FIRST_S, FREEZE_S, delays  # noqa: E402

from harness.load import ENTRY, Generator, LoadPlan, Windows  # noqa: E402
from harness.model import ClosedStage, Histogram, OpenStage, Profile  # noqa: E402

CONNECTIONS = 32
RATE, TRUTH_S, PLAIN_USERS = 500, 10, 50
QUANTILES = (0.5, 0.9, 0.99, 0.999)
SEED = "truth"
PINNED = "import os, runpy; os.sched_setaffinity(0, {%d}); runpy.run_module('harness.load.child', run_name='__main__')"
BASES = {
    "FastHttpUser": "from locust import FastHttpUser as Base",
    "HttpUser": "from locust import HttpUser as Base",
    "FastUser": "from harness.load.fast import FastUser as Base",
}
ORDINARY = """
from locust import constant_throughput, task
%s
class Mine(Base):
    %s
    @task
    def look(self):
        self.client.get("/v1/items/1")
"""
PREPARED = """
from locust import task
from harness.load.fast import FastUser
class Mine(FastUser):
    def on_start(self):
        self.look_at = self.client.prepare("GET", "/v1/items/1")
    @task
    def look(self):
        self.client.send(self.look_at)
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """`start` begins its load on (url, folder, seconds): a process group, which ends with the context."""

    name: str
    start: Callable[[str, Path, float], contextlib.AbstractContextManager[int]]


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--seconds", type=float, default=2.0, help="measured in each round, per contender")
    options.add_argument("--only", choices=["speed", "truth"])
    given = options.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("The benchmark needs two cores: one for the server, one for the generator.")
    say(f"{cpu_name()}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        if given.only != "truth":
            speed(Path(folder), cores, given.rounds, given.seconds)
        if given.only != "speed":
            truth(Path(folder))


def speed(folder: Path, cores: Sequence[int], rounds: int, seconds: float) -> None:
    """The first table."""
    costs: dict[str, list[float]] = {}
    told: dict[str, str] = {}
    everyone = contenders(cores[1])
    with server("trivial_server.py", str(cores[0])) as (url, server_pid):
        for turn in range(rounds):
            for one in everyone[:: 1 - turn % 2 * 2]:  # to and fro: what warms up or grows tired is shared out
                with one.start(url, folder, seconds + 30) as group:
                    wait_for_load(url)
                    before, began = (count(url), cpu_seconds(group), cpu_seconds(server_pid)), time.perf_counter()
                    time.sleep(seconds)
                    took = time.perf_counter() - began
                    after = count(url), cpu_seconds(group), cpu_seconds(server_pid)
                    asked, cpu, server_cpu = (b - a for a, b in zip(before, after, strict=True))
                    costs.setdefault(one.name, []).append(asked / cpu)
                    told[one.name] = f"{asked / took:11.0f}{cpu / took:12.0%}{server_cpu / took:14.0%}"
                wait_for_quiet(url)
    plain = median(costs["plain Locust, FastHttpUser"])
    plain_http = median(costs["plain Locust, HttpUser"])
    say(
        f"\nRequests per second of one core's time, {CONNECTIONS} connections, median of {rounds} x {seconds:g} s; and the last round"
    )
    say(
        f"{'':36}{'per core s':>11}{'x Fast':>8}{'x Http':>8}  {'rounds':20}{'by clock':>9}{'of a core':>12}{'server busy':>14}"
    )
    for name, found in sorted(costs.items(), key=lambda item: median(item[1])):
        each = " ".join(f"{rate:.0f}" for rate in found)
        rate = median(found)
        say(f"{name:36}{rate:11.0f}{rate / plain:8.2f}{rate / plain_http:8.2f}  {each:18}{told[name]}")


def contenders(core: int) -> list[Contender]:
    """Everyone who can take part here."""
    found = []
    for kind in ("HttpUser", "FastHttpUser", "FastUser"):
        source = ORDINARY % (BASES[kind], "")
        found.append(Contender(f"plain Locust, {kind}", locust(source, core)))
        found.append(Contender(f"our engine, {kind}", ours(source, core)))
    found.append(Contender("plain Locust, FastUser, prepared", locust(PREPARED, core)))
    found.append(Contender("our engine, FastUser, prepared", ours(PREPARED, core)))
    peers = {
        "wrk": "wrk -t1 -c{n} -d{s}s {url}",
        "oha": "oha --no-tui -c {n} -z {s}s {url}",
        "vegeta": "sh -c 'echo GET {url} | vegeta attack -rate=0 -max-workers={n} -duration={s}s > /dev/null'",
        "k6": "k6 run --quiet --vus {n} --duration {s}s {folder}/peer.js",
    }
    found += [Contender(name, peer(line, core)) for name, line in peers.items() if shutil.which(name)]
    return found


def locust(source: str, core: int) -> Callable[[str, Path, float], contextlib.AbstractContextManager[int]]:
    """Plain Locust, as its command runs it."""

    def start(url: str, folder: Path, seconds: float) -> contextlib.AbstractContextManager[int]:
        path = folder / "bench_locustfile.py"
        path.write_text(source)
        users = ["-u", str(CONNECTIONS), "-r", str(CONNECTIONS), "-t", f"{seconds:.0f}s"]
        return running(
            [sys.executable, "-m", "locust", "-f", str(path), "-H", url, "--headless", "--only-summary", *users], core
        )

    return start


def peer(line: str, core: int) -> Callable[[str, Path, float], contextlib.AbstractContextManager[int]]:
    """A program of its own."""

    def start(url: str, folder: Path, seconds: float) -> contextlib.AbstractContextManager[int]:
        target = f"{url}/v1/items/1"
        script = f"import http from 'k6/http'; export default function () {{ http.get('{target}'); }}"
        (folder / "peer.js").write_text(script)
        command = line.format(url=target, n=CONNECTIONS, s=int(seconds), folder=folder)
        return running(["sh", "-c", f"exec {command}"], core)

    return start


@contextlib.contextmanager
def running(command: Sequence[str], core: int) -> Iterator[int]:
    """A process on one core, with all that it starts, until the block ends."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ours(source: str, core: int) -> Callable[[str, Path, float], contextlib.AbstractContextManager[int]]:
    """Our engine in its closed model: as many users, each as fast as it can, everything counted."""

    @contextlib.contextmanager
    def start(url: str, folder: Path, seconds: float) -> Iterator[int]:
        stage = ClosedStage(name="bench", users=CONNECTIONS, duration=seconds)
        with generator(source, url, folder, core, Profile((stage,))) as made:
            yield made.pid
            made.kill()

    return start


@contextlib.contextmanager
def generator(source: str, url: str, folder: Path, core: int | None, profile: Profile) -> Iterator[Generator]:
    """A load process of ours, under way."""
    path = folder / "ours.py"
    path.write_text(source)
    plan = LoadPlan(locustfile=path, host=url, profile=profile, run="bench")
    argv = ENTRY if core is None else (sys.executable, "-c", PINNED % core)
    env = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    with Generator.start(plan, env=env, log_path=folder / "ours.log", argv=argv) as made:
        made.ready(60)
        made.go(time.monotonic_ns() + 20_000_000)
        yield made


def truth(folder: Path) -> None:
    """The second table."""
    say(f"\nLatency in ms at {RATE} arrivals a second for {TRUTH_S} s: computed, and as told")
    say(f"{'':44}" + "".join(f"{f'p{share * 100:g}':>18}" for share in QUANTILES))
    for kind in ("fixed", "freezes", "log-normal"):
        known = computed(kind)
        say(f"{kind:44}" + "".join(f"{value * 1000:10.2f}        " for value in known))
        told = {f"  our engine, {base}": told_by_ours(kind, base, folder) for base in ("FastUser", "FastHttpUser")}
        told["  plain Locust, FastHttpUser"] = told_by_locust(kind, folder)
        for name, values in told.items():
            cells = (f"{v * 1000:10.2f} {v / k - 1:+7.1%}" for v, k in zip(values, known, strict=True))
            say(f"{name:44}" + "".join(cells))


def computed(kind: str) -> list[float]:
    """The quantiles that a client without limits would see, network and processors taking no time."""
    lasts = list(islice(delays(kind, SEED), RATE * TRUTH_S))
    waits = []
    for number, last in enumerate(lasts):
        into = (number / RATE - FIRST_S) % EVERY_S
        frozen = kind == "freezes" and number / RATE >= FIRST_S - last
        if frozen and into < FREEZE_S:
            waits.append(FREEZE_S - into + last)
        elif frozen and into + last > EVERY_S:
            waits.append(EVERY_S - into + FREEZE_S)  # on its way when the freeze began
        else:
            waits.append(last)
    return [sorted(waits)[ceil(len(waits) * share) - 1] for share in QUANTILES]


def told_by_ours(kind: str, base: str, folder: Path) -> list[float]:
    """Latency from the intended start, open model."""
    stage = OpenStage(name="bench", rate=RATE, duration=TRUTH_S)
    found: list[Histogram] = []
    with server("known_server.py", kind, SEED) as (url, _):  # noqa: SIM117 # first the server, then the load
        with generator(ORDINARY % (BASES[base], ""), url, folder, None, Profile((stage,))) as made:
            while made.finished is None:
                found += [row.latency for m in made.messages(1) if isinstance(m, Windows) for row in m.rows]
    whole = Histogram.merged(found)
    return [whole.quantile(share) or 0.0 for share in QUANTILES]


def told_by_locust(kind: str, folder: Path) -> list[float]:
    """Its response times, paced by `constant_throughput`: as near to an open model as it comes."""
    path = folder / "plain.py"
    path.write_text(ORDINARY % (BASES["FastHttpUser"], f"wait_time = constant_throughput({RATE / PLAIN_USERS})"))
    users = ["-u", str(PLAIN_USERS), "-r", str(PLAIN_USERS), "-t", f"{TRUTH_S}s"]
    command = [sys.executable, "-m", "locust", "-f", str(path), "--headless", "--json", *users]
    with server("known_server.py", kind, SEED) as (url, _):
        done = subprocess.run(
            [*command, "-H", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
            preexec_fn=go_first,
        )
    counts = sorted((float(ms), n) for ms, n in json.loads(done.stdout)[0]["response_times"].items())
    total = sum(n for _, n in counts)
    return [
        next(ms for i, (ms, _) in enumerate(counts) if sum(n for _, n in counts[: i + 1]) >= total * q) / 1000
        for q in QUANTILES
    ]


def go_first() -> None:
    """The priority that our engine takes for itself, so that a busy machine is as good or bad for everyone."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


@contextlib.contextmanager
def server(script: str, *more: str) -> Iterator[tuple[str, int]]:
    """One of the servers next to this file until the block ends; its URL and process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(HERE / script), str(port), *more], start_new_session=True)
    try:
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"{script} did not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        process.wait()


def count(url: str) -> int:
    """How many requests the server has answered."""
    with urlopen(f"{url}/count", timeout=10) as answer:
        return int(answer.read())


def wait_for_load(url: str) -> None:
    """Until the contender is under way, and a second more."""
    until = time.monotonic() + 30
    before = count(url)
    while count(url) - before < 100:
        if time.monotonic() > until:
            sys.exit("a contender sent nothing for 30 s")
        time.sleep(0.05)
    time.sleep(1)


def wait_for_quiet(url: str) -> None:
    """Until nobody asks any more."""
    while (before := count(url)) is not None:
        time.sleep(0.1)
        if count(url) == before:
            return


def cpu_seconds(group: int) -> float:
    """Processor time of a process group's members so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            ticks += (int(fields[11]) + int(fields[12])) if int(fields[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def cpu_name() -> str:
    """As the kernel calls it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
