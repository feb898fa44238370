"""What a service of one's own keeps in the end: the keys of its effects, by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import EnvironmentFailed
from harness.model.nearest import did_you_mean

_EXAMPLE = 'It should be {"quiescent": true, "effects": {"order": ["key1", "key2"]}}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`effects` maps a kind to the keys of its effects, a key as often as its effect is there."""

    quiescent: bool
    effects: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, read: Any, kinds: Iterable[str]) -> Kept:
        """From the JSON of a final read, which must tell of all `kinds`. Raises EnvironmentFailed where it has another shape."""
        if not isinstance(read, dict) or not isinstance(read.get("effects"), dict):
            raise EnvironmentFailed("The final read has no object `effects`.", _EXAMPLE)
        quiescent = read.get("quiescent", True)
        if not isinstance(quiescent, bool):
            raise EnvironmentFailed(
                f"`quiescent` of the final read is {_shown(quiescent)}, not true or false.", _EXAMPLE
            )
        return cls(quiescent=quiescent, effects={kind: _keys(read["effects"], kind) for kind in kinds})


def _keys(effects: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    if kind not in effects:
        raise EnvironmentFailed(
            f"The final read says nothing of `{kind}` under `effects`.",
            f"{did_you_mean(kind, effects)} Where there are none, write an empty list.",
        )
    keys = effects[kind]
    if not isinstance(keys, list):
        raise EnvironmentFailed(f"`effects.{kind}` of the final read is {_shown(keys)}, not a list of keys.", _EXAMPLE)
    for key in keys:
        if not isinstance(key, str | int) or isinstance(key, bool):
            raise EnvironmentFailed(
                f"`effects.{kind}` of the final read holds {_shown(key)}, which is no key.", _EXAMPLE
            )
    return tuple(str(key) for key in keys)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
