"""A description: the OpenAPI document that says what the target promises."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from harness.contract import graphql_description
from harness.errors import BadDocument
from harness.model.operation import Operation, Operations

OPENAPI, GRAPHQL = "openapi", "graphql"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """`document` as parsed (of GraphQL: what introspection answers), `raw` as read (UTF-8), `source` where it came from.

    `base_url` is where its operations are served (no slash at the end); its path, `base_path`, opens every template.
    `odd` names what the document holds at an operation's place that is no operation.
    """

    document: Mapping[str, Any] = field(repr=False)
    raw: bytes = field(repr=False)
    source: str
    base_url: str
    operations: Operations = field(repr=False)
    odd: tuple[str, ...] = ()
    kind: str = OPENAPI

    @property
    def base_path(self) -> str:
        """The path of `base_url`: empty, or with a leading slash and none at the end."""
        return urlsplit(self.base_url).path

    @property
    def version(self) -> str:
        """`2.0`, `3.0.3`, `3.1.0`, …; `GraphQL`."""
        if self.kind == GRAPHQL:
            return "GraphQL"
        return str(self.document.get("openapi") or self.document.get("swagger"))


def parse_description(raw: bytes, *, source: str, target_url: str) -> Description:
    """Read JSON, YAML or a GraphQL schema. Raises BadDocument where it does not parse, or describes no API."""
    text = _text(raw, source)
    if source.endswith((".graphql", ".graphqls", ".gql")) or graphql_description.is_schema_language(text):
        return _graphql(raw, text, None, source, target_url)
    document = _parse(text, source)
    if graphql_description.is_graphql(document):
        return _graphql(raw, text, document, source, target_url)
    if not isinstance(document, dict) or not ("openapi" in document or "swagger" in document):
        raise BadDocument(
            "This is no OpenAPI document: it says neither `openapi:` nor `swagger:`; and no GraphQL schema.",
            "Name the URL or the file of the API's description.",
            path=source,
        )
    if not isinstance(document.get("paths", {}), dict):
        raise BadDocument(
            "`paths` is not a mapping of paths.", "See the OpenAPI Specification, Paths Object.", path=source
        )
    base_url = base_url_of(document, target_url)
    found = list(_operations(document, urlsplit(base_url).path))
    return Description(
        document=document,
        raw=raw,
        source=source,
        base_url=base_url,
        operations=Operations(o for o in found if isinstance(o, Operation)),
        odd=tuple(o for o in found if isinstance(o, str)),
    )


def _graphql(raw: bytes, text: str, document: Any, source: str, target_url: str) -> Description:
    document = graphql_description.introspected(text, document, source)
    base_url = graphql_description.endpoint(source, target_url)
    return Description(
        document=document,
        raw=raw,
        source=source,
        base_url=base_url,
        operations=Operations(graphql_description.fields(document, urlsplit(base_url).path)),
        kind=GRAPHQL,
    )


def base_url_of(document: Mapping[str, Any], target_url: str) -> str:
    """The target's own path wins; without one, the path of the first server (OpenAPI 3) or `basePath` (2.0).

    The host is always the target's: a description that names another host must not send traffic there.
    """
    parts = urlsplit(target_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.path.strip("/"):
        return origin + "/" + parts.path.strip("/")
    path = _server_path(document).strip("/")
    return f"{origin}/{path}" if path else origin


def _server_path(document: Mapping[str, Any]) -> str:
    if "swagger" in document:
        return str(document.get("basePath") or "")
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    if not isinstance(first, dict):
        return ""
    url = str(first.get("url") or "")
    variables = first.get("variables")
    for name, about in variables.items() if isinstance(variables, dict) else ():
        if isinstance(about, dict):
            url = url.replace("{" + str(name) + "}", str(about.get("default", "")))
    return urlsplit(url).path


def each_operation(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Every (path as written, lower-case method, operation object) of the document."""
    for path, item in document.get("paths", {}).items():
        item = resolve(document, item)
        if isinstance(item, dict):
            for method in METHODS:
                if method in item:
                    yield str(path), method, item[method]


def resolve(document: Mapping[str, Any], node: Any) -> Any:
    """Follow `$ref`s within the document; what cannot be followed becomes None."""
    for _ in range(32):  # a chain longer than this goes round in a circle
        if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
            return node
        node = _pointed_at(document, node["$ref"])
    return None


def operation_name(method: str, template: str, about: Mapping[str, Any]) -> str:
    """The operationId, else `METHOD /template`."""
    given = about.get("operationId")
    return given if isinstance(given, str) and given else f"{method.upper()} {template}"


def _operations(document: Mapping[str, Any], base_path: str) -> Iterator[Operation | str]:
    for path, method, about in each_operation(document):
        template = base_path + path
        if not isinstance(about, dict):
            yield f"{method.upper()} {template} is no operation object"
            continue
        tags = about.get("tags")
        yield Operation(
            name=operation_name(method, template, about),
            method=method.upper(),
            template=template,
            tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        )


def _pointed_at(document: Mapping[str, Any], reference: str) -> Any:
    if not reference.startswith("#"):
        return None
    node: Any = document
    for step in reference[1:].lstrip("/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node


def _text(raw: bytes, source: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDocument("It is not UTF-8 text.", "Save it as UTF-8.", path=source) from error


def _parse(text: str, source: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise BadDocument(
                f"It is not JSON: {error.msg}.", "Mend it there.", path=source, line=error.lineno
            ) from error
        except RecursionError as error:
            raise BadDocument("It is nested too deeply.", "Use `$ref`s.", path=source) from error
    try:
        return _plain(YAML(typ="safe", pure=True).load(StringIO(text)))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadDocument(
            f"It is neither JSON nor YAML: {error.problem}.", "Mend it there.", path=source, line=line
        ) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadDocument(f"It is neither JSON nor YAML: {error}.", "Mend it there.", path=source) from error


def _plain(node: Any) -> Any:
    """What JSON would have held: keys are text (a status written 200 is a number in YAML), dates are text."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node if node is None or isinstance(node, str | int | float) else str(node)
