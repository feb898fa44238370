"""What `bench_compare.py` times and weighs, in a process that imports nothing else: scipy's signals and statistics alone are 50 MB."""

from __future__ import annotations

import time
from pathlib import Path

from harness.experiment.saved import compare_saved
from harness.experiment.weigh import Weighing
from harness.report import write_comparison
from harness.results import RunFolder


def compare_two(folders: list[str]) -> None:
    """What is timed: two run folders become a comparison with its report.

    Prints seconds of CPU time to compare and to draw, seconds in all, and MiB before and at the most. CPU time is what a core of its own would
    take: on a shared machine the rest is waiting.
    """
    a, b = (RunFolder(Path(one)) for one in folders)
    before, began, used = _peak(), time.perf_counter(), time.process_time()
    found = compare_saved([a], [b], ("a", "b"), Weighing(), reports=a.path.parent, draw=lambda *_: None)
    assert found.document.overall is not None
    assert found.document.overall.base is not None
    read = time.process_time() - used
    write_comparison(found.folder, found.document)
    print(read, time.process_time() - used - read, time.perf_counter() - began, before, _peak(), flush=True)  # noqa: T201


def _peak() -> float:
    """Not `ru_maxrss`, which a process has from the one that forked it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
