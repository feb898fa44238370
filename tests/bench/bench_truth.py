"""How true the load generator's figures are, beside its peers: the second half of `make bench-load`. Not a test.

Arrivals at a known rate at a server whose answers take a known time; quantiles as told beside those computed. Nobody is pinned, and
everybody has the real-time priority that our engine takes where it may. 500/s, then half of what generator and server carry together.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from bench_parts import BASES, LOOK, ORDINARY, generators, say, server  # noqa: E402
from known_server import EVERY_S, FIRST_S, FREEZE_S, delays  # noqa: E402

from harness.load import Health, Windows  # noqa: E402
from harness.model import ClosedStage, Histogram, OpenStage, Profile  # noqa: E402
from harness.model.call import Call  # noqa: E402

RATE, SECONDS, PLAIN_USERS = 500, 10, 50
CAPACITY_USERS, CAPACITY_S = 256, 4.0
WORKERS = 5_000  # of vegeta
QUANTILES = (0.5, 0.9, 0.99, 0.999)
SEED = "truth"


@dataclass(frozen=True, slots=True)
class Given:
    """One row of what is asked: a kind of answers, and arrivals a second."""

    kind: str
    rate: int

    def computed(self) -> list[float]:
        """The quantiles that a client without limits would see, network and processors taking no time; seconds."""
        lasts = list(islice(delays(self.kind, SEED), self.rate * SECONDS))
        return exact([self._waited(number / self.rate, last) for number, last in enumerate(lasts)])

    def _waited(self, at: float, last: float) -> float:
        into = (at - FIRST_S) % EVERY_S
        if self.kind != "freezes" or at < FIRST_S - last:
            return last
        if into < FREEZE_S:
            return FREEZE_S - into + last
        return EVERY_S - into + FREEZE_S if into + last > EVERY_S else last  # on its way when the freeze began


Told = Callable[[Given, str, Path], Sequence[float]]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        truth(Path(place))


def truth(folder: Path) -> None:
    """The table, the lateness of arrivals, and what was the capacity."""
    say(
        f"\nLatency in ms, {SECONDS} s each: computed, and as told; off by how much of it, and by how many ms of what the server really took"
    )
    say(f"{'':44}" + "".join(f"{f'p{share * 100:g}':>20}" for share in QUANTILES))
    by_class = {base: ORDINARY % (BASES[base], "") for base in ("FastUser", "FastHttpUser")}
    prepared = {"  our engine, `requests:`": told_by_ours(LOOK)}
    ours = {**prepared, **{f"  our engine, {base}": told_by_ours(source) for base, source in by_class.items()}}
    two = {
        "  our engine, `requests:`, two processes": told_by_ours(LOOK, workers=2),
        "  our engine, FastUser, two processes": told_by_ours(by_class["FastUser"], workers=2),
    }
    plain = {"  plain Locust, FastHttpUser": told_by_locust}
    for kind in ("fixed", "freezes", "log-normal"):
        row(Given(kind, RATE), {**ours, **two, **plain, **peers()}, folder)
    both = capacity(folder)
    say(f"\nGenerator and server carry {both:.0f}/s together ({CAPACITY_USERS} users); half of that:")
    for kind in ("fixed", "log-normal"):
        some = {**prepared, "  our engine, FastUser": told_by_ours(by_class["FastUser"]), **two}
        row(Given(kind, round(both / 2)), {**some, **peers()}, folder)
    late = lateness(1000, folder)
    say(
        f"\nAt 1,000 arrivals a second, {late[0]:.2%} of them began over 1 ms after their time, the worst by {late[1]:.1f} ms."
    )


def row(given: Given, contenders: Mapping[str, Told], folder: Path) -> None:
    """What is known, and under it what each tells."""
    known = given.computed()
    say(f"{f'{given.kind}, {given.rate}/s':44}" + "".join(f"{value * 1000:10.2f}          " for value in known))
    for name, told in contenders.items():
        with server("known_server.py", given.kind, SEED) as (url, _):
            values = told(given, url, folder)
            with urlopen(f"{url}/served", timeout=30) as answer:
                took = exact(json.load(answer))
        served = known if given.kind == "freezes" else took  # it does not see what waits while it stands still
        cells = (
            f"{v * 1000:10.2f} {v / k - 1:+4.0%} {(v - s) * 1000:+4.2f}"
            for v, k, s in zip(values, known, served, strict=True)
        )
        say(f"{name:44}" + "".join(cells))


def told_by_ours(source: str | Call, workers: int = 1) -> Told:
    """Latency from the intended start, open model."""

    def told(given: Given, url: str, folder: Path) -> list[float]:
        stage = OpenStage(name="bench", rate=given.rate, duration=SECONDS)
        found: list[Histogram] = []
        with generators(source, url, folder, Profile((stage,)), workers=workers) as made:
            while not made.ended:
                found += [one.latency for _, m in made.messages(1) if isinstance(m, Windows) for one in m.rows]
        whole = Histogram.merged(found)
        return [whole.quantile(share) or 0.0 for share in QUANTILES]

    return told


def told_by_locust(given: Given, url: str, folder: Path) -> list[float]:
    """Its response times, paced by `constant_throughput`: as near to an open model as it comes."""
    path = folder / "plain.py"
    path.write_text(ORDINARY % (BASES["FastHttpUser"], f"wait_time = constant_throughput({given.rate / PLAIN_USERS})"))
    users = ["-u", str(PLAIN_USERS), "-r", str(PLAIN_USERS), "-t", f"{SECONDS}s"]
    said = answer_of([sys.executable, "-m", "locust", "-f", str(path), "-H", url, "--headless", "--json", *users])
    counts = sorted((float(ms), n) for ms, n in json.loads(said)[0]["response_times"].items())
    return exact([ms / 1000 for ms, n in counts for _ in range(n)])


def peers() -> dict[str, Told]:
    """Those on PATH that can keep a rate."""
    known: dict[str, Told] = {"vegeta": told_by_vegeta, "k6": told_by_k6, "oha": told_by_oha}
    return {f"  {name}": told for name, told in known.items() if shutil.which(name)}


def told_by_vegeta(given: Given, url: str, folder: Path) -> list[float]:
    """Each of its latencies: its own report stops at p99. Unbounded, it opens a connection for each request that waits: 20,000 and more."""
    attack = f"echo GET {url}/v1/items/1 | vegeta attack -rate={given.rate} -duration={SECONDS}s -max-workers={WORKERS} | vegeta encode -to csv"
    rows = csv.reader(answer_of(["sh", "-c", attack]).splitlines())
    return exact([int(one[2]) / 1e9 for one in rows])


def told_by_k6(given: Given, url: str, folder: Path) -> list[float]:
    """`http_req_duration` of a constant arrival rate."""
    script, summary = folder / "truth.js", folder / "k6.json"
    script.write_text(
        f"""import http from 'k6/http';
