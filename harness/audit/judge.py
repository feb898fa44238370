"""Runs checkers: one that crashes is `unknown`, never a pass (after Jepsen)."""

from __future__ import annotations

from collections.abc import Iterable

from harness.audit.checkers import CHECKERS, OF_ANY_SERVICE
from harness.audit.evidence import Evidence
from harness.audit.history import History
from harness.audit.kept import Kept
from harness.audit.state import FinalState
from harness.model.verdict import Verdict


def audit(names: Iterable[str], history: History, state: FinalState | Kept) -> tuple[Evidence, ...]:
    """The evidence of each named checker, in order."""
    return tuple(_one(name, history, state) for name in names)


def _one(name: str, history: History, state: FinalState | Kept) -> Evidence:
    try:
        if name in OF_ANY_SERVICE:
            return OF_ANY_SERVICE[name](history, state)
        if isinstance(state, Kept):
            known = ", ".join(OF_ANY_SERVICE)
            why = f"It knows the bundled shop's data only; on a service of your own use {known}."
            return Evidence(check=name, verdict=Verdict.UNKNOWN, why=why, checked=0)
        return CHECKERS[name](history, state)
    except Exception as error:  # noqa: BLE001  # whatever it is, the answer is that we don't know
        why = f"The checker crashed: {type(error).__name__}: {error}."
        return Evidence(check=name, verdict=Verdict.UNKNOWN, why=why, checked=0)


def not_read(names: Iterable[str], why: str) -> tuple[Evidence, ...]:
    """What to say where there was no final read."""
    return tuple(Evidence(check=name, verdict=Verdict.UNKNOWN, why=why, checked=0) for name in names)
