"""What the description promises about one kind of answer: an operation, a status, a content type."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pydantic_core

from harness.contract import grading
from harness.contract.coverage import written_as
from harness.contract.description import resolve
from harness.contract.dialect import Schemas, pointer

MAX_ERRORS = 5  # per answer; more of the same answer rarely say more
MAX_BODY = 2_000_000
_SAYS_NOTHING = frozenset({"type", "description", "title", "example", "examples", "default", "deprecated"})

Fault = tuple[str, str, str]  # check, signature, message


@dataclass(frozen=True, slots=True)
class PromisedHeader:
    """`check` is None where nothing is said about the value; `kind` is what its text stands for."""

    name: str
    required: bool
    kind: str = "string"
    check: jsonschema_rs.Validator | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`always` are faults that every such answer has; `unjudged` says what could not be held against the description."""

    status: int
    always: tuple[Fault, ...] = ()
    headers: tuple[PromisedHeader, ...] = ()
    body: jsonschema_rs.Validator | None = None
    unjudged: tuple[str, ...] = ()

    def faults(self, headers: Mapping[str, str], body: bytes) -> tuple[Fault, ...]:
        """What is wrong with an answer. `headers` by lower-case name."""
        found = self.always
        if self.headers and not self.headers_hold(headers):
            found += tuple(self._header_faults(headers))
        if self.body is not None:
            found += self._body_faults(self.body, body)
        return found

    def body_holds(self, body: bytes) -> bool:
        """The quick question about a body that something is promised of."""
        if self.body is None or len(body) > MAX_BODY:
            return True
        try:
            return self.body.is_valid(pydantic_core.from_json(body, allow_inf_nan=False, cache_strings="keys"))
        except ValueError:
            return False  # or nested too deeply for jiter: `faults` reads it again

    def headers_hold(self, headers: Mapping[str, str]) -> bool:
        """The quick question of the hot path; `faults` says what is wrong."""
        for header in self.headers:
            value = headers.get(header.name)
            if value is None:
                if header.required:
                    return False
            elif header.check is not None and not header.check.is_valid(_meant(value, header.kind)):
                return False
        return True

    def _header_faults(self, headers: Mapping[str, str]) -> Iterator[Fault]:
        missing = [h.name for h in self.headers if h.required and h.name not in headers]
        if missing:
            yield grading.HEADERS, grading.headers_signature(missing), f"Missing header(s): {', '.join(missing)}"
        for header in self.headers:
            value = headers.get(header.name)
            if value is None or header.check is None:
                continue
            error = next(header.check.iter_errors(_meant(value, header.kind)), None)
            if error is not None:
                yield (
                    grading.HEADERS,
                    grading.header_signature(header.name, _keyword(error)),
                    f"Header {header.name}: {error.message[:200]}",
                )

    def _body_faults(self, validator: jsonschema_rs.Validator, body: bytes) -> tuple[Fault, ...]:
        if len(body) > MAX_BODY:
            return ()
        try:
            answer = parse_json(body)
        except ValueError as error:
            signature = grading.body_signature(self.status, (), "json")
            return ((grading.BODY, signature, f"The body is not JSON: {str(error)[:200]}"),)
        if validator.is_valid(answer):
            return ()
        return tuple(self._body_errors(validator, answer))

    def _body_errors(self, validator: jsonschema_rs.Validator, answer: Any) -> Iterator[Fault]:
        for number, error in enumerate(validator.iter_errors(answer)):
            if number == MAX_ERRORS:
                return
            signature = grading.body_signature(self.status, error.instance_path, _keyword(error))
            yield grading.BODY, signature, f"The body at {_place(error)}: {error.message[:300]}"


def parse_json(body: bytes) -> Any:
    """Raises ValueError. jiter is twice as fast as `json`; what it refuses by depth gets a second reading."""
    try:
        return pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError:
        return json.loads(body)


