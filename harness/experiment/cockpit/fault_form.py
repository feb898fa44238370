"""The form for a fault by hand, made from the keys that each kind declares, and read again: one complaint per field. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.experiment.cockpit.orders import Complaints
from harness.faults.toxics import EXAMPLES, SCHEMAS, TOXICS, Kinds
from harness.model import Target
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration, show_duration

KINDS = Kinds({kind: one for kind, one in TOXICS.items() if kind != "toxic"}, EXAMPLES, SCHEMAS)
"""What a page may do to an edge. Killing processes and running commands stay with scenarios, which somebody wrote down and reviewed."""


FLAP = ("for", "every")
_NUMBER = re.compile(r"^\d+(\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A fault as somebody asked for it; times are counted when it is put on."""

    name: str
    edge: str
    kind: str
    disturbance: Any
    seconds: float


def described() -> list[dict[str, Any]]:
    """Every kind with its keys, for the page."""
    return [
        {
            "name": name,
            "about": _about(KINDS.classes[name]),
            "grows": _grows(name),
            "keys": [
                {
                    "name": key.name,
                    "example": key.example.partition(": ")[2],
                    "required": key.required,
                    "grows": key.ramps,
                    "options": list(key.schema.get("enum", ())),
                }
                for key in KINDS.keys(name)
            ],
        }
        for name in KINDS.classes
    ]


def read_fault(form: Mapping[str, str], target: Target, taken: frozenset[str]) -> Asked:
    """`taken` are names that a fault has already. Raises Complaints."""
    wrong: dict[str, str] = {}
    kind, edge = form.get("kind", ""), form.get("edge", "")
    if edge not in target.edges:
        wrong["edge"] = f"Target `{target.name}` has no edge `{edge}`. {did_you_mean(edge, target.edges)}"
    elif target.limits.edges is not None and edge not in target.limits.edges:
        wrong["edge"] = f"Target `{target.name}` does not allow faults on edge `{edge}` (`limits.edges`)."
    if kind not in KINDS.classes:
        raise Complaints({**wrong, "kind": f"`{kind}` is no kind of fault. {did_you_mean(kind, KINDS.classes)}"})
    seconds = _seconds(form.get("for", ""), target.limits.max_fault, wrong)
    given = {**_keys(kind, form, wrong), **_flap(form, wrong)}
    name = _name(form.get("name", "").strip(), taken, wrong)
    if wrong:
        raise Complaints(wrong)
    try:
        disturbance = KINDS.parse(kind, given)
    except ValueError as error:
        raise Complaints({_blamed(kind, given): f"{error}."}) from error
    return Asked(name=name, edge=edge, kind=kind, disturbance=disturbance, seconds=seconds)


def _seconds(text: str, most: float, wrong: dict[str, str]) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        wrong["for"] = f"{error}."
        return 0.0
    if not 0 < seconds <= most:
        wrong["for"] = f"The target allows faults above 0s and up to {show_duration(most)}."
    return seconds


def _keys(kind: str, form: Mapping[str, str], wrong: dict[str, str]) -> dict[str, object]:
    given: dict[str, object] = {}
    for key in KINDS.keys(kind):
        text = form.get(f"{kind}.{key.name}", "").strip()
        if not text and key.required:
            wrong[f"{kind}.{key.name}"] = f"It is needed; write {key.example.partition(': ')[2]}."
        elif text:
            given[key.name] = text
            if key.ramps and text.startswith("from "):
                continue  # it grows: read with the whole
            try:
                key.parse(text)
            except ValueError as error:
                wrong[f"{kind}.{key.name}"] = f"{error}."
    return given


def _flap(form: Mapping[str, str], wrong: dict[str, str]) -> dict[str, object]:
    """Whether it comes and goes; each of the two fields by itself, their measure together is judged with the whole."""
    given: dict[str, object] = {}
    for key in FLAP:
        text = form.get(f"flap.{key}", "").strip()
        if not text:
            continue
        given[key] = text
        try:
            parse_duration(text)
        except ValueError as error:
            wrong[f"flap.{key}"] = f"{error}."
    if len(given) == 1:
        missing = next(key for key in FLAP if key not in given)
        wrong[f"flap.{missing}"] = "A fault that comes and goes needs both: in force for 1s, every 5s."
    return given


def _blamed(kind: str, given: Mapping[str, object]) -> str:
    """The field beside which it stands that all together cannot be."""
    growing = next((name for name, text in given.items() if str(text).startswith("from ")), None)
    return f"{kind}.{growing}" if growing else "flap.every" if "every" in given else "kind"


def _grows(kind: str) -> str:
    """How a value that grows is written; empty for a kind without."""
    key = next((one for one in KINDS.keys(kind) if one.ramps), None)
    if key is None:
        return ""
    most = key.example.partition(": ")[2]
    return f"from {_NUMBER.sub('1', most)} to {most} over 30s"


def _name(name: str, taken: frozenset[str], wrong: dict[str, str]) -> str:
    if not name:
        return next(free for number in range(1, 100_000) if (free := f"by-hand-{number}") not in taken)
    if not all(c.isalnum() or c in "_.-" for c in name) or len(name) > 64:
        wrong["name"] = "Use letters, digits, `-`, `_` and `.`, at most 64."
    elif name in taken:
        wrong["name"] = f"A fault `{name}` is or was in this run already; a name stands for one."
    return name


def _about(kind: type[Any]) -> str:
    """The first sentence of what its author says of it."""
    text = " ".join((kind.__doc__ or "").split()).replace("`", "")
    return text.partition(". ")[0].rstrip(".") + "." if text else ""
