"""`harness runs ls|show|prune` and `harness report`: what was run before."""

from __future__ import annotations

import shutil
from json import loads as parse_json
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, Json, Reports
from harness.cli.terminal import out, say, say_json, say_text
from harness.errors import BadInput, HarnessError
from harness.model.nearest import did_you_mean

RunName = Annotated[str, typer.Argument(help="A run's name, the beginning or end of one, a path, or `last`.")]
group = typer.Typer(help="Saved runs.", no_args_is_help=True)
app.add_typer(group, name="runs")


@group.command("ls")
def ls(reports: Reports = DEFAULT_REPORTS, json: Json = False) -> None:
    """List the runs, newest last."""
    from harness.results import RunReader, list_runs, summary_of

    rows = []
    for folder in list_runs(reports / "runs"):
        try:
            summary = summary_of(RunReader.open(folder))
            rows.append(
                {
                    "run": folder.name,
                    "verdict": str(summary.verdict),
                    "status": str(summary.status),
                    "title": summary.title,
                }
            )
        except HarnessError as error:
            rows.append({"run": folder.name, "verdict": "unknown", "status": "unreadable", "title": error.what})
    if json:
        say_json(rows)
        return
    if not rows:
        say(f"No runs under {reports / 'runs'} yet. Try: harness demo")
    for row in rows:
        out.print(f"{row['run']}  {row['verdict']:<7}  {row['status']:<11}  {row['title']}", markup=False)


@group.command("show")
def show(run: RunName = "last", reports: Reports = DEFAULT_REPORTS, json: Json = False) -> None:
    """Show one run: verdict, reasons, expectations."""
    from harness.report import render_markdown
    from harness.results import RunReader, find_run, summary_of

    reader = RunReader.open(find_run(reports / "runs", run))
    if json:
        say_json(parse_json(summary_of(reader).model_dump_json()))
    else:
        out.print(render_markdown(summary_of(reader)), markup=False)


@group.command("prune")
def prune(
    keep: Annotated[int, typer.Option("--keep", min=0, help="How many of the newest runs stay.")],
    reports: Reports = DEFAULT_REPORTS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove old runs."""
    from harness.results import list_runs

    runs = list_runs(reports / "runs")
    for folder in runs[: max(0, len(runs) - keep)]:
        if not dry_run:
            shutil.rmtree(folder.path)
        out.print(f"{'would remove' if dry_run else 'removed'} {folder.name}", markup=False)


@app.command()
def report(
    run: RunName = "last",
    reports: Reports = DEFAULT_REPORTS,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Print it as one of github, html, json, junit, markdown, openmetrics, sarif, and write nothing.",
        ),
    ] = None,
) -> None:
    """Write a run's report anew: report.html, report.md, junit.xml, findings.sarif, metrics.txt. Of a comparison, by its path, the same."""
    from harness.report import COMPARISON_FORMATS, RUN_FORMATS, write_comparison, write_report
    from harness.results import RunFolder, RunReader, find_run, read_comparison

    if form is not None and form not in RUN_FORMATS:
        raise BadInput(f"--format: `{form}` is no format.", did_you_mean(form, RUN_FORMATS))
    compared = RunFolder(Path(run).expanduser())
    if compared.file("comparison.json").is_file():
        found = read_comparison(compared)
        if form is not None:
            say_text(COMPARISON_FORMATS[form](found))
            return
        paths = write_comparison(compared, found)
    else:
        reader = RunReader.open(find_run(reports / "runs", run))
        if form is not None:
            say_text(RUN_FORMATS[form](reader))
            return
        paths = write_report(reader)
    for path in paths:
        say(str(path))