@dataclass(frozen=True, slots=True)
class Promises:
    """Finds and compiles the promise that an operation makes. `responses` and its place in the document, per operation."""

    document: Mapping[str, Any]
    schemas: Schemas

    def make(
        self,
        place: tuple[str, ...],
        responses: Mapping[str, Any],
        method: str,
        status: int,
        content_type: str,
        produces: tuple[str, ...] = (),
    ) -> Promise:
        """Compile; costs about a millisecond, so keep the result. `produces` are the media types of an OpenAPI 2.0 operation."""
        written = written_as(status, responses)
        error = _server_error(status, written)
        if written is None or error:
            undocumented = (
                grading.STATUS,
                str(status),
                f"{status} is not documented; documented: {', '.join(responses)}",
            )
            return Promise(status=status, always=error or (undocumented,))
        place, about = self._followed((*place, written), responses[written])
        if not isinstance(about, dict):
            return Promise(status=status, unjudged=(f"{written} refers to nowhere",))
        unjudged: list[str] = []
        headers = tuple(self._headers(place, about, unjudged))
        always: tuple[Fault, ...] = ()
        body: jsonschema_rs.Validator | None = None
        if method != "HEAD" and status not in (204, 304):
            always, body = self._content(place, about, content_type, produces, unjudged)
        return Promise(status=status, always=always, headers=headers, body=body, unjudged=tuple(unjudged))

    def _content(
        self,
        place: tuple[str, ...],
        about: Mapping[str, Any],
        content_type: str,
        produces: tuple[str, ...],
        unjudged: list[str],
    ) -> tuple[tuple[Fault, ...], jsonschema_rs.Validator | None]:
        """Where the media type is missing, the body is still held against the first one that is documented."""
        content = about.get("content")
        if "swagger" in self.document:
            content = dict.fromkeys(produces, about)
        if not isinstance(content, dict) or not content:
            return (), None
        given = grading.content_type_signature(content_type)
        documented = _best_match(given, content)
        wrong: tuple[Fault, ...] = ()
        if documented is None:
            said = f"The content type is {content_type or 'missing'}; documented: {', '.join(content)}"
            wrong = ((grading.CONTENT_TYPE, given, said),)
            if given != "missing":
                return wrong, None
            documented = next(iter(content))
            given = "application/json" if "swagger" in self.document else documented
        promised = content[documented]
        if not _is_json(given) or not isinstance(promised, dict) or "schema" not in promised:
            return wrong, None
        steps = ("schema",) if "swagger" in self.document else ("content", documented, "schema")
        return wrong, self._compiled((*place, *steps), unjudged)

    def _headers(
        self, place: tuple[str, ...], about: Mapping[str, Any], unjudged: list[str]
    ) -> Iterator[PromisedHeader]:
        documented = about.get("headers")
        for name, written in documented.items() if isinstance(documented, dict) else ():
            at, header = self._followed((*place, "headers", name), written)
            if (
                not isinstance(header, dict) or name.lower() == "content-type"
            ):  # which is to be ignored (Response Object)
                continue
            within = () if "swagger" in self.document else ("schema",)  # in OpenAPI 2.0 a header is its own schema
            schema = resolve(self.document, header.get("schema")) if within else header
            check = self._compiled((*at, *within), unjudged) if isinstance(schema, dict) else None
            kind = schema.get("type", "string") if isinstance(schema, dict) else "string"
            if not isinstance(kind, str) or kind in ("array", "object") or _is_any_text(schema):
                check = None
            required = header.get("required") is True or header.get("x-required") is True
            yield PromisedHeader(name.lower(), required, str(kind), check)

    def _compiled(self, place: tuple[str, ...], unjudged: list[str]) -> jsonschema_rs.Validator | None:
        try:
            return self.schemas.validator(pointer(*place))
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            unjudged.append(f"{'/'.join(place)}: {str(error).splitlines()[0]}")
            return None

    def _followed(self, place: tuple[str, ...], node: Any) -> tuple[tuple[str, ...], Any]:
        """Where a node really stands, after its `$ref`s."""
        for _ in range(32):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return place, node
            place = tuple(
                s.replace("~1", "/").replace("~0", "~") for s in node["$ref"].lstrip("#").lstrip("/").split("/")
            )
            node = resolve(self.document, {"$ref": node["$ref"]}) if node["$ref"].startswith("#") else None
        return place, None


def _is_any_text(schema: Any) -> bool:
    """A header is text: where nothing more is promised of it, there is nothing to check."""
    return isinstance(schema, dict) and schema.get("type") == "string" and not (schema.keys() - _SAYS_NOTHING)


def _server_error(status: int, written: str | None) -> tuple[Fault, ...]:
    if not grading.is_server_error(status, written):
        return ()
    return ((grading.SERVER_ERROR, str(status), f"It answered {status}"),)


def _best_match(media_type: str, content: Mapping[str, Any]) -> str | None:
    """The documented media type that covers one: the exact one, `type/*`, then `*/*`."""
    options = {grading.content_type_signature(option): option for option in content}
    for spelling in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if spelling in options and media_type != "missing":
            return options[spelling]
    return None


def _is_json(media_type: str) -> bool:
    kind = grading.content_type_signature(media_type)
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def _meant(value: str, kind: str) -> object:
    read: dict[str, Callable[[str], object]] = {"integer": int, "number": float}
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    try:
        return read[kind](value) if kind in read else value
    except ValueError:
        return value


def _keyword(error: jsonschema_rs.ValidationError) -> str:
    return str(error.schema_path[-1]) if error.schema_path else ""


def _place(error: jsonschema_rs.ValidationError) -> str:
    return "/" + "/".join(str(step) for step in error.instance_path)
