"""`make bench-contract`, the check's part: its speed beside Schemathesis's own command, what two workers bring, what 60 s reach, steadiness.

Not a test: nothing fails because a machine is slow. Everybody checks the same service with the same settings in the same run, in turns; the service
counts. Say `--foreign URL` for the repeats on a service of your own, `--only speed,reference,repeats` for a part.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
HARNESS = (sys.executable, "-m", "harness.cli")


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


def timed(url: str, argv: Sequence[str], cwd: Path) -> tuple[float, int, float]:
    """Requests per second between the first and the last one, requests, and the wall time of the whole command."""
    httpx.get(f"{url}/counted")
    began = time.monotonic()
    subprocess.run(argv, cwd=cwd, capture_output=True, timeout=900, check=False)
    wall = time.monotonic() - began
    seen = httpx.get(f"{url}/counted").json()
    return seen["requests"] / max(1e-9, seen["last"] - seen["first"]), seen["requests"], wall


def speed(rounds: int, examples: int) -> None:
    """st run, harness check, harness check with two workers, in turns."""
    common = ("--seed", "1", "--max-examples", str(examples), "--phases", "examples,coverage,fuzzing")
    figures: dict[str, list[tuple[float, int, float]]] = {}
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
        for number in range(rounds):
            for name, argv in contestants.items():
                got = timed(url, argv, Path(folder))
                figures.setdefault(name, []).append(got)
                say(f"  round {number + 1}: {name}: {got[0]:.0f}/s, {got[1]} requests, {got[2]:.1f} s in all")
    rates = {name: median(rate for rate, _, _ in rows) for name, rows in figures.items()}
    for name, rate in rates.items():
        say(f"{name}: {rate:.0f} requests/s")
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
    parser.add_argument("--only", default="speed,reference,repeats")
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
    if "repeats" in parts and given.foreign:
        repeats(given.foreign, given.times, given.budget)
    elif "repeats" in parts:
        with service(str(HERE.parent / "integration" / "contract" / "faulty_shop.py")) as url:
            repeats(url, given.times, given.budget)


if __name__ == "__main__":
    main()
