"""Findings as GitHub workflow commands, which the runner turns into annotations.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands. A step shows ten of each kind, so causes are told, not findings.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Cause, Level, Verdict
from harness.report.outcome import Outcome

MOST = 10
_KIND = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render_github(outcome: Outcome) -> str:
    """A line per cause, worst first, then one with the verdict. What a baseline accepts is a notice."""
    lines: list[str] = []
    told = dict.fromkeys(_KIND.values(), 0)
    for cause in outcome.causes:
        kind = "notice" if cause.accepted else _KIND[cause.level]
        told[kind] += 1
        if told[kind] <= MOST - (kind != "warning"):  # the verdict is an annotation, too
            lines.append(_line(kind, outcome, cause))
    kind = {Verdict.PASS: "notice", Verdict.FAIL: "error", Verdict.UNKNOWN: "error"}[outcome.verdict]
    lines.append(f"::{kind} title={_property(outcome.title)}::{_data(f'{outcome.verdict}: {outcome.why}')}")
    return "\n".join(lines) + "\n"


def _line(kind: str, outcome: Outcome, cause: Cause) -> str:
    one = cause.shown
    place = one.place or outcome.place
    told = [f"title={_property(f'{one.check or one.source}: {cause.where}')}"]
    if place and "://" not in place:
        told += [f"file={_property(place)}", *([f"line={one.line}"] if one.line else [])]
    text = "\n".join(_said(cause))
    return f"::{kind} {','.join(told)}::{_data(text)}"


def _said(cause: Cause) -> Iterator[str]:
    yield cause.message + (f" ({cause.count} times)" if cause.count > 1 else "")
    if cause.accepted:
        yield f"Accepted: {cause.shown.accepted}"
    if cause.shown.curl:
        yield cause.shown.curl


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(" ".join(text.split())).replace(":", "%3A").replace(",", "%2C")
