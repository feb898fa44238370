"""How quickly faults come and go, how surely they end, and how truly they are measured: `make bench-faults`. Not a test.

Against the real toxiproxy-server. Prints a table: what was asked for, what was seen here. `--quick` does a tenth of the trials.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TextIO

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1])]

from harness.errors import ToxiproxyError  # noqa: E402
from harness.faults import (  # noqa: E402
    FaultRunner,
    Injector,
    Probe,
    RunClock,
    Schedule,
    ToxiproxyClient,
    address_of,
    parse,
)
from harness.faults.canary.probe import probe  # noqa: E402
from harness.guard import Guard  # noqa: E402
from harness.model import Anchor, Edge, Fault, Timeline  # noqa: E402
from harness.stack import find_toxiproxy, free_ports  # noqa: E402

KINDS = {"latency": {"delay": "100ms"}, "down": {}, "timeout": {}, "bandwidth": {"rate": "10KB/s"}}
AT_ONCE = 4
MOMENT_S = 1.0  # a trial is cut off within this long after its first fault
LEASE_S, MARGIN_S = 10.0, 2.0
SHORT_S = 1.0

# What a run does: a guard, a lease where a `harness guard` watches, faults one after the other. Told on stdout, a line a change.
RUN = """
import sys, time
from pathlib import Path
from harness.faults import Injector, ToxiproxyClient, parse, secured
from harness.guard import Guard
from harness.model import Anchor, Edge, Fault
url, proxy, journal, hold, kinds = sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]), sys.argv[5].split()
with Guard.start(journal, name="bench") as guard, ToxiproxyClient(url) as client:
    run = f"r{journal.stem}"
    lease = secured(client, guard, owner="bench", run=run, no_guard=True, tell=lambda _: None)
    edges = {proxy: Edge(name=proxy, proxy=proxy)}
    injector = Injector(client, guard, edges, run_id=run, owner="bench", wall=time.time)
    said = {"latency": {"delay": "100ms"}, "bandwidth": {"rate": "10KB/s"}}
    print("guard", guard.pid, flush=True)
    while True:
        for kind in kinds:
            fault = Fault(name=kind, edge=proxy, disturbance=parse(kind, said.get(kind, {})), at=Anchor(0), duration=max(hold, 1))
            injector.apply(fault)
            print("in force", flush=True)
            time.sleep(hold)
            injector.heal(kind)
            print("healed", flush=True)
            time.sleep(0.02)
"""


@dataclass
class Row:
    asked: str
    seen: str
    reached: bool | None = None


@dataclass
class Server:
    """A toxiproxy-server with some proxies before one upstream that answers HTTP."""

    program: Path
    upstream: str
    names: Sequence[str]
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Server:
        env = {**os.environ, "LOG_LEVEL": "error"}
        self.process = subprocess.Popen(
            [str(self.program), "-port", str(self.port)], env=env, stdout=subprocess.DEVNULL
        )
        with ToxiproxyClient(self.url) as client:
            wait(lambda: answers(client), 10)
            for name, port in zip(self.names, free_ports(len(self.names)), strict=True):
                client.create_proxy(name, listen=f"127.0.0.1:{port}", upstream=self.upstream)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


def answers(client: ToxiproxyClient) -> bool:
    with suppress(ToxiproxyError):
        client.contents()
        return True
    return False


def wait(true: Callable[[], object], within_s: float, each_s: float = 0.005) -> float:
    """Seconds until it was so; infinite where it was not within the time."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > within_s:
            return float("inf")
        time.sleep(each_s)
    return time.monotonic() - start


def calm(client: ToxiproxyClient, proxy: str) -> bool:
    """Whether nothing of ours is on the proxy any more."""
    about, toxics = client.standing(proxy)
    return about.enabled and not toxics


