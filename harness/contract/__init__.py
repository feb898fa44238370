"""What the target promises, and whether it holds: in calm (fuzz, pacts) and under load (the passive oracle)."""

from harness.contract.cases import calls_from_description
from harness.contract.coverage import Coverage, coverage, documented_statuses
from harness.contract.description import Description, parse_description
from harness.contract.fetch import check_limits, fetch_description
from harness.contract.fuzz import FuzzResult, PhaseRun, Progress, fuzz, select
from harness.contract.links import links_into
from harness.contract.oracle import Oracle
from harness.contract.oracle_spec import OracleSpec
from harness.contract.pact_calls import calls_from_pacts
from harness.contract.pact_file import PactFile
from harness.contract.pact_sources import find_pacts
from harness.contract.pact_verify import InteractionResult, PactResult, verify_pacts
from harness.contract.tally import merge_findings

__all__ = [
    "Coverage",
    "Description",
    "FuzzResult",
    "InteractionResult",
    "Oracle",
    "OracleSpec",
    "PactFile",
    "PactResult",
    "PhaseRun",
    "Progress",
    "calls_from_description",
    "calls_from_pacts",
    "check_limits",
    "coverage",
    "documented_statuses",
    "fetch_description",
    "find_pacts",
    "fuzz",
    "links_into",
    "merge_findings",
    "parse_description",
    "select",
    "verify_pacts",
]
