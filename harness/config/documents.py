"""What a scenario file may say. Its JSON Schema is published by `harness schema`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from harness.config.fields import Document, Duration, Name, or_a_string
from harness.config.matrix import MatrixDocument
from harness.config.shapes import RateDocument, UsersDocument, refuse_spike_beyond
from harness.config.target_documents import ProbeDocument

MOST_WEIGHT = 1e6
FAULT_KEYS = ("name", "edge", "at", "for")


class OpenStageDocument(Document):
    """Arrivals per second that don't wait for answers, constant or in a shape."""

    name: Name
    rate: RateDocument
    for_: Duration = Field(alias="for")
    arrivals: Literal["uniform", "poisson"] = "uniform"
    warm_up: bool = False

    @model_validator(mode="after")
    def _spike_fits(self) -> OpenStageDocument:
        refuse_spike_beyond(self.rate, self.for_)
        return self


class TraceStageDocument(Document):
    """Arrivals as a file recorded them: CSV, or an access log. `speed: 2` replays in half the time; `for` cuts it short."""

    name: Name
    trace: str
    column: str = ""
    speed: float = Field(default=1.0, gt=0, le=1e6, allow_inf_nan=False)
    for_: Duration | None = Field(default=None, alias="for")
    warm_up: bool = False


class ClosedStageDocument(Document):
    """A number of users, constant or in a shape, each waiting for its answer. `spawn_rate` is how fast a number is reached."""

    name: Name = "load"
    users: UsersDocument
    for_: Duration = Field(alias="for")
    spawn_rate: float | None = Field(default=None, gt=0)
    warm_up: bool = False

    @model_validator(mode="after")
    def _one_way_there(self) -> ClosedStageDocument:
        refuse_spike_beyond(self.users, self.for_)
        if self.spawn_rate and not isinstance(self.users, int):
            raise ValueError(
                "`spawn_rate` goes with a number of users; a shape says itself how they come: leave it out"
            )
        return self


def _kind_of(stage: Any) -> str:
    """The document that is meant, told by the keys."""
    if isinstance(stage, ClosedStageDocument) or (isinstance(stage, dict) and "users" in stage):
        return "ClosedStageDocument"
    if isinstance(stage, TraceStageDocument) or (isinstance(stage, dict) and "trace" in stage):
        return "TraceStageDocument"
    return "OpenStageDocument"


StageDocument = Annotated[
    Annotated[OpenStageDocument, Tag("OpenStageDocument")]
    | Annotated[TraceStageDocument, Tag("TraceStageDocument")]
    | Annotated[ClosedStageDocument, Tag("ClosedStageDocument")],
    Discriminator(_kind_of),
]


class DataDocument(Document):
    """Rows that feed users, each taken once: CSV with a header, or JSON lines. At their end the load stops, or they begin again."""

    file: str
    at_end: Literal["stop", "recycle"] = "stop"


class RequestDocument(Document):
    """One request of a load without a locustfile. `take` says where a `{name}` of its path comes from: `CALL#/pointer/in/its/body`, or
    `CALL@Header`, of an earlier answer."""

    request: str = Field(pattern=r"^[A-Za-z]+ /\S*$")
    name: str = ""
    weight: float = Field(default=1.0, ge=0, le=MOST_WEIGHT, allow_inf_nan=False)
    headers: dict[str, str] = {}
    json_: Any = Field(default=None, alias="json")
    body: str | None = None
    take: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_body(self) -> RequestDocument:
        if self.json_ is not None and self.body is not None:
            raise ValueError("say `json` or `body`, not both")
        return self


