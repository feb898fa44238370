"""GraphQL schemas as descriptions: the schema language, or what introspection answers. An operation is a field of the query or mutation type."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import graphql

from harness.errors import BadDocument
from harness.model.operation import Operation

PATH = "/graphql"
_OPENS = re.compile(r"^\s*(?:extend\s+)?(?:schema|type|interface|union|enum|input|scalar|directive)\b", re.MULTILINE)
_COMMENT = re.compile(r'^\s*#.*$|"""(?s:.*?)"""', re.MULTILINE)


def is_graphql(document: Any) -> bool:
    """Whether JSON is the answer to an introspection query."""
    return isinstance(document, dict) and ("__schema" in document or "__schema" in (document.get("data") or ()))


def is_schema_language(text: str) -> bool:
    """Whether a text that is no JSON opens like a GraphQL schema."""
    return _OPENS.match(_COMMENT.sub("", text)) is not None and "{" in text


def introspected(text: str, document: Any, source: str) -> Mapping[str, Any]:
    """The introspection result, whichever way it was written. Raises BadDocument where it is no valid schema."""
    try:
        if document is None:
            schema = graphql.build_schema(text.lstrip("\ufeff"))
            return dict(graphql.introspection_from_schema(schema))
        found = document.get("data") or document
        graphql.build_client_schema(found)
    except graphql.GraphQLSyntaxError as error:
        line = error.locations[0].line if error.locations else 0
        raise BadDocument(
            f"It is no GraphQL schema: {error.message}", "Mend it there.", path=source, line=line
        ) from error
    except (graphql.GraphQLError, TypeError, KeyError, AttributeError) as error:
        raise BadDocument(
            f"It is no valid GraphQL schema: {str(error).splitlines()[0]}", "Mend it there.", path=source
        ) from error
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def endpoint(source: str, target_url: str) -> str:
    """Where queries are sent: the target's own path, the path it was introspected at, else `/graphql`. The host is always the target's."""
    parts = urlsplit(target_url)
    path = parts.path.strip("/") or (urlsplit(source).path.strip("/") if "://" in source else "") or PATH.strip("/")
    return f"{parts.scheme}://{parts.netloc}/{path}"


def fields(document: Mapping[str, Any], path: str) -> Iterator[Operation]:
    """`Query.hero`, by the name of the type that holds it. No request has such a template for a path, so traffic is never taken for one."""
    schema = document["__schema"]
    types = {one["name"]: one for one in schema["types"]}
    for kind in ("query", "mutation"):
        root = schema.get(f"{kind}Type")
        for one in types.get(root["name"], {}).get("fields") or () if root else ():
            name = f"{root['name']}.{one['name']}"
            yield Operation(name=name, method="POST", template=f"{path}#{name}", tags=(kind,))
