"""Media types as people write them: `application/json; charset=utf-8` (RFC 9110, section 8.3.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.contract.grading import content_type_signature


def covering(content_type: str, documented: Iterable[str]) -> str | None:
    """The documented media type that covers one: of the same type, else `type/*`, else `*/*`. Of several that differ in parameters alone, the
    one whose parameters it has, and most of them; else the first."""
    given = content_type_signature(content_type)
    if given == "missing":
        return None
    options, has = tuple(documented), _parameters(content_type)
    for spelling in (given, given.partition("/")[0] + "/*", "*/*"):
        like = [option for option in options if content_type_signature(option) == spelling]
        fitting = [option for option in like if _parameters(option) <= has]
        if like:
            return max(fitting or like[:1], key=lambda option: len(_parameters(option)))
    return None


def is_json(media_type: str) -> bool:
    """Whether bodies of it are JSON."""
    kind = content_type_signature(media_type)
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def _parameters(media_type: str) -> frozenset[tuple[str, str]]:
    """Names, and the values of most parameters, do not tell upper from lower case."""
    pairs = (part.partition("=") for part in media_type.split(";")[1:])
    return frozenset(
        (name.strip().lower(), value.strip().strip('"').lower()) for name, _, value in pairs if name.strip()
    )
