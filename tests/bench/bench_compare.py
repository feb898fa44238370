"""How often a comparison errs, and what it costs: `make bench-compare`. Everything is from a fixed seed; the second half is measured.

    error rates   synthetic runs (tests/unit/compare/noisy.py), through the same code as `harness compare`
    cost          a run folder of windows whatever the number of requests, and raw samples for comparison, each in a process of its own

Prints the tables of docs/accuracy.md. `--quick` takes a tenth of the families and the smaller files.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.stats import binomtest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # so that it runs as a program

from harness.compare import Judged, Looks  # noqa: E402
from harness.model import Judgement  # noqa: E402
from tests.unit.compare.noisy import Noise, blocks, decide, family, pool_of_runs  # noqa: E402

SEED = 20261125
OPERATIONS = 10
MINUTES = 10
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Row:
    """A claim with what was measured: `hits` of `tries`, and the goal in words."""

    what: str
    hits: int
    tries: int
    goal: str

    def told(self) -> str:
        """With its 95 % interval (Clopper & Pearson)."""
        ci = binomtest(self.hits, self.tries).proportion_ci(0.95)
        return f"| {self.what} | {self.hits / self.tries:.2%} | {ci.low:.2%} to {ci.high:.2%} | {self.tries:,} | {self.goal} |"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is counted over so many `times` the families of comparisons: those that `asked` says yes to. With `looks` up to twelve pairs each."""

    text: str
    asked: Callable[[list[Judged]], bool]
    wanted: str = "(none set)"
    noise: Noise = field(default_factory=Noise)
    slower: Mapping[int, float] = field(default_factory=dict)
    times: int = 1
    only: str = "p"
    looks: bool = False


SCATTERED = Noise(scatter=0.6)
FIRST: Mapping[int, float] = {0: 0.1}
"""The first operation is 10 % slower."""


def error_rates(families: int) -> Iterator[Row]:
    """All claims of the table, one by one."""
    pool = pool_of_runs(np.random.default_rng(SEED), 1000 if families >= 1000 else 200)
    looks = Looks.plan(6, 12)
    for claim in claims():
        times, slower = families * claim.times, dict(claim.slower)
        rng = np.random.default_rng([SEED, times, *((7,) if claim.looks else ()), len(slower)])
        hits = 0
        for _ in range(times):
            order = blocks(rng, looks.most if claim.looks else 6)
            pairs = family(rng, pool, claim.noise, order, slower)
            if claim.looks:
                decided = (decide(pairs[:at], order[:at], alpha=looks.alpha, only=claim.only) for at in looks.at)
            else:
                decided = iter([decide(pairs, order, only=claim.only)])
            hits += any(claim.asked(one) for one in decided)
        yield Row(claim.text, hits, times, claim.wanted)


def claims() -> tuple[Claim, ...]:
    """The rows of the table."""
    return (*_alarms_of_a_family(), *_found_in_a_family(), *_of_one_metric())


def _alarms_of_a_family() -> Iterator[Claim]:
    """Nothing changed in 40 metrics."""
    asked, wanted = _any(Judgement.REGRESSED), "at most 5 %"
    yield Claim("A/A, 40 metrics, 6 pairs: any `regressed`", asked, wanted)
    yield Claim("A/A, 40 metrics, looks at 6, 8, 10, 12: any `regressed`", asked, wanted, looks=True)
    yield Claim("A/A, 40 metrics, 6 pairs, shifts of 8 %: any `regressed`", asked, wanted, Noise(shift=0.08))
    yield Claim("A/A, 40 metrics, 6 pairs, noise scattered: any `regressed`", asked, wanted, SCATTERED)
    yield Claim("10 % drift, A/A, 40 metrics: any `regressed`", asked, wanted, Noise(drift=0.1))


