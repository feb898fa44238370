"""What goes over the wire. Responses are rendered by the functions below and only documented by the models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from harness.reference.domain import Account, Item, Order, Transfer

__all__ = [
    "ACCOUNT_ID",
    "ITEM_ID",
    "ORDER_ID",
    "TRANSFER_ID",
    "AccountBody",
    "AccountPage",
    "ItemBody",
    "ItemPage",
    "NewOrder",
    "NewTransfer",
    "OrderBody",
    "OrderPage",
    "Problem",
    "Readiness",
    "TransferBody",
    "account_body",
    "item_body",
    "order_body",
    "transfer_body",
    "whole",
]

ITEM_ID = "^[a-z][a-z0-9-]{0,39}$"
ACCOUNT_ID = "^acc-[0-9]{3}$"
ORDER_ID = "^ord-[0-9a-f]{24}$"
TRANSFER_ID = "^trf-[0-9a-f]{24}$"
MOST_CENTS = 1_000_000_000_000

EXAMPLE_ORDER = "ord-0198c5d2a1b03f9d6c2e7a41"
EXAMPLE_TRANSFER = "trf-0198c5d2a1b03f9d6c2e7a42"
EXAMPLE_TIME = "2026-01-31T12:00:00+00:00"


def whole(value: object) -> object:
    """1.0 is an integer to JSON Schema (2020-12, 4.2.3), and so it is here."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ItemBody(_Body):
    """Something for sale; `price` in cents."""

    id: Annotated[str, Field(pattern=ITEM_ID, examples=["kettle"])]
    name: Annotated[str, Field(examples=["Kettle"])]
    price: Annotated[int, Field(ge=1, le=MOST_CENTS, examples=[3900])]


class ItemPage(_Body):
    """Items by id. `next` is the cursor of the next page, null on the last."""

    items: list[ItemBody]
    next: Annotated[str | None, Field(examples=["kettle"])]


class NewOrder(_Body):
    """One item, one to a hundred times."""

    model_config = ConfigDict(
        extra="forbid", title="NewOrder", json_schema_extra={"examples": [{"item": "kettle", "quantity": 1}]}
    )

    item: Annotated[str, Field(pattern=ITEM_ID)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=100), BeforeValidator(whole)]


class OrderBody(_Body):
    """`amount` in cents. `charging` says that the payment is under way; `paid` and `cancelled` are final."""

    id: Annotated[str, Field(pattern=ORDER_ID, examples=[EXAMPLE_ORDER])]
    item: Annotated[str, Field(pattern=ITEM_ID, examples=["kettle"])]
    quantity: Annotated[int, Field(ge=1, le=100, examples=[1])]
    amount: Annotated[int, Field(ge=1, le=MOST_CENTS, examples=[3900])]
    status: Annotated[Literal["pending", "charging", "paid", "cancelled"], Field(examples=["pending"])]
    placed_at: Annotated[datetime, Field(examples=[EXAMPLE_TIME])]


class OrderPage(_Body):
    """The caller's orders, newest first. `next` is the cursor of the next page, null on the last."""

    orders: list[OrderBody]
    next: Annotated[str | None, Field(examples=[EXAMPLE_ORDER])]


class AccountBody(_Body):
    """`balance` in cents, never negative."""

    id: Annotated[str, Field(pattern=ACCOUNT_ID, examples=["acc-001"])]
    balance: Annotated[int, Field(ge=0, le=MOST_CENTS, examples=[1000000])]


class AccountPage(_Body):
    """Accounts by id. `next` is the cursor of the next page, null on the last."""

    accounts: list[AccountBody]
    next: Annotated[str | None, Field(examples=["acc-050"])]


class NewTransfer(_Body):
    """`amount` in cents, from one account to another."""

    model_config = ConfigDict(
        extra="forbid",
        title="NewTransfer",
        json_schema_extra={"examples": [{"from": "acc-001", "to": "acc-002", "amount": 250}]},
    )

    source: Annotated[str, Field(alias="from", pattern=ACCOUNT_ID)]
    target: Annotated[str, Field(alias="to", pattern=ACCOUNT_ID)]
    amount: Annotated[int, Field(strict=True, ge=1, le=MOST_CENTS), BeforeValidator(whole)]


class TransferBody(_Body):
    """Money that moved; `amount` in cents."""

    id: Annotated[str, Field(pattern=TRANSFER_ID, examples=[EXAMPLE_TRANSFER])]
    source: Annotated[str, Field(alias="from", pattern=ACCOUNT_ID, examples=["acc-001"])]
    target: Annotated[str, Field(alias="to", pattern=ACCOUNT_ID, examples=["acc-002"])]
    amount: Annotated[int, Field(ge=1, le=MOST_CENTS, examples=[250])]
    at: Annotated[datetime, Field(examples=[EXAMPLE_TIME])]


class ProblemError(_Body):
    """One value that can't be accepted: where it stands and why."""

    where: Annotated[str, Field(examples=["body.quantity"])]
    message: Annotated[str, Field(examples=["Input should be less than or equal to 100"])]


class Problem(_Body):
    """Problem details, RFC 9457."""

    type: Annotated[
        str, Field(json_schema_extra={"format": "uri"}, examples=["urn:harness:reference:problem:not-found"])
    ]
    title: Annotated[str, Field(examples=["Not found"])]
    status: Annotated[int, Field(ge=400, le=599, examples=[404])]
    detail: Annotated[str, Field(examples=["There is no item spoon."])]
    request_id: Annotated[str, Field(examples=["5f0c9d1e7a8b4c3d9e2f1a0b6c7d8e9f"])]
    errors: list[ProblemError] = Field(default_factory=list)


class Alive(_Body):
    """The process runs."""

    status: Annotated[Literal["live"], Field(examples=["live"])]


class Dependency(_Body):
    """`required` says whether requests fail without it."""

    status: Annotated[Literal["up", "down"], Field(examples=["up"])]
    required: Annotated[bool, Field(examples=[True])]


class Readiness(_Body):
    """`ready` when everything required is up, `degraded` when only something optional is down."""

    status: Annotated[Literal["ready", "degraded", "unready"], Field(examples=["ready"])]
    dependencies: dict[str, Dependency]


def item_body(item: Item) -> dict[str, Any]:
    """An ItemBody."""
    return {"id": item.id, "name": item.name, "price": item.price}


def order_body(order: Order) -> dict[str, Any]:
    """An OrderBody."""
    return {
        "id": order.id,
        "item": order.item,
        "quantity": order.quantity,
        "amount": order.amount,
        "status": order.status.value,
        "placed_at": order.placed_at.isoformat(),
    }


def account_body(account: Account) -> dict[str, Any]:
    """An AccountBody."""
    return {"id": account.id, "balance": account.balance}


def transfer_body(transfer: Transfer) -> dict[str, Any]:
    """A TransferBody."""
    return {
        "id": transfer.id,
        "from": transfer.source,
        "to": transfer.target,
        "amount": transfer.amount,
        "at": transfer.at.isoformat(),
    }
