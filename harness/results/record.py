"""`run.json`: what was run, where and with what, and how it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harness.results.schemas import FORMAT


class Status(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"  # its own `stop_when` ended it early
    INTERRUPTED = "interrupted"  # somebody ended it: Ctrl-C, SIGTERM
    INCOMPLETE = "incomplete"  # it could not go on


class Repeats(BaseModel):
    """The run before, whose name is `run`, could not be trusted, because of `why`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: str
    why: str = ""


class Origin(BaseModel):
    """Who asked for a run and where, such as in the Locust UI; `after` names the run that it takes the place of, `why` says why."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    by: str
    why: str = ""
    after: str = ""


class RunRecord(BaseModel):
    """`started` and `ended` are wall-clock times (RFC 3339, UTC) for people; everything else counts ns from the run's zero.

    `scenario` is the scenario as resolved, JSON-able. `why` says in a sentence what ended a run that is not complete.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int = FORMAT
    run: str
    status: Status = Status.RUNNING
    why: str = ""
    scenario: dict[str, object] = Field(default_factory=dict)
    scenario_name: str
    target: str
    target_url: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    host: dict[str, str] = Field(default_factory=dict)
    seed: int = 0
    pid: Annotated[int, Field(description="The parent's process id, to tell a live run from a dead one")] = 0
    started: str
    zero: str = ""
    zero_monotonic_ns: Annotated[
        int | None, Field(description="Zero on CLOCK_MONOTONIC of the host, to place a mark")
    ] = None
    repeats: Repeats | None = None
    origin: Origin | None = None
    ended: str = ""
