"""Where a run lives on disk, and how runs are found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import BadInput
from harness.model.nearest import did_you_mean
from harness.results.disk import writing

_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run; its name is the run's name: `<UTC time>-<scenario>-<id>`."""

    path: Path

    @classmethod
    def create(cls, root: Path, scenario_name: str, now: datetime, id: str) -> RunFolder:  # noqa: A002  # the field's word
        """Make the folder under `root`. `now` is any aware time. Raises EnvironmentFailed where it can't be made, or is there already."""
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", scenario_name).strip("-.")[:80] or "run"
        path = root / f"{now.astimezone(UTC).strftime(_STAMP)}-{safe}-{id}"
        with writing(path):
            path.mkdir(parents=True)
        return cls(path)

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    def file(self, name: str) -> Path:
        """The path of one of its files."""
        return self.path / name


def list_runs(root: Path) -> tuple[RunFolder, ...]:
    """Every run under `root`, oldest first (names start with the time)."""
    if not root.is_dir():
        return ()
    return tuple(RunFolder(path) for path in sorted(root.iterdir()) if (path / "run.json").is_file())


def find_run(root: Path, spelling: str) -> RunFolder:
    """The run meant by `last`, a path, a name under `root`, or the beginning or end of just one name.

    Raises BadInput with the nearest name where none is meant, or more than one.
    """
    path = Path(spelling).expanduser()
    if (path / "run.json").is_file():
        return RunFolder(path.resolve())
    runs = list_runs(root)
    if not runs:
        raise BadInput(f"There is no run under {root}.", "Run a scenario first: harness run SCENARIO")
    if spelling == "last":
        return runs[-1]
    names = [run.name for run in runs]
    if spelling in names:
        return runs[names.index(spelling)]
    near = [run for run in runs if run.name.startswith(spelling) or run.name.endswith(spelling)]
    if len(near) == 1:
        return near[0]
    if near:
        raise BadInput(
            f"`{spelling}` names {len(near)} runs under {root}.",
            "Write one of: " + ", ".join(r.name for r in near[-5:]),
        )
    raise BadInput(f"No run is called `{spelling}` under {root}.", did_you_mean(spelling, names[-20:]))
