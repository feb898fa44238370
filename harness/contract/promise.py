"""What the description promises about one kind of answer: an operation, a status, a content type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pydantic_core

from harness.contract import grading
from harness.contract.coverage import written_as
from harness.contract.description import resolve
from harness.contract.dialect import Schemas, keyword_of, pointer
from harness.contract.header_text import Read, reader_of
from harness.contract.json_schema import DISCRIMINATOR
from harness.contract.media_types import covering, is_json

MAX_ERRORS = 5  # per answer; more of the same answer rarely say more
MAX_BODY = 2_000_000
_SAYS_NOTHING = frozenset(
    {
        *("type", "description", "title", "example", "examples", "default", "deprecated"),
        *("contentMediaType", "contentEncoding", "nullable", "x-nullable"),
    }
)

Fault = tuple[str, str, str]  # check, signature, message
_Placed = tuple[tuple[str, ...], Any]  # where a schema stands, and what stands there


@dataclass(frozen=True, slots=True)
class PromisedHeader:
    """`check` is None where nothing is said about the value; `read` gives what its text stands for."""

    name: str
    required: bool
    read: Read = str
    check: jsonschema_rs.Validator | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`always` are faults that every such answer has; `unjudged` says what could not be held against the description; `unread` why
    bodies of this kind are not, though something is promised of them."""

    status: int
    always: tuple[Fault, ...] = ()
    headers: tuple[PromisedHeader, ...] = ()
    body: jsonschema_rs.Validator | None = None
    unjudged: tuple[str, ...] = ()
    unread: str = ""

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
            elif header.check is not None and not header.check.is_valid(header.read(value)):
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
            error = next(header.check.iter_errors(header.read(value)), None)
            if error is not None:
                yield (
                    grading.HEADERS,
                    grading.header_signature(header.name, keyword_of(error)),
                    f"Header {header.name}: {error.message[:200]}",
                )

    def _body_faults(self, validator: jsonschema_rs.Validator, body: bytes) -> tuple[Fault, ...]:
        if len(body) > MAX_BODY:
            return ()
        try:
            answer = parse_json(body)
        except ValueError as error:
            return (self._no_json(error),)
        try:
            return () if validator.is_valid(answer) else tuple(self._body_errors(validator, answer))
        except UnicodeEncodeError as error:  # half a surrogate pair, which Python's own parser lets pass
            return (self._no_json(error),)

    def _no_json(self, error: ValueError) -> Fault:
        signature = grading.body_signature(self.status, (), "json")
        return grading.BODY, signature, f"The body is not JSON: {str(error)[:200]}"

    def _body_errors(self, validator: jsonschema_rs.Validator, answer: Any) -> Iterator[Fault]:
        for number, error in enumerate(validator.iter_errors(answer)):
            if number == MAX_ERRORS:
                return
            yield grading.BODY, _signature(self.status, error), f"The body at {_place(error)}: {error.message[:300]}"


def parse_json(body: bytes) -> Any:
    """Raises ValueError. jiter is twice as fast as `json`; what it refuses by depth, or for a byte order mark, gets a second reading."""
    try:
        return pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError:
        return json.loads(body, parse_constant=_refused)


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no number there")


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
        if method == "HEAD" or status in (204, 304):
            return Promise(status=status, headers=headers, unjudged=tuple(unjudged))
        always, given, at = self._content(place, about, content_type, produces)
        if at is None:
            return Promise(status=status, always=always, headers=headers, unjudged=tuple(unjudged))
        unread = "" if is_json(given) else self._unread(given, at[1])
        body = self._compiled(at[0], unjudged) if is_json(given) else None
        return Promise(
            status=status, always=always, headers=headers, body=body, unjudged=tuple(unjudged), unread=unread
        )

    def _content(
        self, place: tuple[str, ...], about: Mapping[str, Any], content_type: str, produces: tuple[str, ...]
    ) -> tuple[tuple[Fault, ...], str, _Placed | None]:
        """What is wrong with the media type, the one that counts, and the schema of its bodies with its place. Where the media type is missing,
        the body is still held against the first one that is documented."""
        content = about.get("content")
        if "swagger" in self.document:
            content = dict.fromkeys(produces, about)
        if not isinstance(content, dict) or not content:
            return (), "", None
        given = grading.content_type_signature(content_type)
        documented = covering(content_type, content)
        wrong: tuple[Fault, ...] = ()
        if documented is None:
            said = f"The content type is {content_type or 'missing'}; documented: {', '.join(content)}"
            wrong = ((grading.CONTENT_TYPE, given, said),)
            if given != "missing":
                return wrong, given, None
            documented = next(iter(content))
            given = "application/json" if "swagger" in self.document else documented
        promised = content[documented]
        if not isinstance(promised, dict) or "schema" not in promised:
            return wrong, given, None
        steps = ("schema",) if "swagger" in self.document else ("content", documented, "schema")
        return wrong, given, ((*place, *steps), promised["schema"])

    def _unread(self, media_type: str, written: Any) -> str:
        """Why a body that is no JSON is not judged; nothing where nothing is promised of it."""
        schema = resolve(self.document, written)
        if not isinstance(schema, dict) or not schema or _is_any_text(schema) or schema.get("type") == "file":
            return ""
        return f"its content type is {grading.content_type_signature(media_type)}, and only JSON is read"

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
            read = reader_of(self.document, schema)
            if read is None or _is_any_text(schema):
                check = None
            required = header.get("required") is True or header.get("x-required") is True
            yield PromisedHeader(name.lower(), required, read or str, check)

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
    """Where nothing more is promised of what is text anyway, there is nothing to check."""
    if not isinstance(schema, dict) or schema.get("type") != "string":
        return False
    return not (schema.keys() - _SAYS_NOTHING) or schema.get("format") == "binary"


def _server_error(status: int, written: str | None) -> tuple[Fault, ...]:
    if not grading.is_server_error(status, written):
        return ()
    return ((grading.SERVER_ERROR, str(status), f"It answered {status}"),)


def _signature(status: int, error: jsonschema_rs.ValidationError) -> str:
    keyword, place = keyword_of(error), error.instance_path
    if keyword == DISCRIMINATOR:
        return grading.discriminator_signature(status, str(place[-1]))
    return grading.body_signature(status, place, keyword)


def _place(error: jsonschema_rs.ValidationError) -> str:
    return "/" + "/".join(str(step) for step in error.instance_path)
