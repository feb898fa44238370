"""The Contract page: what is wrong and how much was seen, as it comes, in calm and under load. At the end it is what the summary says."""

from __future__ import annotations

from collections.abc import Iterable

from harness.contract import Description
from harness.contract.kinds_of_coverage import Documented, KindCoverage
from harness.experiment.contract_summary import coverage_part, coverage_so_far, judged_by_operation
from harness.experiment.gathered import Gathered
from harness.model import Finding, Scenario, Verdict, worst
from harness.report.one_each import one_each
from harness.results import FindingSummary, Summary, finding_of
from harness.ui.state import ContractCheck, FindingsState

LEVELS = ("error", "warning", "note")
FUZZ, ORACLE, PACTS = "generated requests", "answers under load", "consumers' pacts"


class ContractShown:
    """Of one run. Not for several threads at once."""

    def __init__(self, scenario: Scenario | None = None) -> None:
        self._checks: dict[str, ContractCheck] = {}
        contract = scenario.contract if scenario else None
        for name, asked in (
            (FUZZ, contract and contract.fuzz),
            (PACTS, contract and contract.pact),
            (ORACLE, contract and contract.oracle),
        ):
            if asked:
                self._checks[name] = ContractCheck(name=name, says="not yet")
        self._description: Description | None = None
        self._documented: Documented | None = None
        self._found: dict[tuple[str, str], Finding] = {}
        self._final: tuple[FindingSummary, ...] | None = None
        self._state = FindingsState(oracle=bool(contract and contract.oracle))
        self.coverage: tuple[KindCoverage, ...] = ()

    def opened(self, description: Description | None) -> None:
        """The target answers; it has a description, or none."""
        self._description = description
        source = description.source.rpartition("/")[2] if description else ""
        self._state = self._state.model_copy(update={"description": source})

    def checking(self, gathered: Gathered, found: Iterable[Finding]) -> None:
        """Generated requests are being sent."""
        for one in found:
            self.finding(one)
        now = gathered.so_far
        self._says(
            FUZZ, f"phase {now.phase}: {now.cases:,} cases so far" if now.phase else f"{now.cases:,} cases so far"
        )

    def checked(self, gathered: Gathered) -> None:
        """What came of a part of it takes the place of what was told on the way."""
        if gathered.fuzz is not None:
            self._replace("fuzz", gathered.fuzz.findings)
            self._says(FUZZ, gathered.fuzz.check.why, gathered.fuzz.check.verdict)
        elif gathered.fuzz_failed:
            self._says(FUZZ, gathered.fuzz_failed, Verdict.UNKNOWN)
        self._replace("pact", [finding for result in gathered.pacts for finding in result.findings])
        if gathered.pacts or gathered.pact_failed:
            said = [f"{one.check.name}: {one.check.why}" for one in gathered.pacts] + [gathered.pact_failed]
            verdicts = [one.check.verdict for one in gathered.pacts] + [Verdict.UNKNOWN] * bool(gathered.pact_failed)
            self._says(PACTS, "; ".join(filter(None, said)), worst(verdicts))

    def finding(self, finding: Finding) -> None:
        """Something is wrong, for the first time or once more."""
        self._found[finding.source, finding.identity] = finding

    def look(self, gathered: Gathered) -> None:
        """How much was seen until now; the one part that takes its time."""
        judged = sum(judged_by_operation(gathered.oracle_rows).values())
        if judged:
            self._says(ORACLE, f"{judged:,} judged so far")
        if self._description is not None:
            self._documented = self._documented or Documented.of(self._description)
            self.coverage = coverage_so_far(gathered, self._description, self._documented)
        parts = tuple(coverage_part(one) for one in self.coverage)
        self._state = self._state.model_copy(update={"judged": judged, "coverage": parts})

    def conclude(self, summary: Summary) -> None:
        """From here on it is what the summary says."""
        contract = summary.contract
        for name, part in ((FUZZ, contract.fuzz), (ORACLE, contract.oracle)):
            if part is not None:
                self._says(name, part.why, part.verdict)
        if summary.pacts:
            kept = sum(one.verdict is Verdict.PASS for one in summary.pacts)
            words = f"{kept} of {len(summary.pacts)} interactions kept"
            self._says(PACTS, words, worst(one.verdict for one in summary.pacts))
        self._final = summary.findings
        judged = contract.oracle.judged if contract.oracle else 0
        self._state = self._state.model_copy(update={"coverage": contract.coverage, "judged": judged})

    @property
    def found(self) -> tuple[Finding, ...]:
        """By whoever saw them."""
        return tuple(self._found.values())

    @property
    def state(self) -> FindingsState:
        """As the page shows it: one line for one thing that is wrong."""
        every = self._final if self._final is not None else [finding_of(one) for one in self._found.values()]
        ordered = sorted(one_each(every), key=lambda one: (LEVELS.index(one.level), -one.count))
        return self._state.model_copy(update={"findings": tuple(ordered), "checks": tuple(self._checks.values())})

    def _says(self, name: str, says: str, verdict: Verdict | None = None) -> None:
        self._checks[name] = ContractCheck(name=name, says=says, verdict=str(verdict or ""))

    def _replace(self, source: str, findings: Iterable[Finding]) -> None:
        self._found = {key: one for key, one in self._found.items() if key[0] != source}
        for one in findings:
            self.finding(one)
