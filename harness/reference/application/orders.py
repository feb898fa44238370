"""Placing and cancelling an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.reference.application.idempotency import Answer, KeyUse, answered_before, fingerprint
from harness.reference.application.ids import IdSource
from harness.reference.application.ports import Transaction
from harness.reference.domain import EventType, Order, OrderStatus, Unknown

__all__ = ["CancelOrder", "PlaceOrder", "cancel_order", "place_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """`subject` wants `quantity` of `item`, once, however often `key` comes."""

    subject: str
    key: str
    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """`subject` takes back `order`."""

    subject: str
    order: str


async def place_order(
    command: PlaceOrder, transaction: Transaction, *, ids: IdSource, answer: Callable[[Order], Answer]
) -> Answer:
    """The order pending, its stock held, its event in the outbox and its answer kept under the key: all or nothing.

    Raises Unknown, OutOfStock, KeyReused.
    """
    item = await transaction.items.read(command.item)
    if item is None:
        raise Unknown("item", command.item)
    now = ids.now()
    order = Order(
        id=ids.new("ord"),
        key=command.key,
        subject=command.subject,
        item=item.id,
        quantity=command.quantity,
        amount=item.price * command.quantity,
        status=OrderStatus.PENDING,
        placed_at=now,
        due_at=now,
    )
    digest = fingerprint(command.subject, {"item": command.item, "quantity": command.quantity})
    use = KeyUse(operation="place_order", key=command.key, fingerprint=digest)
    new = answer(order)
    earlier = await answered_before(transaction.keys, use, new)
    if earlier is not None:
        return earlier
    await transaction.orders.add(order)
    await transaction.outbox.add(ids.event(EventType.PLACED, order))
    # Last, because all orders of an item wait for each other here, until the commit.
    await transaction.stocks.hold(order.item, order.quantity)
    return new


async def cancel_order(command: CancelOrder, transaction: Transaction, *, ids: IdSource) -> Order:
    """The order cancelled and its stock given back. Cancelling again changes nothing. Raises Unknown, NotCancellable."""
    order = await transaction.orders.lock(command.order)
    if order is None or order.subject != command.subject:
        raise Unknown("order", command.order)
    cancelled = order.cancel()
    if cancelled is not order:
        await transaction.orders.save(cancelled)
        await transaction.outbox.add(ids.event(EventType.CANCELLED, cancelled))
        await transaction.stocks.give_back(order.item, order.quantity)
    return cancelled
