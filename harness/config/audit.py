"""The `audit:` of a target: what may be written there, and the noun that it becomes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator, model_validator

from harness.config.fields import Document, Duration
from harness.model.effect import IDEMPOTENCY_KEY, Effect, KeptRead, TargetAudit

__all__ = ["TargetAuditDocument", "read_audit"]

_KIND = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # RFC 9110, section 5.6.2
Kind = Annotated[str, StringConstraints(pattern=_KIND)]


def _or_a_kind(schema: dict[str, Any]) -> None:
    """`place_order: order` is short for `place_order: {kind: order}`, in editors too."""
    schema["additionalProperties"] = {"anyOf": [{"type": "string", "pattern": _KIND}, schema["additionalProperties"]]}


class EffectDocument(Document):
    """What a request asks the service to keep. Its key, which tells it from all others, is a header or a place in the JSON that is sent."""

    kind: Kind
    key: str = IDEMPOTENCY_KEY

    @field_validator("key")
    @classmethod
    def _place(cls, key: str) -> str:
        where, _, rest = key.partition(" ")
        if (where == "header" and _is_token(rest)) or (where == "body" and rest.startswith("/")):
            return key
        raise ValueError(
            "write `header NAME`, such as header X-Request-Id, or `body /pointer`, such as body /reference"
        )


class KeptReadDocument(Document):
    """Who says what is kept: a command that prints it, run in the folder of this file without a shell, or a URL that answers it."""

    command: str | None = None
    url: str | None = Field(default=None, pattern=r"^https?://[^\s/]+.*$")
    timeout: Duration = 30.0

    @field_validator("command")
    @classmethod
    def _words(cls, command: str | None) -> str | None:
        if command is not None and not shlex.split(command):
            raise ValueError("the command is empty")
        return command

    @model_validator(mode="after")
    def _one_of_both(self) -> KeptReadDocument:
        if (self.command is None) == (self.url is None):
            raise ValueError("say exactly one of command, url: who tells what is kept")
        return self


class TargetAuditDocument(Document):
    """`effects` by operation (a name, `METHOD /path` or a glob). The read is asked again for `rest`, until nothing is under way."""

    effects: dict[str, EffectDocument] = Field(min_length=1, json_schema_extra=_or_a_kind)
    read: KeptReadDocument
    rest: Duration = 20.0

    @field_validator("effects", mode="before")
    @classmethod
    def _kind_alone(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: {"kind": one} if isinstance(one, str) else one for name, one in value.items()}


def read_audit(document: TargetAuditDocument | None, folder: Path) -> TargetAudit | None:
    """`folder` is where the file is that says it."""
    if document is None:
        return None
    effects = tuple(Effect(operation=name, kind=one.kind, key=one.key) for name, one in document.effects.items())
    read = KeptRead(
        command=document.read.command or "",
        url=document.read.url or "",
        folder=str(folder),
        timeout=document.read.timeout,
    )
    return TargetAudit(effects=effects, read=read, rest=document.rest)


def _is_token(text: str) -> bool:
    return re.fullmatch(_TOKEN, text) is not None
