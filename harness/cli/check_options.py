"""The options of `harness check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.model import Level

PHASES = ("examples", "coverage", "fuzzing", "stateful", "statuses")
ALL_PHASES = ",".join(PHASES)
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance"),
    *("response_schema_conformance", "allow_header_conformance", "negative_data_rejection", "positive_data_acceptance"),
    *("missing_required_header", "unsupported_method", "use_after_free", "ensure_resource_availability"),
    *("ignored_auth", "object_level_authorization"),
)
TargetName = Annotated[
    str,
    typer.Argument(
        metavar="[TARGET|URL]", help="A target of harness.yaml, a URL, or `reference`, the bundled service."
    ),
]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="[TARGET|URL|DESCRIPTION]",
        help="A target of harness.yaml, the URL of a service or of its description, a description file, or `reference`, the bundled service.",
    ),
]
Defects = Annotated[list[str] | None, typer.Option("--defect", help="Switch a defect of the bundled service on.")]


Url = Annotated[str, typer.Option("--url", help="Where the service is, if the description does not say.")]
Header = Annotated[list[str] | None, typer.Option("--header", "-H", help='Sent along: "Name: value".')]
Budget = Annotated[str, typer.Option("--budget", help="Time to spend at most.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", help="Other requests; the same seed sends the same ones. Default: always the same."),
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that send requests.")]
MaxExamples = Annotated[int | None, typer.Option("--max-examples", min=1, help="Examples per operation.")]
Phases = Annotated[str, typer.Option("--phases", help="Some of examples,coverage,fuzzing,stateful,statuses.")]
Checks = Annotated[str, typer.Option("--checks", help="Some of Schemathesis's checks; all unless given.")]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", help="Operations to leave alone: name, `METHOD /path`, tag:x or a glob."),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="A schemathesis.toml; else the one found from here upwards, if any.")
]
Gate = Annotated[Level, typer.Option("--gate", help="From which level on a new finding fails.")]
Replay = Annotated[
    Path | None,
    typer.Option("--replay", help="Only send findings again: those of --format json=FILE, or of a run folder."),
]
Pytest = Annotated[Path | None, typer.Option("--pytest", help="Write the findings as a pytest module.")]
