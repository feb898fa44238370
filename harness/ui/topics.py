"""The topics of what there is to show; each is one JSON document (see `state`)."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Topic"]


class Topic(StrEnum):
    """Each has a model in `state`."""

    TEST = "test"
    FIGURES = "figures"
    FAULTS = "faults"
    FINDINGS = "findings"
    AUDIT = "audit"
    LOG = "log"
