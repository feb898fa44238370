"""The shop's rules, whatever is done to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reference.domain import (
    Account,
    BooksDontBalance,
    DomainError,
    NotCancellable,
    Order,
    OrderStatus,
    OutOfStock,
    Overdraft,
    SelfTransfer,
    Stock,
    WrongStep,
    move,
    sortable_id,
)

NOW = datetime(2026, 1, 31, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)

STEPS: dict[str, Callable[[Order], Order]] = {
    "claim": lambda order: order.claim(until=LATER),
    "retry": lambda order: order.retry(at=LATER),
    "release": lambda order: order.release(at=LATER),
    "pay": lambda order: order.pay(),
    "decline": lambda order: order.decline(),
    "cancel": lambda order: order.cancel(),
}


def pending() -> Order:
    """A fresh order."""
    return Order(
        id="ord-1",
        key="k",
        subject="alice",
        item="kettle",
        quantity=2,
        amount=7800,
        status=OrderStatus.PENDING,
        placed_at=NOW,
        due_at=NOW,
    )


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_a_settled_order_never_changes_again(steps: list[str]) -> None:
    """Once paid or cancelled, no step leads anywhere else."""
    order = pending()
    for step in steps:
        before = order
        try:
            order = STEPS[step](order)
        except DomainError:
            assert order == before
        if before.settled:
            assert order == before


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_a_customer_cancels_only_what_is_not_being_charged(steps: list[str]) -> None:
    """`cancel` works from pending alone; from charging and paid it is refused."""
    order = pending()
    for step in steps:
        try:
            order = STEPS[step](order)
        except DomainError:
            continue
    if order.status in (OrderStatus.CHARGING, OrderStatus.PAID):
        with pytest.raises(NotCancellable):
            order.cancel()
    else:
        assert order.cancel().status is OrderStatus.CANCELLED


@pytest.mark.parametrize("step", ["retry", "release", "pay", "decline"])
def test_an_unclaimed_order_is_not_settled(step: str) -> None:
    """What follows a charge needs a claim before it."""
    with pytest.raises(WrongStep):
        STEPS[step](pending())


def test_every_claim_counts_as_an_attempt() -> None:
    """A lapsed claim may be claimed again, and the attempts add up."""
    assert pending().claim(until=LATER).claim(until=LATER).attempts == 2


@given(st.integers(0, 50), st.lists(st.integers(-20, 20), max_size=40))
def test_stock_adds_up(opening: int, changes: list[int]) -> None:
    """opening = available + held after any holding and giving back, and neither is ever negative."""
    stock = Stock(item="kettle", opening=opening, available=opening, held=0)
    for change in changes:
        try:
            stock = stock.hold(change) if change > 0 else stock.give_back(-change)
        except OutOfStock:
            assert change > stock.available
        except BooksDontBalance:
            assert -change > stock.held
        assert stock.available >= 0
        assert stock.opening == stock.available + stock.held


transfers = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 200)), max_size=60)


@given(transfers)
def test_the_ledger_keeps_its_total(moves: list[tuple[int, int, int]]) -> None:
    """Whatever moves, the sum stays, and no account falls below zero."""
    ledger = [Account(id=f"acc-{n}", opening=100, balance=100) for n in range(4)]
    for source, target, amount in moves:
        try:
            ledger[source], ledger[target] = move(amount, source=ledger[source], target=ledger[target])
        except SelfTransfer:
            assert source == target
        except Overdraft:
            assert amount > ledger[source].balance
        assert sum(account.balance for account in ledger) == 400
        assert min(account.balance for account in ledger) >= 0


@given(st.integers(0, 2**48 - 2), st.binary(min_size=6, max_size=6), st.binary(min_size=6, max_size=6))
def test_ids_sort_by_time(at_ms: int, first: bytes, second: bytes) -> None:
    """A later millisecond gives a larger id, whatever the random part."""
    assert sortable_id("ord", at_ms, first) < sortable_id("ord", at_ms + 1, second)
