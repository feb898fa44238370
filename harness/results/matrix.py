"""`matrix.json`: every fault on every edge, with what came of each. Its schema is published and only grows."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import BadDocument
from harness.model.verdict import Verdict
from harness.results.disk import replace
from harness.results.folder import RunFolder
from harness.results.record import Status
from harness.results.schemas import FORMAT
from harness.results.summary import Number

__all__ = ["Matrix", "MatrixCalm", "MatrixCell", "MatrixLeftOut", "load_matrix", "save_matrix"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings")


class MatrixCalm(_Part):
    """A run without a fault between cells; `run` names its folder. Of the whole run but its warm-up."""

    run: str
    verdict: Verdict
    requests: int = 0
    errors: float | None = None
    p95_ms: Number | None = None
    why: str = ""
    seconds: float = 0.0


class MatrixCell(_Part):
    """One fault on one edge. `verdict` is None until it was run; pass: it held, fail: it broke.

    `errors` (a share) and `p95_ms` are under the fault, `calm` names the run that they are held against. `broke` says what was expected
    and not kept, `invariants` which audits failed. Recovery is as in a summary's fault.
    """

    edge: str
    fault: str
    kind: str
    verdict: Verdict | None = None
    run: str = ""
    calm: str = ""
    seconds: float = 0.0
    in_force: bool | None = None
    requests: int = 0
    errors: float | None = None
    p95_ms: Number | None = None
    detection_s: float | None = None
    recovery_s: float | None = None
    recovery_censored: bool = False
    recovery_uncertainty_s: float = 0.25
    broke: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    why: str = ""


class MatrixLeftOut(_Part):
    """A fault that an edge cannot bear, and why."""

    edge: str
    fault: str
    kind: str
    why: str


class Matrix(_Part):
    """`title` sums it up: how many of the cells held. `expect` is what each cell had to keep, `audits` the invariants that were checked."""

    format: int = FORMAT
    name: str
    scenario: str
    about: str = ""
    target: str
    status: Status = Status.RUNNING
    verdict: Verdict = Verdict.UNKNOWN
    title: str = ""
    why: str = ""
    calm_s: float
    fault_s: float
    after_s: float
    rate: float
    expect: tuple[str, ...] = ()
    audits: tuple[str, ...] = ()
    started: str = ""
    duration_s: float = 0.0
    cells: tuple[MatrixCell, ...] = ()
    calms: tuple[MatrixCalm, ...] = ()
    left_out: tuple[MatrixLeftOut, ...] = ()
    environment: dict[str, str] = Field(default_factory=dict)

    @property
    def edges(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(dict.fromkeys(cell.edge for cell in self.cells))

    @property
    def faults(self) -> tuple[str, ...]:
        """The rows, in order."""
        return tuple(dict.fromkeys(cell.fault for cell in self.cells))

    def cell(self, fault: str, edge: str) -> MatrixCell | None:
        """The one there."""
        return next((one for one in self.cells if (one.fault, one.edge) == (fault, edge)), None)

    def calm_run(self, cell: MatrixCell) -> MatrixCalm | None:
        """What it is held against."""
        return next((one for one in self.calms if one.run == cell.calm), None)

    def slower(self, cell: MatrixCell) -> float | None:
        """p95 under the fault over p95 of its calm run; None where either has none."""
        calm = self.calm_run(cell)
        if calm is None or not calm.p95_ms or cell.p95_ms is None:
            return None
        return cell.p95_ms / calm.p95_ms


def save_matrix(folder: RunFolder, matrix: Matrix) -> None:
    """Write `matrix.json` in one step. Raises EnvironmentFailed."""
    replace(folder.file("matrix.json"), (matrix.model_dump_json(indent=2) + "\n").encode(errors="replace"))


def load_matrix(folder: RunFolder) -> Matrix:
    """Read it back. Raises BadDocument."""
    file = folder.file("matrix.json")
    try:
        return Matrix.model_validate_json(file.read_text())
    except (OSError, ValidationError) as error:
        raise BadDocument(f"It is no matrix: {str(error).splitlines()[0]}", "Start a new one.", path=file) from error