@contextmanager
def upstream() -> Iterator[str]:
    """Answers each request at once with 200."""
    port = free_ports(1)[0]
    code = (
        "import asyncio\n"
        "async def serve(r, w):\n"
        "    try:\n"
        "        while await r.readuntil(b'\\r\\n\\r\\n'):\n"
        "            w.write(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok')\n"
        "    except Exception: w.close()\n"
        f"async def main(): await (await asyncio.start_server(serve, '127.0.0.1', {port})).serve_forever()\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        ask = Probe(protocol="http", host="127.0.0.1", port=port)
        wait(lambda: probe(ask, 1.0).answered, 10, 0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def quantile(values: Sequence[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def speed(server: Server, folder: Path, n: int) -> Row:
    """Apply one fault and heal it, with its promise in a real guard's journal and everything read back."""
    took = []
    with Guard.start(folder / "speed.jsonl", name="bench") as guard, ToxiproxyClient(server.url) as client:
        edges = {"a": Edge(name="a", proxy="a")}
        injector = Injector(client, guard, edges, run_id="speed", owner="bench", wall=time.time)
        gc.freeze()  # as FaultRunner does
        for i in range(-1, n):  # the first waits for the guard's start, which a run has long behind it
            fault = _fault("a", list(KINDS)[i % len(KINDS)], 30)
            start = time.monotonic()
            injector.apply(fault)
            injector.heal(fault.name)
            if i >= 0:
                took.append((time.monotonic() - start) * 1e3)
    p99 = quantile(took, 0.99)
    return Row(
        f"apply and heal one fault: p99 of {n} at most 20 ms",
        f"p50 {median(took):.1f} ms, p99 {p99:.1f} ms, worst {max(took):.1f} ms",
        p99 <= 20,
    )


def _fault(edge: str, kind: str, duration: float, name: str = "f", at: float = 0) -> Fault:
    return Fault(name=name, edge=edge, disturbance=parse(kind, KINDS.get(kind, {})), at=Anchor(at), duration=duration)


@dataclass
class Trial:
    """One process that hurts its own proxy until something is done to it."""

    process: subprocess.Popen[str]
    guard: int
    proxy: str
    since: float  # the last fault's beginning, on the monotonic clock

    @classmethod
    def start(cls, url: str, proxy: str, journal: Path, *, hold: float, kinds: str) -> Trial:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, url, proxy, str(journal), str(hold), kinds],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd=HERE.parents[1],
        )
        assert process.stdout is not None
        guard = int(process.stdout.readline().split()[1])
        assert process.stdout.readline().strip() == "in force"
        return cls(process, guard, proxy, time.monotonic())

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def killed(server: Server, folder: Path, n: int) -> Row:
    """SIGKILL to the run or to its group, at a random moment: in the midst of making or healing a fault, too."""
    dice = random.Random(7)
    moments = [dice.uniform(0, MOMENT_S) for _ in range(n)]
    proxies = list(server.names)

    def one(i: int) -> tuple[float, bool]:
        proxy = proxies[i % AT_ONCE]
        with ToxiproxyClient(server.url) as client:
            trial = Trial.start(server.url, proxy, folder / f"k{i}.jsonl", hold=0.15, kinds=" ".join(KINDS))
            time.sleep(moments[i])
            start = time.monotonic()
            (os.killpg if i % 2 else os.kill)(trial.process.pid, signal.SIGKILL)
            hurt = not calm(client, proxy)
            wait(lambda: calm(client, proxy), 15)
            healed = time.monotonic() - start
            # A change that was under way may still arrive: calm counts once the guard is gone, too.
            left = wait(lambda: not Path(f"/proc/{trial.guard}").exists(), 15) + wait(lambda: calm(client, proxy), 0.1)
            trial.end()
            return (healed if left < float("inf") else left), hurt

    found = _lanes(one, n, AT_ONCE)
    times, hurt = [t for t, _ in found], sum(h for _, h in found)
    good = sum(t <= 1.0 for t in times)
    return Row(
        f"{n} of {n} trials healed within 1 s of SIGKILL of the run or its process group",
        f"{good} of {n} ({hurt} had a fault in force at that moment): p50 {median(times) * 1e3:.0f} ms, worst {max(times) * 1e3:.0f} ms",
        good == n,
    )


def _lanes(one: Callable[[int], tuple[float, bool]], n: int, lanes: int) -> list[tuple[float, bool]]:
    """All trials, one at a time on each proxy."""
    with ThreadPoolExecutor(lanes) as pool:
        parts = list(pool.map(lambda lane: [one(i) for i in range(lane, n, lanes)], range(lanes)))
    return [result for part in parts for result in part]


def stopped(server: Server, folder: Path, n: int) -> Row:
    """SIGSTOP: the run hangs, its guard ends the fault at its lease: planned end and margin."""

    def one(i: int) -> tuple[float, bool]:
        proxy = server.names[i % AT_ONCE]
        with ToxiproxyClient(server.url) as client:
            trial = Trial.start(
                server.url, proxy, folder / f"s{i}.jsonl", hold=SHORT_S, kinds=("latency", "down")[i % 2]
            )
            trial.process.send_signal(signal.SIGSTOP)
            wait(lambda: calm(client, proxy), 30)
            over = time.monotonic() - trial.since - SHORT_S - MARGIN_S
            trial.end()
            wait(lambda: calm(client, proxy), 5)
            return over, True

    over = [t for t, _ in _lanes(one, n, AT_ONCE)]
    return _within_lease(f"{n} of {n} healed within the lease + 1 s: the run is stopped (SIGSTOP)", over, n)


def abandoned(server: Server, folder: Path, n: int, how: str) -> Row:
    """With a `harness guard` beside the server, and run and its own guard both killed, or cut off from the server."""
    beside = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "guard", "--toxiproxy", server.url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=HERE.parents[1],
    )
    try:
        with ToxiproxyClient(server.url) as client:
            wait(lambda: any(name.startswith("harness_guard") for name in client.proxies()), 30)
        with Server(server.program, f"127.0.0.1:{server.port}", [f"wire{i}" for i in range(AT_ONCE)]) as wires:

            def one(i: int) -> tuple[float, bool]:
                lane = i % AT_ONCE
                proxy, wire = server.names[lane], f"wire{lane}"
                with ToxiproxyClient(server.url) as client, ToxiproxyClient(wires.url) as cutter:
                    url = f"http://{cutter.proxy(wire).listen}"
                    kind = ("latency", "down")[i // AT_ONCE % 2]
                    trial = Trial.start(url, proxy, folder / f"{how}{i}.jsonl", hold=60, kinds=kind)
                    start = time.monotonic()
                    if how == "cut":
                        cutter.disable(wire)
                    else:
                        os.kill(trial.guard, signal.SIGKILL)
                        os.killpg(trial.process.pid, signal.SIGKILL)
                    wait(lambda: calm(client, proxy), 30)
                    over = time.monotonic() - start - LEASE_S
                    trial.end()
                    with suppress(ProcessLookupError):
                        os.kill(trial.guard, signal.SIGKILL)
                    cutter.enable(wire)
                    return over, True

            over = [t for t, _ in _lanes(one, n, AT_ONCE)]
    finally:
        beside.terminate()
        beside.wait()
    what = {"cut": "the network between is cut", "both": "run and guard are killed"}[how]
    return _within_lease(f"{n} of {n} healed within the lease (10 s) + 1 s, `harness guard` beside: {what}", over, n)


def _within_lease(asked: str, over: Sequence[float], n: int) -> Row:
    good = sum(t <= 1.0 for t in over)
    return Row(asked, f"{good} of {n}: {min(over):+.2f} s to {max(over):+.2f} s from the lease's end", good == n)


def latency(server: Server, rounds: int) -> Row:
    """What the canary's probe sees more than before, beside what was asked."""
    said, good = [], True
    with ToxiproxyClient(server.url) as client:
        host, port = address_of(client.proxy("a").listen, server.url)
        ask = Probe(protocol="http", host=host, port=port)
        for asked in (5, 20, 100, 500, 1500):
            before = median(probe(ask, 5.0).seconds for _ in range(rounds))
            client.add_toxic("a", "bench", parse("latency", {"delay": f"{asked}ms"}).wire())  # type: ignore[attr-defined]
            seen = median(probe(ask, 5.0).seconds for _ in range(rounds))
            client.delete_toxic("a", "bench")
            off = (seen - before) * 1e3 - asked
            said.append(f"{asked} ms {off:+.2f}")
            good = good and abs(off) <= max(1.0, 0.02 * asked)
    return Row("injected latency within 1 ms or 2 %, by the canary", ", ".join(said), good)


def schedule(server: Server, folder: Path, n: int) -> Row:
    """A schedule of short faults, run by the runner of a run: when each began and ended, beside when it should have."""
    faults = [_fault("a", "latency", 0.1, f"f{i}", 0.5 + 0.2 * i) for i in range(n)]
    plan = Schedule.plan(Timeline.lay_out(None, faults), faults)
    rows: list[dict[str, object]] = []
    with Guard.start(folder / "schedule.jsonl", name="bench") as guard, ToxiproxyClient(server.url) as client:
        edges = {"a": Edge(name="a", proxy="a")}
        injector = Injector(client, guard, edges, run_id="schedule", owner="bench", wall=time.time)
        runner = FaultRunner(plan, injector, {}, emit=rows.append, who="bench")
        runner.prepare()
        clock = RunClock(time.monotonic_ns() + 100_000_000, time.monotonic_ns, time.time)
        runner.start(clock)
        wait(lambda: sum(row["event"] == "removed" for row in rows) == n, 0.2 * n + 30)
        runner.stop()
    late = []
    for row in rows:
        if row["event"] in ("in force", "removed"):
            planned = plan.start_of(str(row["fault"])) if row["event"] == "in force" else plan.end_of(str(row["fault"]))
            late.append(abs(int(str(row["at_ns"])) / 1e9 - planned) * 1e3)
    return Row(
        "schedule error at most 20 ms",
        f"{len(late)} beginnings and ends, read back included: p50 {median(late):.1f} ms, "
        f"p99 {quantile(late, 0.99):.1f} ms, worst {max(late):.1f} ms",
        max(late) <= 20,
    )


SERVICE = """
import asyncio, sys, time
port, host, dep, recovery = int(sys.argv[1]), "127.0.0.1", int(sys.argv[2]), float(sys.argv[3])
sick_until = 0.0
async def watch():
    global sick_until
    while True:
        try:
            r, w = await asyncio.wait_for(asyncio.open_connection(host, dep), 0.5)
            w.close()
        except OSError:
            sick_until = time.monotonic() + recovery  # counted anew from the last refusal: within 5 ms of the end
        await asyncio.sleep(0.005)
async def serve(r, w):
    try:
        while await r.readuntil(b"\\r\\n\\r\\n"):
            status = b"503 No" if time.monotonic() < sick_until else b"200 OK"
            w.write(b"HTTP/1.1 " + status + b"\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except Exception: w.close()
async def main():
    asyncio.ensure_future(watch())
    await (await asyncio.start_server(serve, host, port)).serve_forever()
asyncio.run(main())
"""
LOCUSTFILE = """
from locust import FastHttpUser, task
class Mine(FastHttpUser):
    @task
    def look(self):
        self.client.get("/look")
"""


TARGETS = """
targets:
  mine:
    url: http://127.0.0.1:{port}
    toxiproxy: {toxiproxy}
    edges: {{dep: {{proxy: a, probe: http}}}}
"""
PLANNED = {"in force": 3.0, "removed": 4.5}
SCENARIO = """
name: known
target: mine
load: {{locustfile: mine.py, profile: {{name: load, rate: 100/s, for: {seconds:g}s}}}}
faults:
  - {{name: gone, edge: dep, down: {{}}, at: 3s, for: 1500ms}}
expect: errors <= 100%
"""


def recovery(server: Server, folder: Path, truths: Sequence[float]) -> list[Row]:
    """Whole runs on a service that stays sick for a known time after its dependency is back."""
    said, late, good = [], [], True
    for truth in truths:
        place = folder / f"recovery-{truth}"
        place.mkdir()
        port = free_ports(1)[0]
        with ToxiproxyClient(server.url) as client:
            dep = client.proxy("a").listen.rpartition(":")[2]
        service = subprocess.Popen([sys.executable, "-c", SERVICE, str(port), dep, str(truth)])
        wait(lambda: probe(Probe(protocol="http", host="127.0.0.1", port=port), 1.0).answered, 10, 0.05)  # noqa: B023
        (place / "mine.py").write_text(LOCUSTFILE)
        (place / "harness.yaml").write_text(TARGETS.format(port=port, toxiproxy=server.url))
        (place / "s.yaml").write_text(SCENARIO.format(seconds=7 + truth))
        try:
            done = subprocess.run(
                [sys.executable, "-m", "harness.cli", "run", "s.yaml", "--json"],
                cwd=place,
                env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            fault = json.loads(done.stdout)["faults"][0]
            measured = fault.get("recovery_s")
            rows = [json.loads(one) for one in next(place.glob("reports/runs/*/faults.jsonl")).read_text().splitlines()]
            late += [abs(row["at_ns"] / 1e9 - PLANNED[row["event"]]) * 1e3 for row in rows if row["event"] in PLANNED]
            off = float("inf") if measured is None else abs(measured - truth)
            said.append(f"{truth:g} s told as {measured if measured is None else round(measured, 3)}")
            good = good and off <= 0.25
        except (ValueError, KeyError, IndexError, subprocess.TimeoutExpired) as error:
            said.append(f"{truth:g} s: no answer ({type(error).__name__})")
            good = False
        finally:
            service.kill()
            service.wait()
    return [
        Row("measured recovery within 250 ms of the known one", "; ".join(said), good),
        Row(
            "schedule error at most 20 ms, in runs under load",
            f"{len(late)} beginnings and ends, worst {max(late, default=float('inf')):.1f} ms",
            max(late, default=float("inf")) <= 20,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the trials")
    parser.add_argument("--only", default="", help="speed, killed, stopped, both, cut, latency, schedule, recovery")
    asked = parser.parse_args()
    part = 10 if asked.quick else 1
    program = find_toxiproxy(os.environ, progress=print)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-faults-") as name, upstream() as address:
        folder = Path(name)
        with Server(program, address, [chr(ord("a") + i) for i in range(AT_ONCE)]) as server:
            parts: dict[str, Callable[[], Row | list[Row]]] = {
                "speed": lambda: speed(server, folder, 200 // part),
                "latency": lambda: latency(server, 40 // part),
                "schedule": lambda: schedule(server, folder, 100 // part),
                "killed": lambda: killed(server, folder, 100 // part),
                "stopped": lambda: stopped(server, folder, 100 // part),
                "both": lambda: abandoned(server, folder, 100 // part, "both"),
                "cut": lambda: abandoned(server, folder, 100 // part, "cut"),
                "recovery": lambda: recovery(server, folder, (0.5, 1.3, 2.2)[: 3 if part == 1 else 1]),
            }
            for key, measure in parts.items():
                if not asked.only or key in asked.only.split(","):
                    before = time.monotonic()
                    found = measure()
                    rows += found if isinstance(found, list) else [found]
                    say(f"... {key}: {time.monotonic() - before:.0f} s, {rows[-1].seen}", sys.stderr)
    machine = f"{len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()}"
    say(f"\n{machine}, Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f}\n")
    say("| asked for | seen here | reached |\n|---|---|---|")
    for row in rows:
        say(f"| {row.asked} | {row.seen} | {'yes' if row.reached else 'no'} |")


def say(text: str, stream: TextIO = sys.stdout) -> None:
    stream.write(text + "\n")
    stream.flush()


if __name__ == "__main__":
    main()