export const options = {{summaryTrendStats: ['p(50)', 'p(90)', 'p(99)', 'p(99.9)'], scenarios: {{one: {{executor: 'constant-arrival-rate',
  rate: {given.rate}, timeUnit: '1s', duration: '{SECONDS}s', preAllocatedVUs: 200, maxVUs: 2000}}}}}};
export default function () {{ http.get('{url}/v1/items/1'); }}
"""
    )
    answer_of(["k6", "run", "--quiet", "--summary-export", str(summary), str(script)])
    found = json.loads(summary.read_text())["metrics"]["http_req_duration"]
    return [found[f"p({share * 100:g})"] / 1000 for share in QUANTILES]


def told_by_oha(given: Given, url: str, folder: Path) -> list[float]:
    """With its correction for coordinated omission."""
    how = ["-q", str(given.rate), "-z", f"{SECONDS}s", "-c", "200", "--latency-correction"]
    said = answer_of(["oha", "--no-tui", "--output-format", "json", *how, f"{url}/v1/items/1"])
    found = json.loads(said)["latencyPercentiles"]
    return [found[name] for name in ("p50", "p90", "p99", "p99.9")]


def answer_of(command: Sequence[str]) -> str:
    """What it prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, preexec_fn=go_first)
    return done.stdout.decode()


def go_first() -> None:
    """The priority that our engine takes for itself, so that a busy machine is as good or bad for everyone."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def exact(values: Sequence[float]) -> list[float]:
    """Order statistics."""
    ordered = sorted(values)
    return [ordered[ceil(len(ordered) * share) - 1] for share in QUANTILES]


def capacity(folder: Path) -> float:
    """Requests per second of many users that never wait."""
    stage = ClosedStage(name="bench", users=CAPACITY_USERS, duration=CAPACITY_S)
    with server("known_server.py", "fixed", SEED) as (url, _):  # noqa: SIM117 # first the server, then the load
        with generators(ORDINARY % (BASES["FastUser"], ""), url, folder, Profile((stage,))) as made:
            began, asked = time.monotonic(), 0
            while not made.ended:
                for _, message in made.messages(1):
                    if isinstance(message, Windows):
                        asked += sum(one.latency.n for one in message.rows)
                if time.monotonic() - began > CAPACITY_S + 30:
                    sys.exit("the capacity run did not end")
    return asked / CAPACITY_S


def lateness(rate: int, folder: Path) -> tuple[float, float]:
    """The share of arrivals over 1 ms late, and the worst in ms; the server answers in 2 ms."""
    stage = OpenStage(name="bench", rate=rate, duration=SECONDS)
    last: Health | None = None
    with server("known_server.py", "fixed", SEED) as (url, _):  # noqa: SIM117 # first the server, then the load
        with generators(ORDINARY % (BASES["FastUser"], ""), url, folder, Profile((stage,))) as made:
            while not made.ended:
                last = next((m for _, m in made.messages(1) if isinstance(m, Health)), last)
    if last is None or not last.due:
        sys.exit("the generator told nothing of itself")
    return last.late / last.due, last.max_late_ns / 1e6


if __name__ == "__main__":
    main()