class LoadDocument(Document):
    """What is sent: by a `locustfile`, or without one `from` the description or the consumers' pacts, or a list of `requests`.

    `operations` names those that a load from the description sends, with their weights if wanted. `users` caps the pool of an open
    profile; `processes` on this machine share the plan; `timings` measures connecting, TLS and the first byte of each request;
    `samples` keeps a row of each.
    """

    locustfile: str | None = None
    from_: Literal["openapi", "pacts"] | None = Field(default=None, alias="from")
    operations: list[str] | dict[str, float] = []
    requests: list[RequestDocument] = []
    profile: list[StageDocument] = Field(min_length=1)
    users: int = Field(default=1000, ge=1, le=100_000)
    processes: int = Field(default=1, ge=1, le=64)
    timings: bool = False
    samples: bool = False
    tags: list[str] = []
    exclude_tags: list[str] = []
    user_classes: list[str] = []
    data: DataDocument | None = Field(default=None, json_schema_extra=or_a_string)

    @field_validator("requests", mode="before")
    @classmethod
    def _line_alone(cls, value: Any) -> Any:
        return (
            [{"request": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value
        )

    @model_validator(mode="after")
    def _one_source(self) -> LoadDocument:
        given = [
            name
            for name, value in (("locustfile", self.locustfile), ("from", self.from_), ("requests", self.requests))
            if value
        ]
        if len(given) != 1:
            raise ValueError(
                f"say what is sent, by just one of `locustfile`, `from` and `requests` (here: {', '.join(given) or 'none of them'})"
            )
        if self.operations and self.from_ != "openapi":
            raise ValueError("`operations` goes with `from: openapi`")
        if any(not 0 < weight <= MOST_WEIGHT for weight in self.weights.values()):
            raise ValueError(f"the weight of an operation must be above 0, and {MOST_WEIGHT:,.0f} at most")
        if self.requests and not any(one.weight for one in self.requests):
            raise ValueError("no request has a weight above 0, so nothing would be sent")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Of `operations`; alike where none are given."""
        return self.operations if isinstance(self.operations, dict) else dict.fromkeys(self.operations, 1.0)

    @field_validator("data", mode="before")
    @classmethod
    def _file_alone(cls, value: Any) -> Any:
        return {"file": value} if isinstance(value, str) else value

    @field_validator("profile", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value

    @field_validator("profile")
    @classmethod
    def _one_model(cls, stages: list[OpenStageDocument | TraceStageDocument | ClosedStageDocument]) -> Any:
        if len({isinstance(stage, ClosedStageDocument) for stage in stages}) > 1:
            raise ValueError(
                "stages with `rate` or `trace` (open) and with `users` (closed) cannot be mixed in one profile; use one kind"
            )
        return stages


class FuzzDocument(Document):
    """A property-based check of the contract before the load."""

    budget: Duration = 10.0
    phases: list[Literal["examples", "coverage", "fuzzing", "stateful", "statuses"]] = [
        "examples",
        "coverage",
        "fuzzing",
        "stateful",
    ]
    max_examples: int | None = Field(default=None, ge=1)
    seed: int | None = None
    workers: int = Field(default=1, ge=1, le=64)


class ContractDocument(Document):
    """How the contract is held: by watching the load (`oracle`), by fuzzing (`check`), by the consumers' pacts (`pact`). `baseline` is a
    file of findings that are accepted for now."""

    oracle: Literal["all", "none"] | list[str] = "none"
    check: FuzzDocument | None = None
    pact: bool = False
    baseline: str = ""

    @property
    def watches(self) -> bool:
        """Whether the oracle looks at anything."""
        return self.oracle not in ("none", [])


class ScenarioDocument(Document):
    """One scenario. `faults` entries hold name, edge, at, for and exactly one kind of fault. `for` says how long one without `load`
    lasts: its faults and probes meet live traffic."""

    name: Name
    about: str = ""
    target: str
    load: LoadDocument | None = None
    for_: Duration | None = Field(default=None, alias="for")
    probes: dict[Name, ProbeDocument] = {}
    faults: list[dict[str, Any]] = []
    matrix: MatrixDocument = MatrixDocument()
    contract: ContractDocument = ContractDocument()
    audit: list[str] = []
    expect: list[str] = []
    stop_when: list[str] = []
    defects: list[str] = []
    seed: int = 0

    @field_validator("stop_when", "expect", "audit", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value