def _found_in_a_family() -> Iterator[Claim]:
    """Something became slower among 40 metrics."""
    regressed, one = Judgement.REGRESSED, "+10 % on one of 10 operations"
    everywhere = dict.fromkeys(range(OPERATIONS), 0.1)
    four = _of_first(regressed)
    yield Claim("+10 % everywhere, 6 pairs: found", _any(regressed), "at least 90 %", slower=everywhere)
    yield Claim(f"{one} among 40 metrics, 6 pairs: any of its four found", four, slower=FIRST)
    yield Claim("the same: its p95 found", _p95(regressed), "at least 90 %", slower=FIRST)
    yield Claim("the same, looks at 6 to 12: any of its four found", four, slower=FIRST, looks=True)
    yield Claim(f"{one}, 6 pairs, noise scattered: any of its four found", four, noise=SCATTERED, slower=FIRST)


def _of_one_metric() -> Iterator[Claim]:
    """p95 of one operation, judged alone."""
    regressed, equivalent = _p95(Judgement.REGRESSED), _p95(Judgement.EQUIVALENT)
    quiet, drifting = Noise(operations=1), Noise(drift=0.1, operations=1)
    alone: Any = {"times": 5, "only": "p95"}
    slower, seldom = "+10 % on p95", "at most 1 %"
    yield Claim(f"{slower}, judged alone, 6 pairs: found", regressed, "at least 90 %", quiet, FIRST, **alone)
    yield Claim(
        f"{slower} called `equivalent`, judged alone, 6 pairs", equivalent, "at most 0.1 %", quiet, FIRST, 10, "p95"
    )
    yield Claim("10 % drift, A/A, p95 alone: `regressed`", regressed, seldom, drifting, **alone)
    looks = "looks at 6, 8, 10, 12"
    yield Claim(f"10 % drift, A/A, {looks}, p95 alone: `regressed`", regressed, seldom, drifting, looks=True, **alone)
    yield Claim(
        "A/A, shifts of 1 %, p95 alone: `equivalent`", equivalent, noise=Noise(shift=0.01, operations=1), **alone
    )
    yield Claim("A/A, shifts of 5 %, p95 alone: `equivalent`", equivalent, noise=quiet, **alone)


def _any(judgement: Judgement) -> Callable[[list[Judged]], bool]:
    return lambda found: any(one.judgement is judgement for one in found)


def _of_first(judgement: Judgement) -> Callable[[list[Judged]], bool]:
    return lambda found: any(one.judgement is judgement for one in found if one.sample.operation == "op0")


def _p95(judgement: Judgement) -> Callable[[list[Judged]], bool]:
    return lambda found: any(
        one.judgement is judgement for one in found if (one.sample.operation, one.sample.metric) == ("op0", "p95")
    )


