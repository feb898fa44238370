"""`harness runs ls|show|prune` and `harness report`: what was run before."""

from __future__ import annotations

import shutil
from json import loads as parse_json
from typing import Annotated

import typer

from harness.cli.app import app
from harness.cli.options import DEFAULT_REPORTS, Json, Reports
from harness.cli.terminal import out, say, say_json
from harness.errors import BadInput, HarnessError

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
def report(run: RunName = "last", reports: Reports = DEFAULT_REPORTS) -> None:
    """Write a run's report anew: report.html, report.md, junit.xml."""
    from harness.report import write_report
    from harness.results import RunReader, find_run

    reader = RunReader.open(find_run(reports / "runs", run))
    if not reader.folder.path.exists():
        raise BadInput(f"{reader.folder.path} is gone.", "List the runs: harness runs ls")
    for path in write_report(reader):
        say(str(path))
