"""`harness schema`: the JSON Schemas that editors and readers of results complete and check with."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.terminal import say_json

if TYPE_CHECKING:
    from pydantic import BaseModel


class Which(StrEnum):
    """A document that has a schema."""

    SCENARIO = "scenario"
    TARGETS = "targets"
    SUMMARY = "summary"
    BREAKPOINT = "breakpoint"
    COMPARISON = "comparison"
    TREND = "trend"
    MATRIX = "matrix"


@app.command()
def schema(which: Annotated[Which, typer.Argument(help="Which document.")] = Which.SCENARIO) -> None:
    """Print the JSON Schema of a scenario, of harness.yaml (targets), of the summary, breakpoint, comparison or matrix of a run
    folder, or of `harness trend --json`."""
    from harness.config import HarnessDocument, ScenarioDocument
    from harness.results import Breakpoint, Comparison, Matrix, Summary, Trend

    models: dict[Which, type[BaseModel]] = {
        Which.SCENARIO: ScenarioDocument,
        Which.TARGETS: HarnessDocument,
        Which.SUMMARY: Summary,
        Which.BREAKPOINT: Breakpoint,
        Which.COMPARISON: Comparison,
        Which.TREND: Trend,
        Which.MATRIX: Matrix,
    }
    told = models[which].model_json_schema(by_alias=True)
    if which is Which.SCENARIO:
        from harness.faults import fault_schema

        told["properties"]["faults"]["items"] = fault_schema()
    say_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **told})
