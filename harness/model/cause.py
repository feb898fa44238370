"""Findings that share a root are one cause: somebody mends it once, so it is told once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from harness.model.finding import RANK, Finding, Level

NAMED = 3  # operations that a sentence names
SHARED = 3  # operations from which on the same fault in an answer is one schema's
TELLING = 40  # characters from which on the text of a 500 says more than that it is one
_CHANGING = re.compile(r"[0-9a-fA-F]{6,}|\d+")
_WORST = (
    *("server_gone", "no_answer", "ignored_auth", "object_level_authorization", "use_after_free"),
    *("not_a_server_error", "response_schema_conformance"),
)
_BY_SIGNATURE = frozenset(
    {
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "ensure_resource_availability",
        "no_answer",
    }
)
_BY_CHECK = frozenset(
    {
        *("ignored_auth", "negative_data_rejection", "positive_data_acceptance"),
        *("missing_required_header", "unsupported_method", "allow_header_conformance"),
    }
)
_SHORT = {
    "ignored_auth": "Credentials are declared but not needed",
    "negative_data_rejection": "Input that breaks the description is accepted",
    "positive_data_acceptance": "Input that follows the description is rejected",
    "missing_required_header": "A required header may be left out",
    "unsupported_method": "A method that is not described is not answered with 405",
    "allow_header_conformance": "The Allow header does not name the described methods",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """At least one finding; the first is the one to show, and as bad as any of them."""

    findings: tuple[Finding, ...]

    @property
    def shown(self) -> Finding:
        """The one that stands for all."""
        return self.findings[0]

    @property
    def level(self) -> Level:
        """How bad it is."""
        return self.shown.level

    @property
    def count(self) -> int:
        """How often it was seen."""
        return sum(one.count for one in self.findings)

    @property
    def operations(self) -> tuple[str, ...]:
        """Where, without repetition."""
        return tuple(dict.fromkeys(one.operation for one in self.findings))

    @property
    def accepted(self) -> bool:
        """Whether a baseline knows all of it."""
        return all(one.accepted for one in self.findings)

    @property
    def where(self) -> str:
        """`read_item`, or `60 operations: a, b, c and 57 more`."""
        names = [name or "the service" for name in self.operations]
        if len(names) == 1:
            return names[0]
        rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return f"{len(names)} operations: {', '.join(names[:NAMED])}{rest}"

    @property
    def message(self) -> str:
        """What is wrong, as one sentence for all of it."""
        if len(self.findings) == 1:
            return self.shown.message
        if len(self.operations) == 1:
            return f"{self.shown.message}, and {len(self.findings) - 1} more such"
        match self.shown.check:
            case "status_code_conformance":
                return f"{self.shown.signature} is answered, and not documented"
            case "content_type_conformance":
                return f"The content type {self.shown.signature} is answered, and not documented"
            case check:
                return _SHORT.get(check, self.shown.message)

    def gates(self, at: Level) -> bool:
        """Whether any of it fails a gate."""
        return any(one.gates(at) for one in self.findings)


def causes(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """Group by root, worst first: what is not accepted, by level, then by what hurts most, then by how many operations have it."""
    every = tuple(findings)
    wide = {s for s, n in Counter((f.signature, f.message) for f in every if _in_a_body(f)).items() if n >= SHARED}
    groups: dict[Hashable, list[Finding]] = {}
    for one in every:
        groups.setdefault((one.level, bool(one.accepted), _root(one, wide)), []).append(one)
    return tuple(sorted((Cause(findings=tuple(group)) for group in groups.values()), key=_worst_first))


def _worst_first(cause: Cause) -> tuple[object, ...]:
    check = cause.shown.check
    hurts = _WORST.index(check) if check in _WORST else len(_WORST)
    return cause.accepted, RANK[cause.level], hurts, -len(cause.operations), -cause.count, cause.operations, check


def _in_a_body(one: Finding) -> bool:
    return one.check == "response_schema_conformance"


def _root(one: Finding, wide: set[tuple[str, str]]) -> Hashable:
    if one.source not in ("fuzz", "oracle"):
        return one.identity
    if one.check in _BY_CHECK:
        return one.check
    if one.check in _BY_SIGNATURE or (one.check == "not_a_server_error" and one.signature != "500"):
        return one.check, one.signature
    if one.check == "not_a_server_error":
        said = _CHANGING.sub("#", str(one.first.get("body", "")))
        return (one.check, said) if len(said) >= TELLING else one.identity
    if _in_a_body(one):
        if (one.signature, one.message) in wide or not one.signature.startswith("2"):
            return one.check, one.signature
        return one.check, one.operation, one.signature.partition(" ")[0]
    return one.identity
