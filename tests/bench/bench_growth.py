"""What a run weighs by its number of requests: memory of the load process and of the run, bytes of the folder. No request is sent.

Outcomes go the whole way of real ones: recorder, drained every 250 ms of the run's time, msgpack, decoded, measured, written, turned into
Parquet. 20 operations, ten minutes, log-normal latencies, 1 % failures each with a text of its own, phases of every request. The load
process's half runs in a child, which pipes its frames to the run's half. Resident memory beyond what the imports take: that is said beside it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import msgpack  # noqa: E402
import numpy as np  # noqa: E402
from bench_parts import say  # noqa: E402

from harness.experiment.gathered import Gathered  # noqa: E402
from harness.experiment.saving import Saving  # noqa: E402
from harness.load.messages import decoded, encoded_failures, encoded_timings, encoded_windows  # noqa: E402
from harness.load.phases import Phases  # noqa: E402
from harness.load.recorder import Recorder  # noqa: E402
from harness.load.wording import Wording  # noqa: E402
from harness.model import WIDTH_NS, Outcome, Phase  # noqa: E402
from harness.results import RunFolder, RunRecord, RunWriter, Status  # noqa: E402

OPERATIONS = [f"operation {number}" for number in range(20)]
WINDOWS = 2400
MIB = 1024 * 1024


def main() -> None:
    """Print a row for each size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, nargs="+", default=[1_000_000, 10_000_000])
    say("requests | load process, MiB | the run, MiB | folder, MiB | CPU of both, s")
    for requests in options.parse_args().requests:
        _in_a_process(_weigh, requests)


def _in_a_process(work: object, *args: object) -> None:
    process = multiprocessing.get_context("spawn").Process(target=work, args=args)  # type: ignore[arg-type]
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"the bench's process ended with {process.exitcode}")


def _weigh(requests: int) -> None:
    """The run's half."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_generate, args=(theirs, requests), daemon=True)
    before = _resident()
    child.start()
    theirs.close()
    with tempfile.TemporaryDirectory() as root:
        folder = RunFolder.create(Path(root), "growth", datetime.now(UTC), "1")
        writer = RunWriter(folder, RunRecord(run=folder.name, scenario_name="growth", target="none", started=""))
        gathered = Gathered()
        saving = Saving(writer, gathered, None, lambda _: None)  # type: ignore[arg-type]  # nothing is said to a person
        while frame := ours.recv_bytes():
            saving.take(0, decoded(msgpack.unpackb(frame)))
        base, peak, cpu = ours.recv()
        child.join()
        run = _resident() - before
        writer.finish(Status.COMPLETE, ended="")
        size = sum(path.stat().st_size for path in folder.path.iterdir())
    say(
        f"{requests:,} | {(peak - base) / MIB:.1f} beyond {base / MIB:.0f} | {run / MIB:.1f} beyond {before / MIB:.0f} | "
        f"{size / MIB:.1f} | {cpu + time.process_time():.0f}",
    )


def _generate(link: Connection, requests: int) -> None:
    """The load process's half; at the end its resident memory before and at most after, bytes."""
    random = np.random.default_rng(1)
    drawn = (random.lognormal(np.log(4e6), 0.6, 1 << 16)).astype(np.int64).tolist()
    recorder, phases, wording = Recorder(), Phases(), Wording()
    base = peak = _resident()
    sent, started = 0, time.process_time()
    for window in range(WINDOWS):
        due = requests * (window + 1) // WINDOWS
        while sent < due:
            name, took, at = OPERATIONS[sent % 20], drawn[sent * 7 & 0xFFFF], window * WIDTH_NS
            outcome = Outcome.FAILED if sent % 100 == 0 else Outcome.OK
            recorder.add(at, name, outcome, "load", 200, took + 60_000, took)
            if outcome is Outcome.FAILED:
                recorder.add_failure(at, name, outcome, wording.of(ValueError(f"{_word(sent)} is wrong"), 200))
            phases.add(at, name, Phase.WAITING, took)
            sent += 1
        for message in (
            encoded_windows(1, recorder.drain()),
            encoded_failures(recorder.drain_failures()),
            encoded_timings(phases.drain()),
        ):
            link.send_bytes(msgpack.packb(message))
        peak = max(peak, _resident())
    link.send_bytes(b"")
    link.send((base, peak, time.process_time() - started))


def _word(number: int) -> str:
    """Letters alone, so that masking leaves every text its own."""
    return "".join(chr(97 + int(digit)) for digit in str(number))


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
