"""Field types of the documents: written with units, parsed to plain numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from harness.model.quantity import parse_duration, parse_rate

_DURATION = {"type": "string", "pattern": r"^([0-9.]+\s*(us|ms|s|min|m|h)\s*)+$", "examples": ["10s", "800ms", "1m30s"]}
_RATE = {"type": "string", "pattern": r"^[0-9.]+\s*/\s*(s|min|m|h)$", "examples": ["150/s"]}
_NOTHING = re.compile(r"0+(\.0+)?\s*/\s*(s|min|m|h)")  # where a ramp begins or ends; a constant rate is above zero


def _positive_duration(text: object) -> float:
    seconds = parse_duration(text)
    if seconds <= 0:
        raise ValueError(f"{text!r} lasts no time; write a duration above zero, such as 10s")
    return seconds


def _rate_or_zero(text: object) -> float:
    return 0.0 if isinstance(text, str) and _NOTHING.fullmatch(text.strip()) else parse_rate(text)


Moment = Annotated[float, BeforeValidator(parse_duration), WithJsonSchema(_DURATION)]
Duration = Annotated[float, BeforeValidator(_positive_duration), WithJsonSchema(_DURATION)]
Rate = Annotated[float, BeforeValidator(parse_rate), WithJsonSchema(_RATE)]
RateOrZero = Annotated[float, BeforeValidator(_rate_or_zero), WithJsonSchema(_RATE)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]


class Document(BaseModel):
    """Base of every document: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=False)

    @field_validator("*", mode="before")
    @classmethod
    def _yes_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """pydantic takes `true` for 1, so that `users: true` would be one user."""
        if isinstance(value, bool) and info.field_name and _is_number(cls.model_fields[info.field_name].annotation):
            raise ValueError(f"{str(value).lower()} is not a number")
        return value


def _is_number(annotation: Any) -> bool:
    """Whether a field takes numbers, and neither `true` nor whatever there is."""
    kinds = set(_kinds(annotation))
    return bool(kinds & {int, float}) and not kinds & {bool, Any}


def _kinds(annotation: Any) -> Iterator[Any]:
    """The plain types in it, those inside of lists and the like left out."""
    if get_origin(annotation) in (Union, UnionType, Annotated):
        for one in get_args(annotation):
            yield from _kinds(one)
    else:
        yield annotation


def or_a_string(schema: dict[str, Any]) -> None:
    """`data: customers.csv` is short for `data: {file: customers.csv}`, in editors too; so is a URL for `toxiproxy`."""
    schema["anyOf"].insert(0, {"type": "string"})
