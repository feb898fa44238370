"""Breaking changes between two descriptions: what breaks whom. Pure: documents in, changes out."""

from harness.contract.diff.change import Change, Touch
from harness.contract.diff.lifecycle import Calendar
from harness.contract.diff.operations import description_changes
from harness.contract.diff.rules import OURS, RULES

__all__ = ["OURS", "RULES", "Calendar", "Change", "Touch", "description_changes"]
