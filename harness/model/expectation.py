"""An expectation: `METRIC [of OPERATION] CMP VALUE [during SCOPE] [over WINDOW]`, or `alert NAME fires within TIME of FAULT`,
parsed; judged elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration, parse_rate, parse_share

Comparison = Literal["<=", "<", ">=", ">"]
Unit = Literal["s", "/s", "share", "count"]
ERROR_CLASSES = ("4xx", "5xx", "timeout", "reset", "refused", "transport", "failed", "dropped", "unanswered")
_METRICS = (
    "p50",
    "p90",
    "p95",
    "p99",
    "p99.9",
    "max",
    "rate",
    "errors",
    "dropped",
    "recovery",
    "detection",
    "coverage",
    "findings",
)
AFTERWARDS = ("recovery", "detection", "coverage", "findings")
"""Metrics of the whole run, known at its end: they take neither `during` nor `over`."""
LEAST_STOP_S = 1.0
"""A stop condition is looked at so often."""
_SHAPE = re.compile(
    r"(?P<metric>\S+?(?:\([^)]*\))?)"
    r"(?:\s+(?P<link>of|from)\s+(?P<subject>.+?))?"
    r"\s*(?P<cmp><=|>=|<|>)\s*(?P<value>\S+(?:\s+%)?)"
    r"(?:\s+during\s+(?P<scope>\S+))?"
    r"(?:\s+over\s+(?P<over>\S+))?"
)
_ALERT = re.compile(r"alert\s+(?P<name>\S+)\s+fires\s+within\s+(?P<limit>\S+)\s+of\s+(?P<fault>\S+)")
_SENTENCE = "METRIC [of OPERATION] <= VALUE [during STAGE, FAULT or steady] [over 10s], such as `p99 of place_order <= 250ms during steady`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What is measured. `share` is the quantile (0.99); `classes` narrow `errors`; `subject` is an operation, a fault, a kind of
    coverage or a probe; `probe` is the one that samples an alert."""

    kind: str  # quantile | max | rate | errors | dropped | recovery | detection | coverage | findings | probe | alert
    subject: str = ""
    share: float = 0.0
    classes: tuple[str, ...] = ()
    probe: str = ""

    @property
    def is_about_fault(self) -> bool:
        """Whether `subject` names a fault."""
        return self.kind in ("recovery", "detection", "alert")

    @property
    def needs_load(self) -> bool:
        """Whether it is measured from what was sent."""
        return self.kind not in ("probe", "alert")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """`limit` is in seconds, per second, a share (0 to 1) or a count, as `unit` says. An empty scope is the run without its warm-up."""

    text: str
    metric: Metric
    cmp: Comparison
    limit: float
    unit: Unit
    scope: str = ""
    over: float | None = None

    @classmethod
    def parse(cls, text: object, probes: tuple[str, ...] = ()) -> Expectation:
        """Read one line. Raises ValueError that names the part which is wrong and what to write instead."""
        if isinstance(text, str) and text.split()[:1] == ["alert"]:
            return cls._alert(text)
        found = _SHAPE.fullmatch(text.strip()) if isinstance(text, str) else None
        if not found:
            raise ValueError(f"{text!r} is not an expectation; write {_SENTENCE}")
        metric = _metric(found["metric"], found["link"], found["subject"] or "", probes)
        limit, unit = _limit(metric, found["value"].replace(" ", ""))
        over = parse_duration(found["over"]) if found["over"] else None
        if over is not None and over <= 0:
            raise ValueError(f"`over {found['over']}` is an empty window; write a time above zero, such as over 10s")
        if metric.kind in AFTERWARDS and (found["scope"] or over is not None):
            word = "during" if found["scope"] else "over"
            raise ValueError(f"`{metric.kind}` is of the whole run, known at its end; leave `{word}` out")
        return cls(
            text=" ".join(str(text).split()),
            metric=metric,
            cmp=found["cmp"],  # type: ignore[arg-type]  # the pattern admits only comparisons
            limit=limit,
            unit=unit,
            scope=found["scope"] or "",
            over=over,
        )

    @classmethod
    def _alert(cls, text: str) -> Expectation:
        found = _ALERT.fullmatch(text.strip())
        if not found:
            raise ValueError(f"{text!r} is not an expectation; write alert NAME fires within 60s of FAULT")
        limit = parse_duration(found["limit"])
        metric = Metric(kind="alert", subject=found["fault"], probe=alert_probe(found["name"]))
        return cls(text=" ".join(text.split()), metric=metric, cmp="<=", limit=limit, unit="s")

    def holds(self, value: float) -> bool:
        """Whether a measured value keeps the limit."""
        return {
            "<=": value <= self.limit,
            "<": value < self.limit,
            ">=": value >= self.limit,
            ">": value > self.limit,
        }[self.cmp]


