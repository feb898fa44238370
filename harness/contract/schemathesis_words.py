"""What Schemathesis says of a failure, in the oracle's words: the same fault has the same identity, whoever saw it."""

from __future__ import annotations

import re
from typing import Any

from schemathesis.core.failures import AcceptedNegativeData, Failure, MalformedJson, ServerError
from schemathesis.graphql import checks as graphql_checks
from schemathesis.openapi import checks

from harness.contract import grading

__all__ = ["header_of", "message_of", "signature_of"]

_DISCRIMINATOR = re.compile(r"discriminator property '(.+?)' with value")
_INVALID = re.compile(r"Invalid component:\s*(.+?)\s*(?:\n\n|$)", re.DOTALL)


def header_of(recorder: Any, case_id: str, failure: Failure, status: int) -> str:
    """The header whose value a failure is about, which it does not say itself: the one of the answer's that has its schema."""
    if not isinstance(failure, checks.JsonSchemaError) or case_id not in recorder.cases:
        return ""
    documented = recorder.cases[case_id].value.operation.responses.find_by_status_code(status)
    found = documented.headers.items() if documented is not None and documented.headers else ()
    return next((name for name, one in found if one.schema is failure._root_schema), "")  # noqa: SLF001


def message_of(failure: Failure, status: int, header: str = "") -> str:
    """One sentence, in the words that the oracle uses for the same thing."""
    match failure:
        case checks.UndefinedStatusCode():
            return f"{failure.status_code} is not documented; documented: {', '.join(failure.defined_status_codes)}"
        case checks.UndefinedContentType():
            return f"The content type is {failure.content_type}; documented: {', '.join(failure.defined_content_types)}"
        case checks.JsonSchemaError() if header:
            return f"Header {header}: {failure.validation_message}"
        case checks.JsonSchemaError():
            place = "/" + "/".join(str(step) for step in failure.instance_path)
            return f"The body at {place}: {failure.validation_message}"
        case AcceptedNegativeData():
            what = _INVALID.search(failure.message)
            wrong = f": {' '.join(what[1].split())}" if what else ""
            return f"It answered {failure.status_code} to input that breaks the description{wrong}"
        case ServerError():
            return f"It answered {failure.status_code}"
    said = " ".join(failure.message.split("\n\n")[0].split()) or (f"it answered {status}" if status else "")
    return f"{failure.title}: {said}" if said else failure.title


def signature_of(failure: Failure, status: int, header: str = "") -> str:
    """The same words as the oracle's, so that one fault has one identity wherever it is seen."""
    match failure:
        case checks.JsonSchemaError():
            keyword = str(failure.schema_path[-1]) if failure.schema_path else ""
            if header:
                return grading.header_signature(header, keyword)
            return grading.body_signature(status, failure.instance_path, keyword)
        case checks.DiscriminatorMismatch():
            named = _DISCRIMINATOR.search(failure.message)
            return grading.discriminator_signature(status, named[1] if named else "")
        case MalformedJson() | checks.ContentDeserializationError():
            return grading.body_signature(status, (), "json")
        case checks.MissingHeaders():
            return grading.headers_signature(failure.missing_headers)
        case checks.UndefinedContentType():
            return grading.content_type_signature(failure.content_type)
        case checks.MissingContentType():
            return grading.content_type_signature("")
        case (
            graphql_checks.GraphQLServerError()
            | graphql_checks.GraphQLSchemaViolation()
            | graphql_checks.GraphQLClientError()
        ):
            return grading.graphql_signature(failure.errors)
        case graphql_checks.UnexpectedGraphQLResponse():
            return grading.body_signature(status, (), "type")
        case _:
            return str(failure._unique_key)  # noqa: SLF001  Schemathesis's own identity, see its baseline/model.py
