"""Pacts against the provider's description: a consumer that relies on what is not documented will be surprised one day.

Nothing is sent. What cannot be judged (a message, a body that is no JSON) is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs

from harness.contract.coverage import written_as
from harness.contract.description import Description, each_operation, operation_name, resolve
from harness.contract.dialect import RELIANCE, REQUESTS, Schemas, keyword_of, pointer
from harness.contract.grading import content_type_signature
from harness.contract.media_types import covering
from harness.contract.pact_file import ABSENT, Interaction, PactFile
from harness.contract.pact_parameters import Placed, Values
from harness.contract.reliance import undocumented_fields
from harness.model.finding import Finding, Level

UNDOCUMENTED = "pact_relies_on_undocumented"
CONTRADICTED = "pact_contradicts_description"
MAX_EACH = 5

Fault = tuple[str, str, str]  # check, signature, message


def hold_against(description: Description, pacts: Sequence[PactFile]) -> tuple[Finding, ...]:
    """A finding per thing that a consumer relies on without the description's word (a warning), or against it (an error)."""
    if not pacts or not len(description.operations):
        return ()
    judge = _Judge(description)
    found: dict[str, Finding] = {}
    for pact in pacts:
        for one in pact.interactions:
            if not one.method:
                continue
            operation, faults = judge.faults(one)
            for fault in faults:
                finding = _finding(pact, one, operation, fault)
                found.setdefault(finding.identity, finding)
    return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Documented:
    """An operation object with its path item, and where it stands."""

    place: tuple[str, ...]
    about: Mapping[str, Any]
    item: Mapping[str, Any]


