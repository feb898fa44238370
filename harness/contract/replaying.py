"""`harness check --replay`: findings that were saved are sent again, to see whether they are mended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.contract.child import Spawn, plain_spawn, run_child
from harness.contract.description import Description
from harness.contract.engine_file import EngineFile
from harness.contract.fetch import check_limits
from harness.contract.fuzz import GRACE_S, MODULE, select, spec_of
from harness.contract.masked import revealed
from harness.contract.statuses.send import Judge, Sender, came_back, from_kept
from harness.contract.statuses.strangers import Door, knock
from harness.contract.statuses.visit import credentials_of
from harness.contract.told import Told
from harness.errors import BadDocument, BadInput, ServiceDied
from harness.model.call import Taken
from harness.model.finding import Finding, Level
from harness.model.scenario import Fuzz
from harness.model.target import Target
from harness.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One finding, sent again: fail while it comes back, pass once it does not, unknown where it could not be told (`why`)."""

    finding: Finding
    verdict: Verdict
    why: str
    tried: int = 0
    came_back: int = 0


def read_findings(path: Path) -> tuple[Finding, ...]:
    """From the JSON of `harness check`, or the `findings.jsonl` of a run (or its folder). Raises BadDocument where it is neither."""
    file = path / "findings.jsonl" if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadDocument(
            f"It could not be read: {error}.", "Name what `harness check --format json=FILE` wrote.", path=file
        ) from error
    try:
        if file.suffix == ".jsonl":
            rows = list({row["identity"]: row for row in map(json.loads, filter(None, text.splitlines()))}.values())
        else:
            rows = json.loads(text)["findings"]
        return tuple(_finding(row) for row in rows)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadDocument(
            f"It holds no findings of harness: {error!r}.",
            "Name what `harness check --format json=FILE` wrote.",
            path=file,
        ) from error


def _finding(row: Mapping[str, Any]) -> Finding:
    kept = {name: row[name] for name in ("operation", "check", "source", "message")}
    more = {name: row[name] for name in ("count", "curl", "first", "replay", "place", "line") if name in row}
    return Finding(**kept, **more, signature=row.get("signature", ""), level=Level(row["level"]))


def replay(
    target: Target,
    findings: Iterable[Finding],
    description: Description,
    *,
    log_path: Path,
    budget: float = 60.0,
    engine_file: EngineFile | None = None,
    spawn: Spawn = plain_spawn,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Replayed, ...]:
    """Send each three times. Raises EnvironmentFailed, BadInput where nothing may be sent."""
    check_limits(target, description.base_url)
    every = tuple(findings)
    allowed = {one.name for one in select(target, description)}
    able = [one for one in every if one.replay and one.operation in allowed]
    judged = [one for one in able if one.replay.get("judged")]
    able = [one for one in able if not one.replay.get("judged")]
    if not every:
        raise BadInput("There is nothing to replay: the file holds no finding.", "Name another.")
    told = Told()
    if able:
        spec = {
            **spec_of(target, Fuzz(budget=budget), description, select(target, description), engine_file),
            "replay": [
                {"identity": one.identity, "operation": one.operation, "replay": dict(one.replay)} for one in able
            ],
        }
        tell(f"sending {len(able)} findings again, three times each")
        ended = run_child(
            MODULE,
            spec,
            on_row=lambda row: told.take(0, row),
            timeout_s=budget + GRACE_S,
            log_path=log_path,
            spawn=spawn,
            environ={"NO_PROXY": "*"} if target.on_loopback else None,
        )
        if not told.ends and not ended.killed:
            raise ServiceDied("The replay ended without its result.", f"Its log: {log_path}")
    rows = {row["identity"]: row for row in (*told.replayed, *_judged(judged, target, description, budget))}
    return tuple(_replayed(one, rows.get(one.identity), allowed) for one in every)


def _judged(
    findings: list[Finding], target: Target, description: Description, budget: float
) -> Iterator[Mapping[str, Any]]:
    """What one request showed is sent again, and its answer is held against the description."""
    if not findings:
        return
    judge = Judge(description, target.secrets)
    with Sender(target, judge, timeout_s=min(10.0, budget), until=time.monotonic() + budget) as sender:
        for one in findings:
            kept: Any = revealed(dict(one.replay), target.secrets)
            if "stranger" in kept:
                yield {"identity": one.identity, **_as_stranger(kept, target, description, sender)}
                continue
            key = (one.operation, one.check, one.signature)
            tried, back = came_back(from_kept(kept["request"]), key, sender.ask, judge)
            why = "" if tried else "it gave no answer"
            yield {"identity": one.identity, "tried": tried, "came_back": back, "why": why}


def _as_stranger(kept: Any, target: Target, description: Description, sender: Sender) -> dict[str, object]:
    about = kept["stranger"]
    if about["who"] not in target.identities:
        return {"tried": 0, "came_back": 0, "why": f"the target has no identity `{about['who']}` any more"}
    links = {name: Taken(**one) for name, one in about["links"].items()}
    door = Door(make=from_kept(kept["make"]), own=from_kept(kept["own"]), template=about["template"], links=links)
    found = knock(door, about["who"], target, credentials_of(description, target), sender.ask)
    return {"tried": found.tried, "came_back": found.granted, "why": found.why}


def _replayed(one: Finding, row: Mapping[str, Any] | None, allowed: Iterable[str]) -> Replayed:
    if row is None or row["why"] or not row["tried"]:
        why = row["why"] if row else _why_not(one, allowed)
        return Replayed(finding=one, verdict=Verdict.UNKNOWN, why=why or "the time was up")
    tried, back = row["tried"], row["came_back"]
    if back == 0:
        return Replayed(finding=one, verdict=Verdict.PASS, why=f"it did not come back in {tried} times")
    why = f"it came back {back} of {tried} times"
    return Replayed(finding=one, verdict=Verdict.FAIL, why=why, tried=tried, came_back=back)


def _why_not(one: Finding, allowed: Iterable[str]) -> str:
    if not one.replay:
        return "nothing was saved that would send it again"
    return "the time was up" if one.operation in allowed else f"{one.operation} is not described any more, or excluded"
