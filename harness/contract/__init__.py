"""What the target promises, and whether it holds: in calm (fuzz, pacts) and under load (the passive oracle)."""

from harness.contract.baseline import Accepted, Baseline, read_baseline, write_baseline
from harness.contract.cases import calls_from_description
from harness.contract.coverage import Coverage, coverage, documented_statuses
from harness.contract.description import GRAPHQL, Description, parse_description
from harness.contract.engine_file import EngineFile, find_engine_file, read_engine_file
from harness.contract.fetch import check_limits, fetch_description
from harness.contract.fuzz import FuzzResult, fuzz, select
from harness.contract.links import links_into
from harness.contract.oracle import Oracle
from harness.contract.oracle_spec import OracleSpec
from harness.contract.pact_calls import calls_from_pacts
from harness.contract.pact_file import PactFile
from harness.contract.pact_sources import find_pacts
from harness.contract.pact_verify import InteractionResult, PactResult, verify_pacts
from harness.contract.replaying import Replayed, read_findings, replay
from harness.contract.repro import pytest_module
from harness.contract.tally import merge_findings
from harness.contract.told import PhaseRun, Progress

__all__ = [
    "GRAPHQL",
    "Accepted",
    "Baseline",
    "Coverage",
    "Description",
    "EngineFile",
    "FuzzResult",
    "InteractionResult",
    "Oracle",
    "OracleSpec",
    "PactFile",
    "PactResult",
    "PhaseRun",
    "Progress",
    "Replayed",
    "calls_from_description",
    "calls_from_pacts",
    "check_limits",
    "coverage",
    "documented_statuses",
    "fetch_description",
    "find_engine_file",
    "find_pacts",
    "fuzz",
    "links_into",
    "merge_findings",
    "parse_description",
    "pytest_module",
    "read_baseline",
    "read_engine_file",
    "read_findings",
    "replay",
    "select",
    "verify_pacts",
    "write_baseline",
]
