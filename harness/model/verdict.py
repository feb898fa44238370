"""Pass, fail or unknown: every check ends in one of three, and the worst wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a check says. `unknown` abstains: the harness could not tell."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 2 unknown."""
        return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 2}[self]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """`fail` over `unknown` over `pass`; no check at all is `unknown`."""
    seen = set(verdicts)
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS):
        if verdict in seen:
            return verdict
    return Verdict.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question and its answer. `value` and `limit` share `unit` (`ms`, `s`, `/s`, `share`, `count`, or empty)."""

    name: str
    verdict: Verdict
    why: str
    value: float | None = None
    limit: float | None = None
    unit: str = ""
