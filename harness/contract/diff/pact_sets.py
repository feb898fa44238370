"""Two sets of pacts: what consumers rely on now that they did not before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from harness.contract.diff.change import Change, Touch
from harness.contract.pact_file import PactFile
from harness.model.finding import Level

Key = tuple[str, str]


def pact_changes(old: Sequence[PactFile], new: Sequence[PactFile]) -> tuple[Change, ...]:
    """What is relied on newly, or otherwise, has to be verified before it can be deployed (a warning); what is no longer relied on is a
    note: the provider may let it go."""
    before, after = ({(pact.consumer, pact.provider): pact for pact in pacts} for pacts in (old, new))
    return tuple(
        change for key in sorted(before.keys() | after.keys()) for change in _pair(key, before.get(key), after.get(key))
    )


def _pair(key: Key, old: PactFile | None, new: PactFile | None) -> Iterator[Change]:
    before, after = _interactions(old), _interactions(new)
    if new is None:
        yield _change("pact-removed", Level.NOTE, key, "", f"{key[0]} no longer relies on {key[1]}")
        return
    for name in after:
        if name not in before:
            yield _change("pact-interaction-added", Level.WARNING, key, name, f"{key[0]} relies on `{name}` now")
        elif before[name] != after[name]:
            what = ", ".join(_parts(before[name], after[name]))
            said = f"{key[0]} relies on `{name}` otherwise: {what}"
            yield _change("pact-interaction-changed", Level.WARNING, key, name, said)
    for name in before:
        if name not in after:
            yield _change("pact-interaction-removed", Level.NOTE, key, name, f"{key[0]} no longer relies on `{name}`")


def _interactions(pact: PactFile | None) -> dict[str, Any]:
    """By description and states, as pacts tell them apart."""
    found: dict[str, Any] = {}
    for name in ("interactions", "messages"):
        for row in pact.document.get(name, []) if pact else ():
            states = row.get("providerStates") or row.get("providerState") or []
            given = [one.get("name", "") for one in states] if isinstance(states, list) else [str(states)]
            title = str(row["description"]) + (f" (given {', '.join(given)})" if given else "")
            found[title] = {
                k: v for k, v in row.items() if not k.startswith("_") and k not in ("key", "pending", "comments")
            }
    return found


def _parts(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for part in sorted(old.keys() | new.keys()):
        before, after = old.get(part), new.get(part)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            inner = [key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
            yield f"{part} ({', '.join(inner)})"
        else:
            yield f"{part} from {json.dumps(before)[:60]} to {json.dumps(after)[:60]}"


def _change(rule: str, level: Level, key: Key, name: str, said: str) -> Change:
    return Change(
        rule=rule,
        level=level,
        felt=((f"{key[0]} → {key[1]}", Touch(part="schema")),),
        place=(name,) if name else (),
        message=said,
        removed=rule.endswith("removed"),
        consumers=(key[0],),
    )
