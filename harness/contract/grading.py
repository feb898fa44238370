"""How bad a failed check is, under names and signatures that the fuzzer and the oracle share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.model.finding import Level

NO_ANSWER = "no_answer"
SERVER_GONE = "server_gone"
STRANGER = "object_level_authorization"
SERVER_ERROR = "not_a_server_error"
STATUS = "status_code_conformance"
CONTENT_TYPE = "content_type_conformance"
HEADERS = "response_headers_conformance"
BODY = "response_schema_conformance"

_LEVELS = {
    SERVER_ERROR: Level.ERROR,
    BODY: Level.ERROR,
    "ignored_auth": Level.ERROR,
    "use_after_free": Level.ERROR,
    STRANGER: Level.ERROR,
    NO_ANSWER: Level.ERROR,
    SERVER_GONE: Level.ERROR,
    STATUS: Level.WARNING,
    CONTENT_TYPE: Level.WARNING,
    HEADERS: Level.WARNING,
    "allow_header_conformance": Level.WARNING,
    "ensure_resource_availability": Level.WARNING,
    "negative_data_rejection": Level.NOTE,
    "positive_data_acceptance": Level.NOTE,
    "missing_required_header": Level.NOTE,
    "unsupported_method": Level.NOTE,
}


def level_of(check: str) -> Level:
    """A check that nobody here knows (one of the user's own) is a warning."""
    return _LEVELS.get(check, Level.WARNING)


def is_server_error(status: int, written: str | None) -> bool:
    """500 always is one; others above it are documented degradation where the description names them (`written`), `default` aside."""
    return status >= 500 and (status == 500 or written is None or written.lower() == "default")


def body_signature(status: int, instance_path: Sequence[str | int], keyword: str) -> str:
    """`200 /items/*/price type`: the place in the answer, not in the schema, so that bundling `$ref`s does not change it."""
    place = "".join("/*" if isinstance(step, int) else f"/{step}" for step in instance_path)
    return f"{status} {place or '/'} {keyword}"


def discriminator_signature(status: int, name: str) -> str:
    """The property that should name an alternative: Schemathesis says no more of the place."""
    return f"{status} {name} discriminator"


def content_type_signature(content_type: str) -> str:
    """The media type without its parameters; `missing` where there is none."""
    return content_type.partition(";")[0].strip().lower() or "missing"


def graphql_signature(errors: Sequence[Mapping[str, Any]]) -> str:
    """The fields that failed, without places in lists; `request` where no field is named. Messages hold data, and change."""
    paths = {
        ".".join(str(step) for step in e.get("path") or () if not isinstance(step, int)) or "request" for e in errors
    }
    return ",".join(sorted(paths))


def header_signature(name: str, keyword: str) -> str:
    """The header whose value breaks its schema, and the keyword that says so."""
    return f"{name.lower()} {keyword}"


def headers_signature(missing: Sequence[str]) -> str:
    """The names that are missing, sorted."""
    return ",".join(sorted(name.lower() for name in missing))
