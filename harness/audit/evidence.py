"""What a checker returns: a verdict with the count, the first and the worst case."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.audit.history import History
from harness.audit.state import Effects, FinalState
from harness.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken promise. `operation` and `key` lead back to the request that asked for it."""

    signature: str
    message: str
    kind: str = ""  # the kind of effect, as in the history
    key: str = ""
    weight: float = 1.0  # the worst case is the heaviest
    wall: str = ""  # when it happened, RFC 3339, where the service knows
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`checked` is how many promises were looked at; with none the verdict is `unknown`."""

    check: str
    verdict: Verdict
    why: str
    checked: int
    counts: dict[str, int] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()


Checker = Callable[[History, FinalState], Evidence]
"""Of the bundled shop's data."""
EffectsChecker = Callable[[History, Effects], Evidence]
"""Of anybody's."""


def weigh(
    check: str, promise: str, checked: int, violations: Iterable[Violation], counts: dict[str, int], open_: int = 0
) -> Evidence:
    """The verdict that counts allow: broken is fail; nothing checked, or something still open, is unknown."""
    broken = tuple(violations)
    if broken:
        verdict, why = Verdict.FAIL, f"{broken[0].message}{_and_more(len(broken) - 1)}"
    elif open_:
        verdict, why = (
            Verdict.UNKNOWN,
            f"{open_} of {checked} were still under way when the final read gave up waiting.",
        )
    elif not checked:
        verdict, why = Verdict.UNKNOWN, "The run did nothing that this check could look at."
    else:
        verdict, why = Verdict.PASS, f"{promise}: all {checked:,} checked."
    return Evidence(check=check, verdict=verdict, why=why, checked=checked, counts=counts, violations=broken)


def _and_more(n: int) -> str:
    return "" if n <= 0 else f" (and {n} more)"
