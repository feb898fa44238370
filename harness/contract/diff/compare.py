"""Two sides become changes, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.contract.diff.change import Change
from harness.contract.diff.impact import with_consumers
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.operations import description_changes
from harness.contract.diff.pact_sets import pact_changes
from harness.contract.diff.schema_language import graphql_changes
from harness.contract.diff.sources import Side
from harness.contract.pact_file import PactFile
from harness.errors import BadInput
from harness.model.finding import Level


def compare(
    old: Side, new: Side, calendar: Calendar, pacts: Sequence[PactFile] = (), *, relied_on: bool = False
) -> tuple[Change, ...]:
    """What changed, and whom it breaks. With `relied_on`, what no pact relies on is a note. Raises BadInput for two different kinds."""
    if old.kind != new.kind:
        raise BadInput(
            f"`{old.name}` is of the kind {old.kind}, `{new.name}` of the kind {new.kind}.", "Compare two of one kind."
        )
    if old.kind == "pacts":
        return pact_changes(old.pacts, new.pacts)
    if old.kind == "graphql":
        texts = (old.text.decode("utf-8-sig", "replace"), new.text.decode("utf-8-sig", "replace"))
        return graphql_changes(*texts, old_source=old.name, new_source=new.name)
    before = old.description
    changes = description_changes(before, new.description, calendar)
    if not pacts:
        return changes
    told = with_consumers(changes, before, pacts)
    return tuple(one if one.consumers or not relied_on else replace(one, level=Level.NOTE) for one in told)