def cost(requests: int, kind: str, folder: Path) -> str:
    """One row: both arms of one pair, from Parquet to report, in a process of its own on one core."""
    arms = [_write(folder / f"{kind}-{requests}-{arm}", requests // 2, kind, arm) for arm in (0, 1)]
    size = sum(file.stat().st_size for arm in arms for file in arm.glob("*.parquet"))
    first = "from harness.cli.memory import give_back; give_back()"  # as the command does
    code = f"{first}; from tests.bench.comparing import compare_two; compare_two({[str(arm) for arm in arms]!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_on_one_core,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    read, drawn, wall, before, peak = (float(word) for word in done.stdout.split()[-5:])
    page = max(file.stat().st_size for file in folder.glob("comparisons/*/report.html")) / 1000
    return (
        f"| {requests:,} requests, {kind} | {size / MIB:.1f} MiB | {read:.2f} s | {drawn:.2f} s | {wall:.2f} s | {peak:.0f} MiB "
        f"| {before:.0f} MiB | {page:.0f} KB |"
    )


def report_cost(requests: int, folder: Path) -> str:
    """One row: the report of one run of windows, by the command itself, imports and all; CPU time of the process on one core."""
    run = _write(folder / f"run-{requests}", requests, "windows", 0)
    command = [sys.executable, "-m", "harness.cli", "report", str(run)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, preexec_fn=_on_one_core)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    page = (run / "report.html").stat().st_size / 1000
    return f"| {requests:,} requests, windows | {seconds:.2f} s | {page:.0f} KB |"


def _on_one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _write(path: Path, requests: int, kind: str, arm: int) -> Path:
    """A run folder of 20 operations and ten minutes."""
    from harness.model import Verdict
    from harness.results import RunFolder, RunRecord, RunWriter, Stage, Status, Summary, ValiditySummary

    path.mkdir(parents=True)
    started = datetime(2026, 11, 25, 12, arm, tzinfo=UTC).isoformat()
    writer = RunWriter(RunFolder(path), RunRecord(run=path.name, scenario_name="bench", target="t", started=started))
    rng = np.random.default_rng(arm)
    if kind == "windows":
        _windows(writer, rng, requests)
        writer.finish(Status.COMPLETE, ended=started)
    else:
        writer.finish(Status.COMPLETE, ended=started)
        (path / "windows.parquet").unlink()
        _samples(path / "samples.parquet", rng, requests)
    stages = (Stage(name="load", from_s=0, to_s=MINUTES * 60),)
    ok = (ValiditySummary(check="late arrivals", verdict=Verdict.PASS),)
    summary = Summary(run=path.name, scenario="bench", target="t", verdict=Verdict.PASS, stages=stages, validity=ok)
    writer.document("summary.json", summary)
    return path


def _windows(writer: object, rng: np.random.Generator, requests: int) -> None:
    from harness.results.samples import windows_of

    for batch in _batches(rng, requests):
        writer._windows.add(windows_of(batch))  # type: ignore[attr-defined]


def _samples(path: Path, rng: np.random.Generator, requests: int) -> None:
    from harness.results.samples import SAMPLES

    with pq.ParquetWriter(path, SAMPLES, compression="zstd") as out:
        for batch in _batches(rng, requests):
            out.write_table(batch)


def _batches(rng: np.random.Generator, requests: int) -> Iterator[pa.Table]:
    """In order of time, a slice of the ten minutes each."""
    from harness.results.samples import SAMPLES

    names = pa.array([f"operation_{n}" for n in range(20)])
    outcomes = pa.array(["ok", "5xx"])
    pieces = max(1, requests // 500_000)
    span = MINUTES * 60 * 1_000_000_000
    for piece in range(pieces):
        n = requests // pieces
        at = np.sort(rng.integers(span * piece // pieces, span * (piece + 1) // pieces, n))
        micros = rng.lognormal(np.log(8000), 0.5, n).astype(np.int32)
        columns = [
            pa.array(at),
            pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, 20, n).astype(np.int32)), names).cast(pa.string()),
            pa.DictionaryArray.from_arrays(pa.array((rng.random(n) < 0.001).astype(np.int32)), outcomes).cast(
                pa.string()
            ),
            pa.array(micros),
        ]
        yield pa.Table.from_arrays(columns, schema=SAMPLES)


def _say(*what: object) -> None:
    print(*what, flush=True)  # noqa: T201


def main() -> None:
    """Both tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--only", choices=("errors", "cost"))
    options = asked.parse_args()
    if options.only != "cost":
        _say("| claim | measured | 95 % interval | comparisons | goal |\n|---|--:|--:|--:|--:|")
        for row in error_rates(100 if options.quick else 1000):
            _say(row.told())
    if options.only != "errors":
        _say(
            "\n| both arms | files | compare, CPU | draw, CPU | both, by the clock | peak | of it imports | page |\n|---|--:|--:|--:|--:|--:|--:|--:|"
        )
        sizes = (1_000_000,) if options.quick else (1_000_000, 10_000_000)
        with tempfile.TemporaryDirectory(prefix="bench-compare-") as folder:
            for kind in ("windows", "samples"):
                for requests in sizes:
                    _say(cost(requests, kind, Path(folder)))
            _say("\n| one run | harness report, CPU, imports and all | page |\n|---|--:|--:|")
            for requests in sizes:
                _say(report_cost(requests, Path(folder)))


if __name__ == "__main__":
    main()
