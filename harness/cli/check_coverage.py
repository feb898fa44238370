"""What of the description `harness check` exercised, in a few lines: how much of each kind, and what it never saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.contract import FuzzResult
    from harness.contract.kinds_of_coverage import KindCoverage
    from harness.experiment.contract_commands import Checked

NAMED = 3  # of what was never seen, in a line
REASONS = 3


def coverage_of(checked: Checked) -> tuple[KindCoverage, ...]:
    """Of each kind that the description has at all."""
    from harness.contract.kinds_of_coverage import coverage_by

    found = coverage_by(checked.description, {"fuzz": checked.result.rows})
    return tuple(one for one in found if one.documented)


def coverage_lines(result: FuzzResult, found: Sequence[KindCoverage]) -> Iterator[str]:
    """Without operations that nobody may send: they are excluded on purpose."""
    yield "seen: " + ", ".join(f"{len(one.seen)} of {len(one.documented)} {one.words}" for one in found)
    selected = frozenset(result.selected)
    yield from _unreached(result)
    for one in found:
        missing = [item for item in one.missing if _operation(item, selected) and item not in result.unreached]
        if missing:
            yield f"never seen: {len(missing)} {one.words}: {_some(missing)}"


def _unreached(result: FuzzResult) -> Iterator[str]:
    """Which documented statuses were never seen, by what it would have taken."""
    by_why: dict[str, list[str]] = {}
    for one, why in result.unreached.items():
        by_why.setdefault(why, []).append(one)
    ordered = sorted(by_why.items(), key=lambda item: -len(item[1]))
    for why, ones in ordered[:REASONS]:
        yield f"never seen: {_some(ones)}: {why}"
    rest = sum(len(ones) for _, ones in ordered[REASONS:])
    if rest:
        yield f"never seen: {rest} more statuses; --json says why"


def _operation(item: str, selected: frozenset[str]) -> bool:
    """Whether it is of one of them. There may be ten thousand of both, and names may hold spaces: each beginning of the item is looked up."""
    words = item.split(" ")
    return any(" ".join(words[:end]) in selected for end in range(1, len(words) + 1))


def _some(ones: Sequence[str]) -> str:
    return ", ".join(ones[:NAMED]) + (f" and {len(ones) - NAMED} more" if len(ones) > NAMED else "")
