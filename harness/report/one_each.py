"""One line for one thing that is wrong, whoever saw it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.finding import RANK, Level
from harness.results import FindingSummary

__all__ = ["one_each"]


def one_each(findings: Iterable[FindingSummary]) -> tuple[FindingSummary, ...]:
    """Findings of one identity as one: the first, as bad as the worst of them, with everybody's name and the sum of the counts; a line to
    paste, and when and under which fault it was seen, from whoever knows."""
    found: dict[str, FindingSummary] = {}
    for one in findings:
        known = found.get(one.identity)
        if known is None:
            found[one.identity] = one
            continue
        more = {
            name: getattr(known, name) or getattr(one, name)
            for name in ("curl", "stage", "fault", "first", "worst", "place")
        }
        at = known.at_s if known.at_s is not None else one.at_s
        more["level"] = min(known.level, one.level, key=lambda level: RANK[Level(level)])
        more["accepted"] = known.accepted and one.accepted
        source = known.source if one.source in known.source.split(" and ") else f"{known.source} and {one.source}"
        found[one.identity] = known.model_copy(
            update={**more, "at_s": at, "source": source, "count": known.count + one.count}
        )
    return tuple(found.values())
