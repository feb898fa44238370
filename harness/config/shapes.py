"""How a scenario file spells a rate or a number of users that changes over a stage."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from harness.config.fields import Document, Duration, Moment, Rate, RateOrZero
from harness.model.shapes import Ramp, Shape, Sine, Spike, Steps

UserCount = Annotated[int, Field(ge=0, le=100_000)]


class _RampBase(Document):
    from_: float = Field(alias="from")
    to: float
    steps: int | None = Field(default=None, ge=2, le=1000)

    def shape(self) -> Shape:
        """The noun."""
        return Ramp(self.from_, self.to) if self.steps is None else Steps(self.from_, self.to, self.steps)

    @model_validator(mode="after")
    def _something(self) -> Any:
        if self.from_ == self.to == 0:
            raise ValueError("from nothing to nothing is no load; leave the stage out to send nothing")
        return self


class RateRampDocument(_RampBase):
    """`{from: 10/s, to: 100/s}`, evenly, or with `steps: 5` in so many levels of equal length."""

    from_: RateOrZero = Field(alias="from")
    to: RateOrZero


class UsersRampDocument(_RampBase):
    """`{from: 10, to: 100}`, evenly, or with `steps: 5` in so many levels of equal length."""

    from_: UserCount = Field(alias="from")
    to: UserCount


class _SpikeBase(Document):
    base: float
    peak: float
    at: Moment
    for_: Duration = Field(alias="for")

    def shape(self) -> Shape:
        """The noun."""
        return Spike(self.base, self.peak, self.at, self.for_)

    @model_validator(mode="after")
    def _something(self) -> Any:
        if self.base == self.peak == 0:
            raise ValueError("a spike from nothing to nothing is no load; leave the stage out to send nothing")
        return self


class RateSpikeDocument(_SpikeBase):
    """`{base: 50/s, peak: 500/s, at: 10s, for: 2s}`: `at` counts from the stage's start."""

    base: RateOrZero
    peak: RateOrZero


class UsersSpikeDocument(_SpikeBase):
    """`{base: 50, peak: 500, at: 10s, for: 2s}`: `at` counts from the stage's start."""

    base: UserCount
    peak: UserCount


class _SineBase(Document):
    mean: float
    amplitude: float
    period: Duration

    def shape(self) -> Shape:
        """The noun."""
        return Sine(self.mean, self.amplitude, self.period)

    @model_validator(mode="after")
    def _never_below_zero(self) -> Any:
        if self.amplitude > self.mean:
            raise ValueError("the amplitude is above the mean, so it would go below zero; raise the mean or lower it")
        return self


class RateSineDocument(_SineBase):
    """`{mean: 100/s, amplitude: 50/s, period: 60s}`: begins at the mean, upwards."""

    mean: Rate
    amplitude: Rate


class UsersSineDocument(_SineBase):
    """`{mean: 100, amplitude: 50, period: 60s}`: begins at the mean, upwards."""

    mean: Annotated[int, Field(ge=1, le=50_000)]
    amplitude: Annotated[int, Field(ge=1, le=50_000)]


def _spelling_of(value: Any) -> str:
    """Which of the spellings is meant, told by the keys, so that a mistake is explained in the right one's words."""
    if isinstance(value, _SpikeBase) or (isinstance(value, dict) and value.keys() & {"base", "peak", "at", "for"}):
        return "Spike"
    if isinstance(value, _SineBase) or (isinstance(value, dict) and value.keys() & {"mean", "amplitude", "period"}):
        return "Sine"
    return "Ramp" if isinstance(value, _RampBase | dict) else ""


def _tag(kind: str) -> Discriminator:
    """Tags are names of documents: no key of a file looks like one, and a complaint finds the document's keys by it."""

    def tag(value: Any) -> str:
        spelling = _spelling_of(value)
        return f"{kind}{spelling}Document" if spelling else "number"

    return Discriminator(tag)


RateDocument = Annotated[
    Annotated[Rate, Tag("number")]
    | Annotated[RateRampDocument, Tag("RateRampDocument")]
    | Annotated[RateSpikeDocument, Tag("RateSpikeDocument")]
    | Annotated[RateSineDocument, Tag("RateSineDocument")],
    _tag("Rate"),
]
UsersDocument = Annotated[
    Annotated[int, Field(ge=1, le=100_000), Tag("number")]
    | Annotated[UsersRampDocument, Tag("UsersRampDocument")]
    | Annotated[UsersSpikeDocument, Tag("UsersSpikeDocument")]
    | Annotated[UsersSineDocument, Tag("UsersSineDocument")],
    _tag("Users"),
]


def level_of(written: Any) -> Any:
    """A number as it is, a document as the shape it spells."""
    return written.shape() if isinstance(written, _RampBase | _SpikeBase | _SineBase) else written


def refuse_spike_beyond(written: Any, duration: float) -> None:
    """Raises ValueError for a spike that does not fit into a stage of `duration` seconds."""
    if isinstance(written, _SpikeBase) and written.at + written.for_ > duration:
        raise ValueError(
            f"the spike ends {written.at + written.for_:g} s into a stage of {duration:g} s; make the stage longer, or the spike earlier or shorter"
        )
