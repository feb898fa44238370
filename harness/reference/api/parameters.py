"""Parameters that several operations take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from harness.reference.api.schemas import ACCOUNT_ID, EXAMPLE_ORDER, EXAMPLE_TRANSFER, ITEM_ID, ORDER_ID, TRANSFER_ID

__all__ = [
    "AccountCursor",
    "AccountId",
    "IfNoneMatch",
    "ItemCursor",
    "ItemId",
    "Key",
    "Limit",
    "OrderCursor",
    "OrderId",
    "TransferId",
]

_CURSOR = "Where to go on: the last page's `next`."

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern="^[A-Za-z0-9._:-]{1,128}$",
        description="Chosen by the client, fresh for each new request and the same for each repetition of it: a UUID will do. "
        "The same key and body give the same answer and one effect; the same key with another body, or from another customer, gives 422.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.", examples=[20])]
ItemId = Annotated[str, Path(pattern=ITEM_ID, examples=["kettle"])]
OrderId = Annotated[str, Path(pattern=ORDER_ID, examples=[EXAMPLE_ORDER])]
AccountId = Annotated[str, Path(pattern=ACCOUNT_ID, examples=["acc-001"])]
TransferId = Annotated[str, Path(pattern=TRANSFER_ID, examples=[EXAMPLE_TRANSFER])]
# Optional, but never null: None only says that the parameter was not sent.
ItemCursor = Annotated[
    Annotated[str, Field(pattern=ITEM_ID)] | SkipJsonSchema[None], Query(description=_CURSOR, examples=["kettle"])
]
OrderCursor = Annotated[
    Annotated[str, Field(pattern=ORDER_ID)] | SkipJsonSchema[None], Query(description=_CURSOR, examples=[EXAMPLE_ORDER])
]
AccountCursor = Annotated[
    Annotated[str, Field(pattern=ACCOUNT_ID)] | SkipJsonSchema[None], Query(description=_CURSOR, examples=["acc-050"])
]
IfNoneMatch = Annotated[
    str | SkipJsonSchema[None],
    Header(
        alias="If-None-Match",
        description="ETags that the client holds; 304 when one of them is current.",
        examples=['"0f343b0931126a20"'],
    ),
]
