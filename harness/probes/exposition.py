"""Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), as far as a probe needs it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.errors import ProbeSilent

__all__ = ["Selector", "Series", "parse_exposition"]

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_SERIES = re.compile(rf"({_NAME})\s*(?:\{{((?:[^\"}}]|\"(?:[^\"\\]|\\.)*\")*)\}})?")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a metric with its labels, and its value."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric by name and by some of its labels."""

    name: str
    labels: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Selector:
        """From `jobs_waiting` or `jobs{queue="mail"}`. Raises ValueError."""
        found = _SERIES.fullmatch(text.strip())
        labels = _labels(found[2] or "") if found else None
        if not found or labels is None:
            raise ValueError(
                f'{text!r} is not a metric; write its name, with labels where needed: jobs{{queue="mail"}}'
            )
        return cls(found[1], labels)

    def one_of(self, series: Iterable[Series]) -> float:
        """The value of the one series that is meant. Raises ProbeSilent where there is none, or more than one."""
        mine = [one for one in series if one.name == self.name and self.labels.items() <= one.labels.items()]
        if not mine:
            raise ProbeSilent(f"there is no metric {self}")
        if len(mine) > 1:
            differ = sorted({label for one in mine for label in one.labels} - set(self.labels))
            raise ProbeSilent(f"{len(mine)} series are called {self}; name one by its labels {', '.join(differ)}")
        return mine[0].value

    def __str__(self) -> str:
        inside = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        return f"{self.name}{{{inside}}}" if inside else self.name


def parse_exposition(text: str) -> Iterator[Series]:
    """Every series; comments, time stamps and lines that are none are skipped."""
    for line in text.splitlines():
        found = None if line.startswith("#") else _SERIES.match(line)
        if not found:
            continue
        labels, rest = _labels(found[2] or ""), line[found.end() :].split()
        try:
            value = float(rest[0])
        except (IndexError, ValueError):
            continue
        if labels is not None:
            yield Series(found[1], labels, value)


def _labels(text: str) -> dict[str, str] | None:
    labels: dict[str, str] = {}
    at = 0
    while text[at:].strip():
        found = _LABEL.match(text, at)
        if not found:
            return None
        labels[found[1]] = _ESCAPE.sub(lambda one: "\n" if one[1] == "n" else one[1], found[2])
        at = found.end()
    return labels