def alert_probe(name: str) -> str:
    """The name under which an alert is sampled."""
    return f"alert {name}"


def is_metric(word: str) -> bool:
    """Whether a word means something in an expectation already, so that no probe can be called that."""
    return word in (*_METRICS, "alert", "steady") or re.fullmatch(r"p\d{1,2}(\.\d+)?", word) is not None


def _metric(word: str, link: str | None, subject: str, probes: tuple[str, ...]) -> Metric:
    if re.fullmatch(r"p\d{1,2}(\.\d+)?", word):
        share = float(word[1:]) / 100
        if not 0 < share < 1:
            raise ValueError(f"`{word}` is not a quantile; write p50 to p99.99")
        metric = Metric(kind="quantile", share=share, subject=subject)
    elif word.startswith("errors"):
        metric = Metric(kind="errors", classes=_classes(word), subject=subject)
    elif word in ("max", "rate", "dropped", "recovery", "detection", "coverage", "findings"):
        metric = Metric(kind=word, subject=subject)
    elif word in probes:
        if subject:
            raise ValueError(f"`{word}` is a probe, and a probe is of no operation; write `{word} <= VALUE`")
        metric = Metric(kind="probe", subject=word)
    else:
        raise ValueError(f"`{word}` is not a metric. {did_you_mean(word, (*_METRICS, *probes))}")
    if metric.kind in ("recovery", "detection", "coverage") and not subject:
        raise ValueError(f"`{word}` needs a name: recovery from FAULT, detection of FAULT, coverage of operations")
    if (link == "from") != (metric.kind == "recovery" and link is not None):
        raise ValueError(f"write `recovery from FAULT`, and `of` with every other metric, not `{word} {link}`")
    return metric


def _classes(word: str) -> tuple[str, ...]:
    if word == "errors":
        return ()
    if not (word.startswith("errors(") and word.endswith(")")):
        raise ValueError(f"`{word}` is not a metric. {did_you_mean(word, _METRICS)}")
    classes = tuple(part.strip() for part in word[len("errors(") : -1].split("|"))
    for name in classes:
        if name not in ERROR_CLASSES:
            raise ValueError(f"`{name}` is not a kind of error. {did_you_mean(name, ERROR_CLASSES)}")
    return classes


def _limit(metric: Metric, value: str) -> tuple[float, Unit]:
    if metric.kind in ("quantile", "max", "recovery", "detection"):
        return parse_duration(value), "s"
    if metric.kind == "rate":
        return parse_rate(value), "/s"
    if metric.kind == "probe":
        return _of_probe(value)
    if metric.kind in ("errors", "dropped", "coverage") and not value.replace(".", "", 1).isdigit():
        return _up_to_all(value), "share"
    if metric.kind == "coverage":
        raise ValueError(f"{value!r} is not a share; write a percentage, such as 90%")
    return _finite(value), "count"


def _up_to_all(value: str) -> float:
    share = parse_share(value)
    if share > 1:
        raise ValueError(f"{value!r} is more than all; write 100% or less")
    return share


def _finite(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a number") from None
    if not isfinite(number):
        raise ValueError(f"{value!r} is no number to compare with; write a finite one")
    return number


def _of_probe(value: str) -> tuple[float, Unit]:
    """A plain number, or one with a unit that a probe tells in its base: seconds, or a share from 0 to 1."""
    try:
        return _finite(value), "count"
    except ValueError:
        pass
    for parse, unit in ((parse_duration, "s"), (parse_share, "share")):
        try:
            return parse(value), unit  # type: ignore[return-value]
        except ValueError:
            continue
    raise ValueError(f"{value!r} is not a number; write one, or a duration (seconds are compared), or a percentage")
