"""`make bench-contract`, the check's part: its speed beside Schemathesis's own command, what two workers bring, what 60 s reach, how soon
a newcomer sees a first true finding, steadiness.

Not a test: nothing fails because a machine is slow. Everybody checks the same service with the same settings in the same run, in turns; the service
counts, and the processor time of each command is told, too, for wall time says little where others have the cores. Everybody's modules are compiled
before, as they are once installed. Say `--foreign URL` for the first finding and the
repeats on a service of your own, `--only speed,reference,first,repeats` for a part.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
HARNESS = (sys.executable, "-m", "harness.cli")
FAULTY = str(HERE.parent / "integration" / "contract" / "faulty_shop.py")
SENT = 3  # times that an error is sent again


def say(text: str) -> None:
    """At once, also into a pipe."""
    print(text, flush=True)  # noqa: T201


@contextmanager
def service(*program: str) -> Iterator[str]:
    """The URL of a service that prints its port."""
    process = subprocess.Popen([sys.executable, *program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """`rate`: requests per second between the first and the last one. `wall` and `cpu` (with its children's): seconds of the whole command."""

    rate: float
    requests: int
    wall: float
    cpu: float


def timed(url: str, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Timed:
    """One command."""
    httpx.get(f"{url}/counted")
    began, spent = time.monotonic(), cpu_s()
    subprocess.run(argv, cwd=cwd, env=env, capture_output=True, timeout=900, check=False)
    wall, cpu = time.monotonic() - began, cpu_s() - spent
    seen = httpx.get(f"{url}/counted").json()
    rate = seen["requests"] / max(1e-9, seen["last"] - seen["first"])
    return Timed(rate=rate, requests=seen["requests"], wall=wall, cpu=cpu)


def cpu_s() -> float:
    """Processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compiled(folder: Path) -> dict[str, str]:
    """An environment in which modules are compiled once, whatever ours says."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**env, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def speed(rounds: int, examples: int) -> None:
    """st run, harness check, harness check with two workers, in turns."""
    common = ("--seed", "1", "--max-examples", str(examples), "--phases", "examples,coverage,fuzzing")
    figures: dict[str, list[Timed]] = {}
    with service(str(HERE / "described_service.py")) as url, tempfile.TemporaryDirectory() as folder:
        contestants = {
            "st run": (
                str(BIN / "st"),
                "run",
                f"{url}/openapi.json",
                *common,
                "--continue-on-failure",
                "--workers",
                "1",
                "--suppress-health-check",
                "all",
            ),
            "harness check": (*HARNESS, "check", url, *common, "--budget", "600s"),
            "harness check, 2 workers": (*HARNESS, "check", url, *common, "--budget", "600s", "--workers", "2"),
        }
        env = compiled(Path(folder))
        for argv in contestants.values():  # so that everybody's modules are compiled
            subprocess.run(
                [*argv, "--max-examples", "1", "--phases", "examples"],
                cwd=folder,
                env=env,
                capture_output=True,
                check=False,
            )
        for number in range(rounds):
            for name, argv in contestants.items():
                got = timed(url, argv, Path(folder), env)
                figures.setdefault(name, []).append(got)
                say(
                    f"  round {number + 1}: {name}: {got.rate:.0f}/s, {got.requests} requests, {got.wall:.1f} s in all, "
                    f"{got.cpu:.1f} s of processor ({got.cpu / max(1, got.requests) * 1000:.1f} ms a request)"
                )
    rates = {name: median(one.rate for one in rows) for name, rows in figures.items()}
    for name, rate in rates.items():
        spent = median(one.cpu / max(1, one.requests) for one in figures[name]) * 1000
        say(f"{name}: {rate:.0f} requests/s, {spent:.1f} ms of processor a request")
    say(f"harness check / st run: {rates['harness check'] / rates['st run']:.2f} (asked for: 1)")
    say(f"two workers / one: {rates['harness check, 2 workers'] / rates['harness check']:.2f} (asked for: 1.7)")


def reference() -> None:
    """The bundled service, 60 seconds."""
    done = subprocess.run(
        [*HARNESS, "check", "reference", "--budget", "60s", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    told = json.loads(done.stdout)
    seen = told["coverage"]
    say(
        f"bundled service, 60 s: {told['cases']} cases, {seen['operations']:.0%} of operations, "
        f"{seen['statuses']:.0%} of statuses"
    )
    say(f"  never seen: {', '.join(told['never_seen']) or 'nothing'}; verdict {told['verdict']}: {told['why']}")


def first(url: str, env: Mapping[str, str]) -> None:
    """From `harness init URL` in an empty folder to the first error that came back each time it was sent again; nothing is edited between."""
    with tempfile.TemporaryDirectory() as folder:
        here, began = Path(folder), time.monotonic()
        told = _said(("init", url, "--json"), here, env)
        known = time.monotonic() - began
        lines = [line for line in (here / "harness.yaml").read_text().splitlines() if line.strip()]
        found = _said(("check", told["target"], "--json"), here, env)
        took = time.monotonic() - began
    true = [
        one
        for one in found["findings"]
        if one["level"] == "error" and one.get("came_back", 0) == one.get("tried") == SENT
    ]
    say(f"init: {known:.1f} s, {told['operations']} operations, {len(lines)} lines of YAML (asked for: 15 at most)")
    say(
        f"first true finding: {took:.1f} s after `harness init` (asked for: 300 at most): {true[0]['operation']}: {true[0]['message'][:100]}"
        if true
        else f"no true finding in {took:.1f} s: {found['verdict']}, {found['why']}"
    )


def _said(words: Sequence[str], here: Path, env: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [*HARNESS, *words], cwd=here, env=env, capture_output=True, text=True, timeout=900, check=False
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def repeats(url: str, times: int, budget: str) -> None:
    """Each against the baseline of the first."""
    with tempfile.TemporaryDirectory() as folder:
        base = (*HARNESS, "check", url, "--budget", budget, "--baseline", str(Path(folder) / "baseline.yaml"))
        subprocess.run([*base, "--baseline-update"], capture_output=True, timeout=900, check=False)
        fresh: list[int] = []
        for _ in range(times):
            done = subprocess.run([*base, "--json"], capture_output=True, text=True, timeout=900, check=False)
            findings = json.loads(done.stdout)["findings"]
            new = [f for f in findings if not f.get("accepted")]
            fresh.append(len(new))
            for one in new:
                say(
                    f"  new: {one['level']} {one['operation']} {one.get('check')} {one.get('signature')}: {one['message'][:100]}"
                )
        say(
            f"{times} repeats against the baseline of the first: {sum(1 for n in fresh if n)} with a new finding of any level"
        )


def main() -> None:
    """All parts, or some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="speed,reference,first,repeats")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--examples", type=int, default=30)
    parser.add_argument("--foreign", default="")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--budget", default="20s")
    given = parser.parse_args()
    parts = given.only.split(",")
    if "speed" in parts:
        speed(given.rounds, given.examples)
    if "reference" in parts:
        reference()
    with nullcontext(given.foreign) if given.foreign else service(FAULTY) as url:
        if "first" in parts:
            first(url, os.environ if given.foreign else {**os.environ, "SHOP_TOKEN": "s3cret-token"})
        if "repeats" in parts:
            repeats(url, given.times, given.budget)


if __name__ == "__main__":
    main()
