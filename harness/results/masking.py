"""Keeps secrets out of the run folder. Everything that is written passes through a `Mask`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from harness.model.curl import spellings
from harness.model.sensitive import is_sensitive_field, is_sensitive_header

MASKED = "[masked]"
SHORTEST = 4  # a shorter secret would blot out ordinary words; by the name of its place it is masked all the same
_PAIR = re.compile(r"([?&;\s]|^)([^=&?;\s]+)=([^&;\s#\"']*)")
_SCHEME = re.compile(
    r"\b(Bearer|Basic)\s+(?=\S*\d)[A-Za-z0-9._~+/=-]{8,}"
)  # a digit: `Basic authentication` is no credential
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*\}?")


@dataclass(frozen=True, slots=True)
class Mask:
    """`secrets` maps a value to the `$NAME` that is written in its stead."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def text(self, text: str) -> str:
        """Known values, credentials after `Bearer` and `Basic`, and sensitive `name=value` pairs are hidden."""
        for value in sorted((v for v in self.secrets if len(v) >= SHORTEST), key=len, reverse=True):
            for form in spellings(value):
                text = text.replace(form, self.secrets[value])
        return _PAIR.sub(_hide_pair, _SCHEME.sub(rf"\1 {MASKED}", text))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Sensitive headers lose their value; the others keep it but for what is known to be secret."""
        return {name: MASKED if is_sensitive_header(name) else self.text(value) for name, value in headers.items()}

    def body(self, body: bytes | str) -> str:
        """A body as text (bytes that are no UTF-8 are replaced), the sensitive fields of JSON and forms masked."""
        text = body.decode(errors="replace") if isinstance(body, bytes) else body
        try:
            document = json.loads(text)
        except ValueError:
            return self.text(text)
        cleaned = self.value(document)
        return self.text(text) if cleaned == document else json.dumps(cleaned, ensure_ascii=False)

    def value(self, value: object, name: str = "") -> object:
        """Any JSON-able value, walked to its leaves. A leaf under a sensitive name is masked; so is a secret used as a name."""
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._under(str(key), inner) for key, inner in value.items()}
        if isinstance(value, str):
            return value if name and _VARIABLE.fullmatch(value) else self.text(value)
        if isinstance(value, bytes):
            return self.body(value)
        if isinstance(value, Sequence):
            return [self._under(name, inner) if name else self.value(inner) for inner in value]
        return value

    def _under(self, name: str, value: object) -> object:
        is_leaf = isinstance(value, (str, bytes)) or (isinstance(value, int) and not isinstance(value, bool))
        if not is_leaf or not (is_sensitive_header(name) or is_sensitive_field(name)):
            return self.value(value, name)
        if isinstance(value, str) and (not value or _VARIABLE.fullmatch(value)):
            return value  # nothing there, or already only the name of a secret
        return MASKED


def mask(headers: Mapping[str, str], secrets: Mapping[str, str] | None = None) -> dict[str, str]:
    """Headers fit for a run folder."""
    return Mask(secrets or {}).headers(headers)


def _hide_pair(found: re.Match[str]) -> str:
    lead, name, value = found.groups()
    if not value or _VARIABLE.fullmatch(value) or not is_sensitive_field(unquote_plus(name)):
        return found[0]
    return f"{lead}{name}={MASKED}"
