"""`harness pact ...`: consumer-driven contracts."""

from __future__ import annotations

import os

import typer

from harness.cli.app import app
from harness.cli.check import Defects, TargetName, finding_row
from harness.cli.options import FailOn, FailOnOption, Json, exit_with
from harness.cli.terminal import err, out, say_json
from harness.cli.watching import Watching
from harness.model import worst

pact = typer.Typer(help="Consumer-driven contracts.", no_args_is_help=True)
app.add_typer(pact, name="pact")


@pact.command("verify")
def verify(
    target: TargetName = "reference", defect: Defects = None, fail_on: FailOnOption = FailOn.UNKNOWN, json: Json = False
) -> None:
    """Replay what consumers rely on against the real provider."""
    from harness.experiment.contract_commands import verify_target
    from harness.experiment.scenario_files import defects_for, find_target

    wanted = find_target(target, os.environ)
    watching = Watching(err)
    try:
        results = verify_target(
            wanted, environ=os.environ, listener=watching, defects=defects_for(wanted, tuple(defect or ()))
        )
    finally:
        watching.close()
    verdict = worst(result.check.verdict for result in results)
    if json:
        rows = [
            {
                "consumer": one.consumer,
                "provider": one.provider,
                "interaction": one.description,
                "verdict": str(one.verdict),
                "mismatches": list(one.mismatches),
            }
            for result in results
            for one in result.interactions
        ]
        say_json(
            {
                "verdict": str(verdict),
                "interactions": rows,
                "findings": [finding_row(f) for r in results for f in r.findings],
            }
        )
    else:
        for result in results:
            for one in result.interactions:
                out.print(f"{one.verdict:<8} {one.consumer} → {one.provider}: {one.description}", markup=False)
                for mismatch in one.mismatches:
                    out.print(f"           {mismatch}", markup=False)
            out.print(f"{str(result.check.verdict).upper()}  {result.check.name}: {result.check.why}", markup=False)
    exit_with(verdict, fail_on)
