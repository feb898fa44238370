"""Bodies are JSON and say so."""

from __future__ import annotations

from fastapi import Request

from harness.reference.api.problems import Refusal

__all__ = ["json_only"]


async def json_only(request: Request) -> None:
    """Refuse a body of another media type, or of none, with 415."""
    if request.headers.get("content-length") == "0":
        return  # no body at all: what is missing, validation says better
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal(
            415,
            "unsupported-media-type",
            "Unsupported media type",
            f"The body has to be application/json, not {media_type or 'undeclared'}.",
            headers={"Accept": "application/json"},
        )
