"""The options of `harness pact`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.model import Level

Version = Annotated[
    str, typer.Option("--version", help="The version, such as a commit: $(git rev-parse HEAD).", show_default=False)
]
Branch = Annotated[str, typer.Option("--branch", help="The branch it is on.", show_default=False)]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="A tag of the version; may be repeated.")]
BuildUrl = Annotated[str, typer.Option("--build-url", help="The CI job, for the broker's pages.", show_default=False)]
Place = Annotated[
    str,
    typer.Option(
        "--ledger", "--broker", envvar="PACT_BROKER_BASE_URL", help="A ledger's folder, or a Pact Broker's URL."
    ),
]
Environment = Annotated[str, typer.Option("--environment", help="Such as production.")]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", help="Where pacts are: a file, folder, ledger, URL or broker; may be repeated."),
]
ProviderName = Annotated[str, typer.Option("--provider", help="The provider's name in the pacts.")]
States = Annotated[str, typer.Option("--states", help="Sets provider states: a URL, or package.module:function.")]
Messages = Annotated[str, typer.Option("--messages", help="Makes messages: package.module:function.")]
Selectors = Annotated[
    list[str] | None,
    typer.Option("--selector", help="Which versions of brokers and ledgers: mainBranch, branch=x, environment=y, …"),
]
Pending = Annotated[bool, typer.Option("--pending", help="What this branch never kept yet cannot fail.")]
WipSince = Annotated[str, typer.Option("--wip-since", help="Add work in progress since this date.")]
Publish = Annotated[bool, typer.Option("--publish", help="Publish the results to where the pacts are from.")]
Results = Annotated[Path | None, typer.Option("--results", help="A ledger for the results of plain files.")]
ProviderVersion = Annotated[
    str, typer.Option("--provider-version", help="This provider's version, such as a commit.", show_default=False)
]
Gate = Annotated[Level, typer.Option("--gate", help="The level from which on a finding fails.")]
