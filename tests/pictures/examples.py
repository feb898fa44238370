"""`make examples`: what lies under reports/example anew, by real runs. They measure, so leave the machine alone meanwhile.

A version against itself is asked to be equal within 20 %: on two cores that idle in between, the medians of equal runs differ by more than 10 %.

Names after it choose: `python -m tests.pictures.examples matrix compare-same`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.report import write_report
from harness.report.comparison import write_comparison
from harness.report.matrix import write_matrix
from harness.results import Comparison, Matrix, RunFolder, RunReader, list_runs

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "reports" / "example"
REPORT = ("report.html", "report.md")
HOST = "example"
COMPARE = ("compare", "side-by-side", "--quantile", "p50", "--base", "reference", "--candidate")


@dataclass(frozen=True, slots=True)
class Example:
    """A command, how it may end, and how its result comes here: `keep(reports, into)`."""

    command: tuple[str, ...]
    ends: tuple[int, ...]
    keep: Callable[[Path, Path], None]


def main() -> None:
    """Each must end as it should, or nothing of it is kept."""
    for name in sys.argv[1:] or EXAMPLES_BY_NAME:
        one = EXAMPLES_BY_NAME[name]
        with tempfile.TemporaryDirectory(prefix="examples-") as place:
            command = [sys.executable, "-m", "harness.cli", *one.command, "--reports", place]
            done = subprocess.run(command, check=False, cwd=ROOT)
            if done.returncode not in one.ends:
                sys.exit(f"{name} ended with {done.returncode} instead of {one.ends}. Try again on a quiet machine.")
            one.keep(Path(place), EXAMPLES / name)


def keep_run(reports: Path, into: Path) -> None:
    """The last run, without the name of this machine."""
    reader = RunReader.open(list_runs(reports / "runs")[-1])
    _anonymous(reader.folder.file("summary.json"))
    write_report(RunReader.open(reader.folder))
    _copy(reader.folder, into, (*REPORT, "summary.json"))


def keep_comparison(reports: Path, into: Path) -> None:
    """The same of a comparison."""
    (place,) = (reports / "comparisons").iterdir()
    folder = RunFolder(place)
    _anonymous(folder.file("comparison.json"))
    write_comparison(folder, Comparison.model_validate_json(folder.file("comparison.json").read_text()))
    _copy(folder, into, (*REPORT, "comparison.json"))


def keep_matrix(reports: Path, into: Path) -> None:
    """The same of a matrix."""
    (place,) = (reports / "matrices").iterdir()
    folder = RunFolder(place)
    _anonymous(folder.file("matrix.json"))
    write_matrix(folder, Matrix.model_validate_json(folder.file("matrix.json").read_text()))
    _copy(folder, into, (*REPORT, "matrix.json"))


def _anonymous(file: Path) -> None:
    file.write_text(json.dumps(_without_host(json.loads(file.read_text())), indent=1, ensure_ascii=False) + "\n")


def _without_host(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: HOST if key == "host" and isinstance(inner, str) else _without_host(inner)
            for key, inner in value.items()
        }
    return [_without_host(inner) for inner in value] if isinstance(value, list) else value


def _copy(folder: RunFolder, into: Path, names: tuple[str, ...]) -> None:
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for name in names:
        shutil.copyfile(folder.file(name), into / name)


EXAMPLES_BY_NAME = {
    "healthy": Example(("demo",), (0,), keep_run),
    "double-charge": Example(("demo", "--defect", "double-charge"), (1,), keep_run),
    "matrix": Example(("matrix", "scenarios/checkout.yaml"), (0, 1), keep_matrix),
    "compare-same": Example((*COMPARE, "reference", "--margin", "20%"), (0,), keep_comparison),
    "compare-slow-list": Example((*COMPARE, "reference:slow-list", "--margin", "10%"), (1,), keep_comparison),
    "compare-slow-place": Example((*COMPARE, "reference:slow-place", "--margin", "10%"), (1,), keep_comparison),
}


if __name__ == "__main__":
    main()
