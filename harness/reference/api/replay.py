"""An answer as it was first told."""

from __future__ import annotations

from starlette.responses import Response

from harness.reference.application import Answer

__all__ = ["told"]


def told(answer: Answer) -> Response:
    """The same bytes, the first time and every other."""
    return Response(
        answer.body, status_code=answer.status, headers={"Location": answer.location}, media_type="application/json"
    )
