"""What a failure says, made equal for equal failures: numbers, ids and secrets are taken out. Pure; bounded in length."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from harness.load.outcomes import cause_of
from harness.model.curl import spellings

__all__ = ["LONGEST", "Wording"]

LONGEST = 200  # characters of a text that are kept
_READ = 2000  # of what the exception says; a locustfile may fail a request with a whole body
_MOST_KNOWN = 1000
_SHORTEST_SECRET = 4
_BY_STATUS = frozenset({"HTTPError", "LocustBadStatusCode", "BadStatusCode"})
_PARTS = re.compile(
    r"(?P<credential>\b(?:Bearer|Basic)\s+)\S+"
    r"|(?P<kept>\[?(?:Errno|HTTP|status|status code)[ :=]{1,2}\d{1,3}\b\]?|HTTP/\d(?:\.\d)?)"
    r"|(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?P<number>(?<![\w-])[-+]?\d+(?:[.,]\d+)*(?![\w-]))"
    r"|(?P<id>(?=[\w-]*\d)[\w-]*\w)"
)


class Wording:
    """Texts of failures. `secrets` maps a value to the `$NAME` that stands in its stead."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        named = sorted((secrets or {}).items(), key=lambda pair: -len(pair[0]))
        self._secrets = [
            (form, name) for value, name in named if len(value) >= _SHORTEST_SECRET for form in spellings(value)
        ]
        self._known: dict[str, str] = {}

    def of(self, error: BaseException, status: int) -> str:
        """One line: the class of a failure below HTTP and what it says; what a locustfile said; or the status."""
        if type(error).__name__ in _BY_STATUS and status:
            return f"status {status}"
        said = _said(cause_of(error))
        known = self._known.get(said)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:  # every failure says something else: bound the memory
                self._known.clear()
            known = self._known[said] = self.masked(said)
        return known

    def masked(self, text: str) -> str:
        """Numbers become `N`, what holds a digit `ID`, addresses `HOST`; an errno and a status stay."""
        for form, name in self._secrets:
            text = text.replace(form, name)
        text = _PARTS.sub(_mask, " ".join(text.split()))
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _said(error: BaseException) -> str:
    try:
        said = str(error)[:_READ]
    except Exception:  # noqa: BLE001 # an exception of the locustfile's own whose text cannot be made
        said = ""
    kind = type(error).__name__
    return said if kind in ("CatchResponseError", "NotSent") and said else f"{kind}: {said}" if said else kind


_STEAD: Mapping[str, Callable[[str], str]] = {
    "credential": lambda lead: f"{lead}ID",
    "kept": lambda text: text,
    "address": lambda _: "HOST",
    "number": lambda _: "N",
    "id": lambda _: "ID",
}


def _mask(found: re.Match[str]) -> str:
    kind = found.lastgroup or "id"
    return _STEAD[kind](found[kind])
