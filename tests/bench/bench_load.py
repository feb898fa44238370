"""How fast and how true the load generator is, beside its peers, on this machine, now: `make bench-load`. Not a test.

Speed: requests per second of one core's time. Server and generator have a core each; the server counts, so nobody marks his
own work; every contender has the same connections and asks as fast as it can. Processor time rather than the clock, so that a
neighbour on the core costs nobody his place. Rounds take turns; the median counts.
Truth: see bench_truth.py.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from bench_parts import BASES, LOOK, ORDINARY, cpu_name, generators, say, server  # noqa: E402
from bench_truth import truth  # noqa: E402

from harness.model import ClosedStage, Profile  # noqa: E402
from harness.model.call import Call  # noqa: E402

CONNECTIONS = 32
PLAIN, PLAIN_HTTP = "plain Locust, FastHttpUser", "plain Locust, HttpUser"
PEERS = {
    "k6": "k6 run --quiet --vus {n} --duration {s}s {folder}/peer.js",
    "vegeta": "sh -c 'echo GET {url} | vegeta attack -rate=0 -max-workers={n} -duration={s}s > /dev/null'",
    "oha": "oha --no-tui -c {n} -z {s}s {url}",
    "wrk": "wrk -t1 -c{n} -d{s}s {url}",
}
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
    options.add_argument(
        "--among", default="", help="only contenders whose name holds one of these words, and plain Locust"
    )
    given = options.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("The benchmark needs two cores: one for the server, one for the generator.")
    say(f"{cpu_name()}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        if given.only != "truth":
            speed(Path(folder), cores, given.rounds, given.seconds, given.among.split())
            scaling(Path(folder), cores, given.seconds)
        if given.only != "speed":
            truth(Path(folder))


def speed(folder: Path, cores: Sequence[int], rounds: int, seconds: float, among: Sequence[str]) -> None:
    """The first table."""
    costs: dict[str, list[float]] = {}
    told: dict[str, str] = {}
    everyone = [
        one
        for one in contenders(cores[1])
        if not among or one.name in (PLAIN, PLAIN_HTTP) or any(word in one.name for word in among)
    ]
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
    plain, plain_http = median(costs[PLAIN]), median(costs[PLAIN_HTTP])
    say(
        f"\nRequests per second of one core's time, {CONNECTIONS} connections, median of {rounds} x {seconds:g} s; and the last round"
    )
    beside = {name: median(costs[name]) for name in PEERS if name in costs}
    heads = "".join(f"{f'x {name}':>9}" for name in beside)
    say(
        f"{'':36}{'per core s':>11}{'x Fast':>8}{'x Http':>8}{heads}  {'rounds':20}{'by clock':>9}{'of a core':>12}{'server busy':>14}"
    )
    for name, found in sorted(costs.items(), key=lambda item: median(item[1])):
        each = " ".join(f"{rate:.0f}" for rate in found)
        rate = median(found)
        ratios = "".join(f"{rate / other:9.2f}" for other in beside.values())
        say(f"{name:36}{rate:11.0f}{rate / plain:8.2f}{rate / plain_http:8.2f}{ratios}  {each:18}{told[name]}")


def scaling(folder: Path, cores: Sequence[int], seconds: float, processes: int = 4) -> None:
    """How much more several load processes send than one, each on a core of its own: an unchanged `FastHttpUser`, of which four leave the
    server's core time to spare."""
    if len(cores) <= processes:
        say(f"\n{processes} processes beside one: not measured, for that needs {processes + 1} cores.")
        return
    source, rates = ORDINARY % (BASES["FastHttpUser"], ""), {}
    stage = ClosedStage(name="bench", users=CONNECTIONS, duration=seconds + 30)
    for workers in (1, processes):
        with (
            server("trivial_server.py", str(cores[0])) as (url, _),
            generators(source, url, folder, Profile((stage,)), cores=cores[1:], workers=workers) as made,
        ):
            wait_for_load(url)
            before, began = count(url), time.perf_counter()
            time.sleep(seconds)
            rates[workers] = (count(url) - before) / (time.perf_counter() - began)
            made.give_up("has done its part of a benchmark")
    one, several = rates[1], rates[processes]
    say(
        f"\n{processes} processes: {several:.0f} requests/s beside {one:.0f} of one, {several / one:.2f} times as many."
    )


def contenders(core: int) -> list[Contender]:
    """Everyone who can take part here."""
    found = []
    for kind in ("HttpUser", "FastHttpUser", "FastUser"):
        source = ORDINARY % (BASES[kind], "")
        found.append(Contender(f"plain Locust, {kind}", locust(source, core)))
        found.append(Contender(f"our engine, {kind}", ours(source, core)))
    found.append(Contender("plain Locust, FastUser, prepared", locust(PREPARED, core)))
    found.append(Contender("our engine, FastUser, prepared", ours(PREPARED, core)))
    found.append(Contender("our engine, `requests:`", ours(LOOK, core)))
    found += [Contender(name, peer(line, core)) for name, line in PEERS.items() if shutil.which(name)]
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


def ours(source: str | Call, core: int) -> Callable[[str, Path, float], contextlib.AbstractContextManager[int]]:
    """Our engine in its closed model: as many users, each as fast as it can, everything counted."""

    @contextlib.contextmanager
    def start(url: str, folder: Path, seconds: float) -> Iterator[int]:
        stage = ClosedStage(name="bench", users=CONNECTIONS, duration=seconds)
        with generators(source, url, folder, Profile((stage,)), cores=(core,)) as made:
            yield made.pids[0]
            made.give_up("has done its part of a benchmark")

    return start


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


if __name__ == "__main__":
    main()
