"""The schemas of an OpenAPI document as JSON Schema, ready to be pointed at from validators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jsonschema_rs

from harness.contract.json_schema import DISCRIMINATOR, LENT, Reading, Rewriter

HOME = "urn:harness:description"
ANSWERS = Reading()
REQUESTS = Reading(hidden="readOnly", forbidden=False)
RELIANCE = Reading(partial=True)
_DRAFT_4 = "http://json-schema.org/draft-04/schema#"
_2020_12 = "https://json-schema.org/draft/2020-12/schema"


class Schemas:
    """A validator for any schema of the document, named by its JSON pointer; each is compiled once. References stay within the document.

    OpenAPI 3.1 is JSON Schema 2020-12; 3.0 and 2.0 are close to draft 4 (`nullable`, a boolean `exclusiveMinimum`, `$ref` without siblings).
    """

    def __init__(self, document: Mapping[str, Any], reading: Reading = ANSWERS) -> None:
        self._modern = str(document.get("openapi", "")) >= "3.1"
        nullable = "x-nullable" if "swagger" in document else "nullable"
        rewriter = Rewriter(document, replace(reading, nullable=nullable, modern=self._modern))
        home = {**rewriter.rewritten(), "$schema": _2020_12 if self._modern else _DRAFT_4}
        lent = {"$schema": _2020_12, "$defs": rewriter.lent}
        self._registry = jsonschema_rs.Registry([(HOME, home), (LENT, lent)])
        self._compiled: dict[str, jsonschema_rs.Validator] = {}

    def validator(self, pointer: str) -> jsonschema_rs.Validator:
        """Raises `jsonschema_rs.ValidationError` or `ReferencingError` for a schema that is none, or refers to nowhere."""
        known = self._compiled.get(pointer)
        if known is None:
            known = self._compiled[pointer] = self.compile(pointer)
        return known

    def compile(self, pointer: str) -> jsonschema_rs.Validator:
        """What `validator` keeps. Costs about a millisecond."""
        draft = jsonschema_rs.Draft202012Validator if self._modern else jsonschema_rs.Draft4Validator
        return draft(
            {"$ref": f"{HOME}#{pointer}"},
            registry=self._registry,
            validate_formats=True,
            offline=True,
        )


def pointer(*steps: str) -> str:
    """A JSON pointer as a URI fragment (RFC 6901, section 6)."""
    quoted = (step.replace("~", "~0").replace("/", "~1").replace("%", "%25") for step in steps)
    return "".join("/" + step.replace("{", "%7B").replace("}", "%7D").replace(" ", "%20") for step in quoted)


def keyword_of(error: jsonschema_rs.ValidationError) -> str:
    """The keyword that is broken."""
    path = error.schema_path
    if len(path) > 1 and path[0] == "$defs" and str(path[1]).startswith(DISCRIMINATOR):
        return DISCRIMINATOR
    return str(path[-1]) if path else ""
