"""`python -m harness.experiment.load_process`: the entry point of a load process. Here the oracle and the audit's recorder join the load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.audit import Recorder
from harness.contract.oracle import Oracle
from harness.contract.oracle_spec import OracleSpec
from harness.load.child import leave, serve
from harness.load.link import Link
from harness.model import Effect, Observer


def observers_from(spec: Mapping[str, Any]) -> list[Observer]:
    """`spec` may hold `oracle` (a row of an OracleSpec) and `audit` (rows of Effects)."""
    made: list[Observer] = []
    if "oracle" in spec:
        made.append(Oracle(OracleSpec.from_row(spec["oracle"])))
    if "audit" in spec:
        made.append(Recorder(Effect.from_row(row) for row in spec["audit"]))
    return made


if __name__ == "__main__":
    leave(serve(Link.inherited(), observers_from))