class _Judge:
    def __init__(self, description: Description) -> None:
        self._description = description
        self._document = description.document
        self._by_name: dict[str, _Documented] = {}
        for path, method, about in each_operation(self._document):
            if isinstance(about, dict):
                item = resolve(self._document, self._document["paths"][path])
                name = operation_name(method, description.base_path + path, about)
                self._by_name[name] = _Documented(place=("paths", path, method), about=about, item=item)
        self._requests = Schemas(self._document, REQUESTS)
        self._answers = Schemas(self._document, RELIANCE)
        self._values = Values(document=self._document, schemas=self._requests)

    def faults(self, one: Interaction) -> tuple[str, list[Fault]]:
        """The operation's name, and what is wrong."""
        path = urlsplit(one.path).path
        operation = self._description.operations.match(one.method, path)
        if operation is None and self._description.base_path:  # a consumer may write paths as under the base URL
            path = self._description.base_path + path
            operation = self._description.operations.match(one.method, path)
        if operation is None:
            route = f"{one.method} {urlsplit(one.path).path}"
            return route, [(UNDOCUMENTED, "operation", f"{route} is in no operation of the description")]
        about = self._by_name[operation.name]
        sent = self._values.sent(one, operation.template, path, list(self._parameters(about)))
        refused = [(CONTRADICTED, signature, said) for _, signature, said in sent]
        return operation.name, [*self._asked(one, about), *refused, *self._hoped(one, about)]

    def _asked(self, one: Interaction, where: _Documented) -> Iterator[Fault]:
        known = {str(p.get("name")) for _, p in self._parameters(where) if p.get("in") == "query"}
        for name, _ in parse_qsl(urlsplit(one.path).query, keep_blank_values=True):
            if name not in known and name.partition("[")[0] not in {k.partition("[")[0] for k in known}:
                yield UNDOCUMENTED, f"query {name}", f"the query parameter `{name}` is not documented"
        if not one.body:
            return
        if "swagger" in self._document:
            yield from self._sent_as_parameter(one, where)
            return
        place, body = self._at((*where.place, "requestBody"), where.about.get("requestBody"))
        content = body.get("content") if isinstance(body, dict) else None
        if not isinstance(content, dict):
            yield UNDOCUMENTED, "request body", "it sends a body, and none is documented"
            return
        yield from self._sent(one, place, content)

    def _sent_as_parameter(self, one: Interaction, where: _Documented) -> Iterator[Fault]:
        """OpenAPI 2.0: the body is a parameter, of the operation or of all operations of its path."""
        ways = {about.get("in"): (place, about) for place, about in self._parameters(where)}
        if "body" in ways:
            place, about = ways["body"]
            yield from self._content(one, (*place, "schema"), about.get("schema"))
        elif "formData" not in ways:
            yield UNDOCUMENTED, "request body", "it sends a body, and none is documented"

    def _sent(self, one: Interaction, place: tuple[str, ...], content: Mapping[str, Any]) -> Iterator[Fault]:
        content_type = _header(one.headers, "content-type") or "application/json"
        given, documented = content_type_signature(content_type), covering(content_type, content)
        if documented is None:
            yield UNDOCUMENTED, f"request {given}", f"it sends {given}; documented: {', '.join(content)}"
            return
        schema = content[documented].get("schema") if isinstance(content[documented], dict) else None
        yield from self._content(one, (*place, "content", documented, "schema"), schema)

    def _content(self, one: Interaction, place: tuple[str, ...], schema: Any) -> Iterator[Fault]:
        value = _parsed(one.body)
        if value is ABSENT or schema is None:
            return
        errors = self._errors(self._requests, place, value)
        for error in errors:
            yield CONTRADICTED, f"request {_place(error)}", f"the body it sends is refused: {_said(error)}"
        for path in () if _tells_of_fields(errors) else undocumented_fields(self._document, schema, value)[:MAX_EACH]:
            yield UNDOCUMENTED, f"request {path}", f"it sends `{path}`, which is not documented"

    def _hoped(self, one: Interaction, where: _Documented) -> Iterator[Fault]:
        responses = resolve(self._document, where.about.get("responses"))
        if not isinstance(responses, dict):
            return
        written = written_as(one.status, (str(k) for k in responses if not str(k).startswith("x-")))
        if written is None:
            yield UNDOCUMENTED, f"status {one.status}", f"it hopes for {one.status}; documented: {', '.join(responses)}"
            return
        place, about = self._at((*where.place, "responses", written), responses[written])
        if isinstance(about, dict):
            for against, signature, said in self._values.read(one, self._headers(place, about)):
                yield CONTRADICTED if against else UNDOCUMENTED, signature, said
        if isinstance(about, dict) and one.answer is not ABSENT and one.answer is not None:
            yield from self._answered(one, place, about)

    def _answered(self, one: Interaction, place: tuple[str, ...], about: Mapping[str, Any]) -> Iterator[Fault]:
        content, schema = about.get("content"), about.get("schema")
        if "swagger" in self._document:
            place = (*place, "schema")
        elif not isinstance(content, dict) or not content:
            yield UNDOCUMENTED, f"{one.status} body", f"it reads a body of {one.status}, and none is documented"
            return
        else:
            content_type = one.answer_headers.get("content-type") or next(iter(content))
            given, documented = content_type_signature(content_type), covering(content_type, content)
            if documented is None:
                yield UNDOCUMENTED, f"{one.status} {given}", f"it hopes for {given}; documented: {', '.join(content)}"
                return
            schema = content[documented].get("schema") if isinstance(content[documented], dict) else None
            place = (*place, "content", documented, "schema")
        if schema is None or isinstance(one.answer, str):
            return
        errors = self._errors(self._answers, place, one.answer)
        for path in (
            () if _tells_of_fields(errors) else undocumented_fields(self._document, schema, one.answer)[:MAX_EACH]
        ):
            yield UNDOCUMENTED, f"{one.status} {path}", f"it reads `{path}` of {one.status}, which is not documented"
        for error in errors:
            yield CONTRADICTED, f"{one.status} {_place(error)}", f"what it hopes for cannot come: {_said(error)}"

    def _at(self, place: tuple[str, ...], node: Any) -> tuple[tuple[str, ...], Any]:
        """What stands there, and where it really stands if that is a reference."""
        if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
            return place, node
        steps = node["$ref"].lstrip("#/").split("/")
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps), resolve(self._document, node)

    def _errors(self, schemas: Schemas, place: tuple[str, ...], value: Any) -> list[jsonschema_rs.ValidationError]:
        try:
            return list(schemas.validator(pointer(*place)).iter_errors(value))[:MAX_EACH]
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
            return []  # a schema that is none is the description's fault, and `harness check` tells it

    def _parameters(self, where: _Documented) -> Iterator[Placed]:
        """Of the path and of the operation; of two with one name, the operation's counts."""
        found: dict[tuple[object, object], Placed] = {}
        for place, holder in ((where.place[:-1], where.item), (where.place, where.about)):
            for number, one in enumerate(_listed(holder.get("parameters"))):
                at, about = self._at((*place, "parameters", str(number)), one)
                if isinstance(about, dict):
                    found[(about.get("in"), about.get("name"))] = at, about
        yield from found.values()

    def _headers(self, place: tuple[str, ...], about: Mapping[str, Any]) -> dict[str, Placed]:
        written = about.get("headers")
        found = {
            str(name).lower(): self._at((*place, "headers", str(name)), one)
            for name, one in (written.items() if isinstance(written, dict) else ())
        }
        return {name: (at, header) for name, (at, header) in found.items() if isinstance(header, dict)}


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _tells_of_fields(errors: Sequence[jsonschema_rs.ValidationError]) -> bool:
    """Where nothing but what is described may be there, that is told already, as an error."""
    closed = ("additionalProperties", "unevaluatedProperties")
    return any(keyword_of(error) in closed for error in errors)


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return ABSENT


def _place(error: jsonschema_rs.ValidationError) -> str:
    place = "".join("/*" if isinstance(step, int) else f"/{step}" for step in error.instance_path)
    return f"{place or '/'} {keyword_of(error)}".strip()


def _said(error: jsonschema_rs.ValidationError) -> str:
    where = "/" + "/".join(map(str, error.instance_path))
    return f"{where}: {' '.join(error.message.split())[:200]}"


def _finding(pact: PactFile, one: Interaction, operation: str, fault: Fault) -> Finding:
    check, signature, said = fault
    return Finding(
        operation=operation,
        check=check,
        signature=f"{pact.consumer}: {signature}",
        level=Level.ERROR if check == CONTRADICTED else Level.WARNING,
        source="pact",
        message=f"{pact.consumer}, `{one.description}`: {said}",
        first={"consumer": pact.consumer, "interaction": one.description, "pact": pact.source},
    )
