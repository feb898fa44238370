"""The commands, gathered. Each module registers one command or one group."""

from __future__ import annotations

from typing import Annotated

import typer

from harness import __version__
from harness.cli.terminal import say

app = typer.Typer(
    name="harness",
    help="Does this API keep its contract, its latency and its data while load rises and the network fails?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        say(f"harness {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Exit codes: 0 pass, 1 fail, 2 unknown, 3 bad usage or configuration, 4 the environment failed, 130 interrupted."""
