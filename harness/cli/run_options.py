"""The options of `harness run`, and the one scenario that they make without a scenario file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.locust_settings import LocustSettings, read_locust_settings
from harness.cli.terminal import note
from harness.errors import BadInput
from harness.model import Prepared, Scenario
from harness.model.quantity import parse_duration, parse_rate

DEFAULT_DURATION = "60s"


class Source(StrEnum):
    """Where requests come from, without a locustfile."""

    OPENAPI = "openapi"
    PACTS = "pacts"


Scenarios = Annotated[
    list[str] | None, typer.Argument(metavar="SCENARIO...", help="Files, or names of bundled scenarios.")
]
Locustfile = Annotated[
    Path | None, typer.Option("-f", "--locustfile", help="Without a scenario: an ordinary locustfile.")
]
From = Annotated[
    Source | None,
    typer.Option("--from", help="Without a scenario or locustfile: requests from the description, or the pacts."),
]
Host = Annotated[str, typer.Option("-H", "--host", help="Without a scenario: the target, a URL or a name.")]
Rate = Annotated[str, typer.Option("--rate", help="Without a scenario: arrivals, such as 200/s.")]
Users = Annotated[int | None, typer.Option("-u", "--users", min=1, help="Without a scenario: users at a time.")]
SpawnRate = Annotated[float | None, typer.Option("-r", "--spawn-rate", min=0.001, help="Users started per second.")]
For = Annotated[
    str,
    typer.Option(
        "-t", "--for", "--run-time", help=f"Without a scenario: how long, such as {DEFAULT_DURATION}, which is usual."
    ),
]
Tags = Annotated[list[str] | None, typer.Option("-T", "--tags", help="Only tasks with one of these tags.")]
ExcludeTags = Annotated[list[str] | None, typer.Option("-E", "--exclude-tags", help="No task with one of these tags.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would begin and end when, and touch nothing.")]
BudgetOption = Annotated[
    str,
    typer.Option("--budget", help="A run that cannot be trusted is repeated once, if all is done within, such as 3m."),
]
Defects = Annotated[list[str] | None, typer.Option("--defect", help="Switch a defect of the bundled service on.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the flags say, as they were typed."""

    locustfile: Path | None
    source: Source | None
    host: str
    rate: str
    users: int | None
    spawn_rate: float | None
    duration: str
    tags: tuple[str, ...]
    exclude_tags: tuple[str, ...]

    @property
    def only_with_locustfile(self) -> tuple[tuple[str, object], ...]:
        """Flags that a scenario file has no use for, with what they say."""
        how = (("--rate", self.rate), ("-u", self.users), ("-r", self.spawn_rate), ("-t", self.duration))
        return (("-H", self.host), *how, ("-T", self.tags), ("-E", self.exclude_tags))

    def scenario(
        self, *, users: int | None = None, duration: str = DEFAULT_DURATION
    ) -> tuple[Scenario, LocustSettings]:
        """One stage of load; with it what Locust's own settings say. A flag wins over those; where neither says how much load there is, or
        how long, it is `users` at a time, for that `duration`.

        Raises BadInput where there is nothing to run, or a value cannot be meant.
        """
        from harness.experiment.scenario_files import find_target, scenario_from_flags

        if self.locustfile and self.source:
            raise BadInput("-f and --from exclude each other.", "Leave out one of them.")
        settings = read_locust_settings(os.environ, Path.cwd())
        for told in settings.notes:
            note(told)
        by_settings = settings.users if settings.users is not None else users
        locustfile = None if self.source else self.locustfile or settings.locustfile
        if locustfile is None and self.source is None:
            raise BadInput(
                "There is nothing to run.",
                "Name a scenario (harness run demo), or a locustfile: harness run -f mine.py -H URL --rate 200/s --for 60s",
            )
        one = scenario_from_flags(
            locustfile=locustfile,
            prepared=Prepared(source=self.source.value) if self.source else None,
            target=find_target(self.host or settings.host or "reference", os.environ),
            rate=read_flag(parse_rate, "--rate", self.rate) if self.rate else None,
            users=self.users if self.users is not None or self.rate else by_settings,
            spawn_rate=self.spawn_rate if self.spawn_rate is not None else settings.spawn_rate,
            seconds=read_flag(parse_duration, "--for", self.duration or settings.run_time or duration),
            tags=self.tags or settings.tags,
            exclude_tags=self.exclude_tags or settings.exclude_tags,
        )
        return one, settings


def read_flag(parse: Callable[[object], float], flag: str, text: str) -> float:
    """A number above zero. Raises BadInput that names the flag."""
    try:
        value = parse(text)
    except ValueError as error:
        raise BadInput(f"{flag}: {error}.") from error
    if value <= 0:
        raise BadInput(f"{flag} {text} lasts no time.", "Write a duration above zero, such as 60s.")
    return value
