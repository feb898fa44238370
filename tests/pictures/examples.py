"""`make examples`: the runs under reports/example anew, healthy and with a planted defect. They measure, so leave the machine alone meanwhile."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.report import write_report
from harness.results import RunReader, list_runs

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "reports" / "example"
RUNS = (("healthy", (), 0), ("double-charge", ("--defect", "double-charge"), 1))
KEPT = ("report.html", "report.md", "summary.json")


def main() -> None:
    """Each must end as its name says, or nothing of it is kept."""
    for name, more, wanted in RUNS:
        with tempfile.TemporaryDirectory(prefix="examples-") as place:
            done = subprocess.run(
                [sys.executable, "-m", "harness.cli", "demo", *more, "--reports", place], check=False, cwd=ROOT
            )
            if done.returncode != wanted:
                sys.exit(
                    f"The {name} run ended with {done.returncode} instead of {wanted}. Run it again on a quiet machine."
                )
            keep(RunReader.open(list_runs(Path(place) / "runs")[-1]), EXAMPLES / name)


def keep(reader: RunReader, into: Path) -> None:
    """Without the name of this machine."""
    file = reader.folder.file("summary.json")
    summary = json.loads(file.read_text())
    summary["environment"]["host"] = "example"
    file.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    write_report(RunReader.open(reader.folder))
    into.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        shutil.copyfile(reader.folder.file(name), into / name)


if __name__ == "__main__":
    main()
