"""The report of a matrix: how many cells held, heat maps of what each did, and every cell with its run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.report.html import laid_out
from harness.report.markdown import MARK, cell, escaped, row, table
from harness.report.matrix_chart import heat_maps
from harness.report.words import count, millis, seconds, share, times, when
from harness.results import Matrix, MatrixCell, RunFolder
from harness.results.disk import replace


def write_matrix(folder: RunFolder, matrix: Matrix) -> list[Path]:
    """Write `report.html` and `report.md`, each in one step. Raises EnvironmentFailed."""
    contents = {"report.html": matrix_html(matrix), "report.md": matrix_markdown(matrix)}
    for name, text in contents.items():
        replace(folder.file(name), text.encode(errors="replace"))
    return [folder.file(name) for name in contents]


def matrix_html(matrix: Matrix) -> str:
    """The whole page."""
    facts = tuple(matrix_facts(matrix))
    return laid_out("cells.html.j2", matrix=matrix, facts=facts, maps=heat_maps(matrix))


def matrix_markdown(matrix: Matrix) -> str:
    """Short enough for a comment."""
    lines = [
        f"## {MARK[matrix.verdict]}: {escaped(matrix.title)}",
        "",
        f"{escaped(matrix.scenario)} · {escaped(matrix.target)} · {when(matrix.started)} · {seconds(matrix.duration_s)}",
        "",
        *(f"- {escaped(fact)}" for fact in matrix_facts(matrix)),
        "",
        *table("Fault|Edge|Verdict|Errors:|p95:|Times calm:|Recovery:|Why|Run"),
        *(_row(matrix, one) for one in matrix.cells),
    ]
    return "\n".join(lines) + "\n"


def matrix_facts(matrix: Matrix) -> Iterator[str]:
    """What came out, in sentences."""
    broke = [one for one in matrix.cells if one.broke and one.verdict == "fail"]
    lost = [one for one in broke if one.invariants]
    if lost:
        shown = ", ".join(f"{one.fault} on {one.edge} ({', '.join(one.invariants)})" for one in lost[:4])
        yield f"Invariants broke under {shown}{_more(len(lost) - 4)}."
    elif matrix.audits and any(one.verdict for one in matrix.cells):
        yield f"No cell broke an invariant ({', '.join(matrix.audits)})."
    for edge in matrix.edges:
        hurt = [one.fault for one in broke if one.edge == edge]
        if hurt:
            yield f"{edge}: broke under {', '.join(hurt)}."
    slow = max(
        (one for one in matrix.cells if one.recovery_s is not None), key=lambda o: o.recovery_s or 0, default=None
    )
    if slow is not None and slow.recovery_s:
        least = "at least " if slow.recovery_censored else ""
        yield f"The longest recovery was {least}{seconds(slow.recovery_s)}, after {slow.fault} on {slow.edge}."
    if matrix.calms:
        well = sum(one.verdict == "pass" for one in matrix.calms)
        yield f"Without a fault, {well} of {len(matrix.calms)} runs between the cells held."
    yield (
        f"Each cell: {matrix.rate:g} arrivals/s, {seconds(matrix.calm_s)} calm, {seconds(matrix.fault_s)} under the fault, "
        f"{seconds(matrix.after_s)} after. It held if {'; '.join(matrix.expect)}{'; and no audit failed' if matrix.audits else ''}."
    )
    for why in dict.fromkeys(one.why for one in matrix.left_out):
        some = [f"{one.kind} on {one.edge}" for one in matrix.left_out if one.why == why]
        yield f"Not tried, since {why}: {', '.join(dict.fromkeys(some))}."
    if matrix.why:
        yield f"It did not come to its end: {matrix.why}"


def _more(n: int) -> str:
    return f" and {count(n)} more" if n > 0 else ""


def _row(matrix: Matrix, one: MatrixCell) -> str:
    least = "> " if one.recovery_censored else ""
    recovery = "–" if one.recovery_s is None else f"{least}{seconds(one.recovery_s)}"
    said = MARK[one.verdict] if one.verdict else "not run"
    why = "; ".join(one.broke[:2]) if one.verdict == "fail" else one.why
    figures = (share(one.errors), millis(one.p95_ms), times(matrix.slower(one)), recovery)
    return row(escaped(one.fault), escaped(one.edge), said, *figures, escaped(why), cell(one.run) if one.run else "")
