"""Every effect that a client was promised is there exactly once; every refused one is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from harness.audit.evidence import Evidence, Violation, weigh
from harness.audit.history import History, Told
from harness.audit.state import Effects
from harness.model.verdict import Verdict

CHECK = "effects-once"
NAMELESS = ""  # the key of requests that carried none


def effects_once(history: History, state: Effects) -> Evidence:
    """Jepsen's `set` checker, kind by kind: lost = acknowledged minus read, unexpected = refused and read; info may go either way.

    Keys that were neither sent nor made by this run are others' business. While something is under way, nobody is blamed.
    """
    violations: list[Violation] = []
    counts: Counter[str] = Counter(dict.fromkeys(("promised", "refused", "open", "recovered", "keyless"), 0))
    for kind, keys in state.effects.items():
        told = {key: word for key, word in history.by_key(kind).items() if key != NAMELESS}
        kept = Counter(key for key in keys if key in told or history.owns(key))
        violations += _broken(kind, told, kept)
        counts["promised"] += sum(word is Told.OK for word in told.values())
        counts["refused"] += sum(word is Told.FAIL for word in told.values())
        counts["open"] += sum(word is Told.INFO for word in told.values())
        counts["recovered"] += sum(word is Told.INFO and kept[key] > 0 for key, word in told.items())
        counts["keyless"] += sum(e.key == NAMELESS and e.type is not Told.FAIL for e in history.of(kind))
    for signature in ("lost", "duplicated", "refused-but-kept"):
        counts[signature.replace("-", "_")] = sum(violation.signature == signature for violation in violations)
    if not state.quiescent:
        return _unknown(counts, _under_way(violations))
    if counts["keyless"] and not violations:
        n = counts["keyless"]
        return _unknown(
            counts, f"{n:,} requests that may have had an effect carried no key, so theirs cannot be told apart."
        )
    if not counts["promised"] and not violations:
        return _unknown(counts, _nothing(counts, history, state.effects))
    unasked = [kind for kind in state.effects if not history.of(kind)]
    but = f" (nothing was asked for of {', '.join(unasked)})" if unasked else ""
    return weigh(CHECK, f"Every promised effect is there, once{but}", counts["promised"], violations, dict(counts))


def _broken(kind: str, told: Mapping[str, Told], kept: Counter[str]) -> Iterable[Violation]:
    for key, word in told.items():
        if word is Told.OK and not kept[key]:
            message = f"The {kind} under key {key} was promised to the client and is not there."
            yield Violation(signature="lost", message=message, kind=kind, key=key)
        elif word is Told.FAIL and kept[key]:
            message = f"The {kind} under key {key} was refused and is there all the same."
            yield Violation(signature="refused-but-kept", message=message, kind=kind, key=key, weight=kept[key])
    for key, n in kept.items():
        if n > 1 and told.get(key) is not Told.FAIL:
            message = f"The {kind} under key {key} is there {n} times instead of once."
            yield Violation(signature="duplicated", message=message, kind=kind, key=key, weight=n)


def _unknown(counts: Mapping[str, int], why: str) -> Evidence:
    return Evidence(check=CHECK, verdict=Verdict.UNKNOWN, why=why, checked=counts["promised"], counts=dict(counts))


def _under_way(so_far: Iterable[Violation]) -> str:
    said = Counter(violation.signature for violation in so_far)
    told = ", ".join(f"{n:,} {signature}" for signature, n in said.items())
    return "The service still said that something was under way when the final read gave up waiting" + (
        f"; {told} until then." if told else "."
    )


def _nothing(counts: Mapping[str, int], history: History, effects: Iterable[str]) -> str:
    if counts["refused"] or counts["open"]:
        return f"No effect was promised: {counts['refused']:,} were refused, and of {counts['open']:,} the clients could not know."
    if history.events:
        return "No effect was promised that this check could look at."
    return f"No request asked for any effect ({', '.join(effects)})."
