"""What is accepted for now: findings that somebody knows of, each until a day. The file is theirs to edit, and lives well in git."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from harness.errors import BadDocument, EnvironmentFailed
from harness.model.finding import Finding

DAYS = 90
HEAD = """\
# What is accepted for now. `--baseline-update` of harness check, pact verify and run adds what is new; `until` and `why` are yours to change.
# An entry counts through the day `until`; without one it never ends. Take out what is mended.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One finding, by identity. `operation`, `check` and `message` are there for people."""

    id: str
    operation: str = ""
    check: str = ""
    message: str = ""
    since: date | None = None
    until: date | None = None
    why: str = ""

    def told(self, today: date) -> str:
        """How a finding says that it is accepted; nothing once it is over."""
        if self.until is not None and self.until < today:
            return ""
        ends = f"until {self.until.isoformat()}" if self.until else "without an end"
        return f"accepted {ends}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True)
class Baseline:
    """In the order of the file."""

    entries: tuple[Accepted, ...] = ()

    def applied(self, findings: Iterable[Finding], today: date) -> tuple[Finding, ...]:
        """The same findings; those that are accepted today say so."""
        known = {one.id: one.told(today) for one in self.entries}
        return tuple(replace(one, accepted=known.get(one.identity, "")) for one in findings)

    def over(self, findings: Iterable[Finding], today: date) -> tuple[Accepted, ...]:
        """Entries whose day has passed and whose finding is still there."""
        seen = {one.identity for one in findings}
        return tuple(one for one in self.entries if one.id in seen and not one.told(today))

    def unseen(self, findings: Iterable[Finding]) -> tuple[Accepted, ...]:
        """Entries that nobody saw this time: mended, or not tried."""
        seen = {one.identity for one in findings}
        return tuple(one for one in self.entries if one.id not in seen)

    def updated(self, findings: Iterable[Finding], today: date, days: int = DAYS) -> Baseline:
        """With what is new, and what is over, accepted for `days` from today; `why` of known entries is kept."""
        entries = {one.id: one for one in self.entries}
        for finding in findings:
            known = entries.get(finding.identity)
            if known is not None and known.told(today):
                continue
            entries[finding.identity] = Accepted(
                id=finding.identity,
                operation=finding.operation,
                check=finding.check,
                message=" ".join(finding.message.split())[:200],
                since=known.since if known and known.since else today,
                until=today + timedelta(days=days),
                why=known.why if known else "",
            )
        return Baseline(tuple(entries.values()))


def read_baseline(path: Path) -> Baseline:
    """Raises BadDocument for what cannot be read, a missing file included."""
    try:
        document = YAML(typ="safe", pure=True).load(StringIO(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadDocument(
            f"The baseline could not be read: {error.strerror}.", "Write it with --baseline-update.", path=path
        ) from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadDocument(
            f"The baseline is no YAML: {error.problem}.", "Mend it there.", path=path, line=line
        ) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise BadDocument(f"The baseline is no YAML: {error}.", "Mend it there.", path=path) from error
    rows = document.get("accepted") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise BadDocument("The baseline has no list `accepted:`.", "Write it anew with --baseline-update.", path=path)
    return Baseline(tuple(_entry(row, number, path) for number, row in enumerate(rows, start=1)))


def _entry(row: Any, number: int, path: Path) -> Accepted:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise BadDocument(
            f"Entry {number} of the baseline has no `id`.", "It is the identity that --json shows.", path=path
        )
    return Accepted(
        id=row["id"],
        operation=str(row.get("operation") or ""),
        check=str(row.get("check") or ""),
        message=str(row.get("message") or ""),
        since=_day(row, "since", number, path),
        until=_day(row, "until", number, path),
        why=str(row.get("why") or ""),
    )


def _day(row: dict[str, Any], name: str, number: int, path: Path) -> date | None:
    value = row.get(name)
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise BadDocument(f"`{name}` of entry {number} is no day: {value!r}.", "Write it as 2027-01-31.", path=path)


def write_baseline(path: Path, baseline: Baseline) -> None:
    """In one step. Raises EnvironmentFailed."""
    rows = [{name: value for name, value in asdict(entry).items() if value} for entry in baseline.entries]
    text = StringIO()
    yaml = YAML()
    yaml.width = 1000
    yaml.dump({"accepted": rows}, text)
    beside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(HEAD + text.getvalue(), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise EnvironmentFailed(
            f"The baseline {path} could not be written: {error.strerror}.", "Name another file after --baseline."
        ) from error
