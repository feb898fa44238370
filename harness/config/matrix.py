"""The `matrix` of a scenario file: which faults on which edges, and what each cell must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import Field

from harness.config.complaints import plain
from harness.config.fields import Document, Duration
from harness.config.yaml import Source
from harness.model.expectation import Expectation
from harness.model.fault import Disturbance
from harness.model.matrix import FAULT, MatrixPlan
from harness.model.nearest import did_you_mean
from harness.model.target import Target
from harness.model.timeline import STEADY

__all__ = ["LEAST_CALM_S", "MatrixDocument", "read_matrix"]

LEAST_CALM_S = 2.5  # a steady state takes eight whole windows


class MatrixDocument(Document):
    """Every fault on every edge. `strengths` are kinds as in `faults`: `[{latency: 500ms}, {down: {}}]`."""

    calm: Duration = 3.0
    fault: Duration = 3.0
    after: Duration = 4.0
    edges: list[str] = Field(default=[])
    strengths: list[dict[str, Any]] = Field(default=[])
    expect: list[str] = Field(default=[])


def read_matrix(
    source: Source,
    about: MatrixDocument,
    target: Target,
    parse: Callable[[str, object], Disturbance],
    kinds: Iterable[str],
    probes: tuple[str, ...],
) -> MatrixPlan:
    """Raises BadDocument with the place and what to write instead."""
    if about.calm < LEAST_CALM_S:
        raise source.wrong(("matrix", "calm"), f"`calm` is at least {LEAST_CALM_S:g}s: steady state is learnt from it.")
    for key, seconds in (("fault", about.fault),):
        if seconds > target.limits.max_fault:
            raise source.wrong(("matrix", key), "The target allows no fault that long.", "Shorten it.")
    for index, edge in enumerate(about.edges):
        if edge not in target.edges:
            what = f"Target `{target.name}` has no edge `{edge}`."
            raise source.wrong(("matrix", "edges", index), what, did_you_mean(edge, target.edges))
    return MatrixPlan(
        calm=about.calm,
        fault=about.fault,
        after=about.after,
        edges=tuple(about.edges),
        strengths=tuple(_strength(source, i, one, parse, tuple(kinds)) for i, one in enumerate(about.strengths)),
        expect=tuple(_expected(source, i, text, probes) for i, text in enumerate(about.expect)),
    )


def _strength(
    source: Source,
    index: int,
    entry: dict[str, Any],
    parse: Callable[[str, object], Disturbance],
    kinds: tuple[str, ...],
) -> Disturbance:
    place = ("matrix", "strengths", index)
    if len(entry) != 1:
        raise source.wrong(
            place, f"A strength is one kind of fault, and this has {len(entry)} keys.", "Write {down: {}}."
        )
    ((kind, given),) = entry.items()
    if kind not in kinds:
        raise source.wrong(place, f"`{kind}` is not a kind of fault.", did_you_mean(kind, kinds))
    try:
        return parse(kind, plain(given))
    except ValueError as error:
        raise source.wrong(place, f"`{kind}`: {error}.") from error


def _expected(source: Source, index: int, text: str, probes: tuple[str, ...]) -> Expectation:
    place = ("matrix", "expect", index)
    try:
        one = Expectation.parse(text, probes)
    except ValueError as error:
        raise source.wrong(place, f"`expect`: {error}.") from error
    if one.scope not in ("", STEADY, FAULT):
        raise source.wrong(place, f"`during {one.scope}`: a cell has the scopes `{FAULT}` and `{STEADY}` only.")
    if one.metric.is_about_fault and one.metric.subject != FAULT:
        raise source.wrong(place, f"`{one.metric.subject}`: the fault of a cell is called `{FAULT}`.")
    return one
