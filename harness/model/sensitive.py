"""Which headers and fields carry secrets, by their names. What is masked in a run folder and left open in a curl line follows this."""

from __future__ import annotations

import re

_HEADERS = frozenset(
    {"authorization", "cookie", "set-cookie", "proxy-authorization", "authentication-info", "www-authenticate"}
)
_WORDS = re.compile(
    r"pass(word|wd|phrase|code)|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|session[-_]?id|jwt|bearer"
    r"|signature|otp\b|\bpin\b|cvv|cvc|card[-_]?number|ssn|auth\b",
    re.IGNORECASE,
)


def is_sensitive_header(name: str) -> bool:
    """Whether a header's value must not be written down. `Idempotency-Key` is no secret: reproductions need it."""
    return name.lower() in _HEADERS or bool(_WORDS.search(name))


def is_sensitive_field(name: str) -> bool:
    """Whether a query or body field's value must not be written down."""
    return bool(_WORDS.search(name))


def variable_of(name: str) -> str:
    """The shell variable that stands for a secret called `name`: `X-Api-Key` becomes `$X_API_KEY`."""
    word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper()
    return f"${word}" if word and not word[0].isdigit() else f"$SECRET_{word}".rstrip("_")
