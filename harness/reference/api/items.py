"""Items: list and read."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from harness.reference.api.parameters import IfNoneMatch, ItemCursor, ItemId, Limit
from harness.reference.api.parts import Parts, Shared
from harness.reference.api.responses import header, refusals
from harness.reference.api.schemas import ItemBody, ItemPage, item_body
from harness.reference.api.security import Anyone
from harness.reference.domain import Item, Unknown

__all__ = ["router"]

router = APIRouter(prefix="/v1/items", tags=["items"])

_TAGGED = {
    "ETag": header("Changes with the item.", '^"[0-9a-f]{16}"$'),
    "Cache-Control": header("May be kept by the caller, to be asked for again with its ETag."),
}
CACHE_CONTROL = "private, no-cache"


@router.get(
    "",
    operation_id="list_items",
    summary="Items for sale",
    responses={
        200: {"model": ItemPage},
        **refusals(),
    },
)
async def list_items(parts: Shared, _: Anyone, cursor: ItemCursor = None, limit: Limit = 20) -> Response:
    """A page of the catalogue, by id."""
    async with parts.database.begin() as transaction:
        page = await parts.item_page(transaction.items, cursor or "", limit + 1)
    shown = page[:limit]
    last = shown[-1].id if len(page) > limit else None
    return JSONResponse({"items": [item_body(item) for item in shown], "next": last})


@router.get(
    "/{item_id}",
    operation_id="read_item",
    summary="One item",
    responses={
        200: {"model": ItemBody, "headers": _TAGGED},
        304: {"description": "The item is as the caller holds it.", "headers": _TAGGED},
        **refusals(404),
    },
)
async def read_item(parts: Shared, _: Anyone, item_id: ItemId, if_none_match: IfNoneMatch = None) -> Response:
    """One item, with an ETag. Up to five seconds old."""
    item = await _item(parts, item_id)
    body: dict[str, Any] = item_body(item)
    tag = f'"{hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": CACHE_CONTROL}
    if if_none_match is not None and _names(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return JSONResponse(body, headers=headers)


async def _item(parts: Parts, item_id: str) -> Item:
    item = await parts.items.get(item_id)
    if item is not None:
        return item
    async with parts.database.begin() as transaction:
        item = await transaction.items.read(item_id)
    if item is None:
        raise Unknown("item", item_id)
    await parts.items.put(item)
    return item


def _names(if_none_match: str, tag: str) -> bool:
    """Whether the header names the tag; weak comparison (RFC 9110, 13.1.2)."""
    held = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in held or tag in held
