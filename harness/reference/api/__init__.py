"""The HTTP face of the shop: FastAPI routes over the use cases, problem details for every refusal, a complete OpenAPI document."""

from harness.reference.api.app import create_app
from harness.reference.api.document import document

__all__ = ["create_app", "document"]
