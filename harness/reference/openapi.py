"""`python -m harness.reference.openapi`: print the document that the API serves, as `contracts/openapi.json` keeps it."""

from __future__ import annotations

import json
import sys

from harness.reference.api import create_app, document
from harness.reference.settings import Settings

__all__ = ["openapi_text"]


def openapi_text() -> str:
    """The document as JSON, ending in a newline. No server is asked: the addresses below are never connected to."""
    nowhere = Settings(
        database_url="postgresql://127.0.0.1/none",
        cache_url="redis://127.0.0.1/0",
        jwt_secret="not a secret, for nothing is signed",
    )
    return json.dumps(document(create_app(nowhere)), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
