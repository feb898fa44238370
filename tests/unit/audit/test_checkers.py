"""The checkers against worlds whose truth is known: sound ones pass, and each planted wrong is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audit import (
    CHECKERS,
    Charge,
    Event,
    FinalState,
    History,
    Order,
    OrderEvent,
    Told,
    audit,
)
from harness.model import Verdict

RUN = "r1"


def event(n: int, told: Told, kind: str = "place") -> Event:
    return Event(process="u1", type=told, f=kind, key=f"{RUN}-w1-{n:06d}", status=202, invoke_ns=n, complete_ns=n + 1)


def world(tolds: list[tuple[Told, bool, bool]]) -> tuple[History, FinalState]:
    """A sound world: each place was told something; `happened` decides the open ones, `paid` how an order ended."""
    events, orders, charges, stream = [], [], [], []
    for n, (told, happened, paid) in enumerate(tolds):
        events += [event(n, told), event(n, told, "transfer")]
        if told is Told.FAIL or (told is Told.INFO and not happened):
            continue
        status = "paid" if paid else "cancelled"
        order = Order(id=f"o{n}", key=f"{RUN}-w1-{n:06d}", status=status, amount=100)
        orders.append(order)
        if paid:
            charges.append(
                Charge(id=f"c{n}", key=order.key, order=order.id, amount=100, at=f"2026-01-01T00:00:{n % 60:02d}Z")
            )
        stream += [OrderEvent(id=f"e{n}-{k}", type=k, order=order.id) for k in ("order.placed", f"order.{status}")]
    state = FinalState(
        quiescent=True,
        orders=tuple(orders),
        charges=tuple(charges),
        transfers={o.key: 1 for o in orders},
        opening_total=1000,
        total=1000,
        stock_opening=50,
        stock_available=20,
        stock_held=30,
        events=tuple(stream),
    )
    return History(RUN, tuple(events)), state


WORLDS = st.lists(st.tuples(st.sampled_from(list(Told)), st.booleans(), st.booleans()), min_size=1, max_size=30).map(
    lambda tolds: world([(Told.OK, True, True), *tolds])
)


@given(WORLDS)
def test_a_sound_world_passes_every_check(made: tuple[History, FinalState]) -> None:
    """No check cries wolf, whatever was open and however it went."""
    for evidence in audit(CHECKERS, *made):
        assert evidence.verdict is Verdict.PASS, evidence


PLANTED = {
    "lost": ("no-lost-orders", lambda s: replace(s, orders=s.orders[1:])),
    "duplicated": ("no-lost-orders", lambda s: replace(s, orders=(*s.orders, replace(s.orders[0], id="twin")))),
    "charged-twice": (
        "one-charge-per-key",
        lambda s: replace(s, charges=(*s.charges, replace(s.charges[0], id="again", key="a fresh key"))),
    ),
    "paid-uncharged": ("one-charge-per-key", lambda s: replace(s, charges=s.charges[1:])),
    "charged-cancelled": (
        "one-charge-per-key",
        lambda s: replace(s, orders=(replace(s.orders[0], status="cancelled"), *s.orders[1:])),
    ),
    "ledger": ("money-conserved", lambda s: replace(s, total=s.total - 1)),
    "stock": ("money-conserved", lambda s: replace(s, stock_held=s.stock_held + 1)),
    "transfer-ok-lost": ("money-conserved", lambda s: replace(s, transfers={})),
    "transfer-ok-extra": ("money-conserved", lambda s: replace(s, transfers=dict.fromkeys(s.transfers, 2))),
    "missing-order.placed": ("events-at-least-once", lambda s: replace(s, events=s.events[1:])),
    "missing-order.paid": ("events-at-least-once", lambda s: replace(s, events=(s.events[0], *s.events[2:]))),
    "unknown-order": (
        "events-at-least-once",
        lambda s: replace(s, events=(*s.events, OrderEvent(id="x", type="order.paid", order="?"))),
    ),
}


@pytest.mark.parametrize("signature", PLANTED)
@given(WORLDS)
def test_a_planted_wrong_is_found_and_named(signature: str, made: tuple[History, FinalState]) -> None:
    """Each way to break a promise fails its check, with the signature that tells it apart."""
    check, plant = PLANTED[signature]
    history, state = made
    evidence = CHECKERS[check](history, plant(state))
    assert evidence.verdict is Verdict.FAIL
    assert signature in {violation.signature for violation in evidence.violations}


def test_a_refused_order_that_exists_is_a_fail() -> None:
    """Told `fail` means surely no effect; an order all the same breaks the promise."""
    history, state = world([(Told.OK, True, True)])
    history = replace(history, events=tuple(replace(e, type=Told.FAIL) for e in history.events))
    assert CHECKERS["no-lost-orders"](history, state).violations[0].signature == "refused-but-kept"


def test_a_retry_under_one_key_is_one_intent() -> None:
    """An open answer and then a good one under the same key is one promise, kept by one order."""
    history, state = world([(Told.OK, True, True)])
    first = history.events[0]
    history = replace(history, events=(replace(first, type=Told.INFO), *history.events))
    assert CHECKERS["no-lost-orders"](history, state).verdict is Verdict.PASS


def test_orders_of_others_are_left_alone() -> None:
    """Keys that this run did not make (a fuzzer's, a user's) are no business of its audit."""
    history, state = world([(Told.OK, True, True)])
    stranger = Order(id="s", key="somebody-else", status="paid", amount=1)
    state = replace(state, orders=(*state.orders, stranger), events=(*state.events,))
    assert CHECKERS["one-charge-per-key"](history, state).verdict is Verdict.PASS
    assert CHECKERS["no-lost-orders"](history, state).verdict is Verdict.PASS


def test_what_is_still_under_way_is_unknown() -> None:
    """An order that has not ended is neither kept nor broken."""
    history, state = world([(Told.OK, True, True)])
    state = replace(state, quiescent=False, orders=(replace(state.orders[0], status="pending"),), charges=())
    for name in ("no-lost-orders", "one-charge-per-key", "events-at-least-once"):
        assert CHECKERS[name](history, state).verdict is Verdict.UNKNOWN, name


def test_a_read_that_caught_the_shop_at_work_blames_nobody() -> None:
    """An event that may still wait in the outbox, and one of an order placed after the orders were read: unknown, not a fail."""
    history, state = world([(Told.OK, True, True)])
    name = "events-at-least-once"
    unheard = replace(state, events=())
    ahead = replace(state, events=(*state.events, OrderEvent(id="e", type="order.placed", order="new")))
    for caught in (unheard, ahead):
        assert CHECKERS[name](history, caught).verdict is Verdict.FAIL
        assert CHECKERS[name](history, replace(caught, quiescent=False)).verdict is Verdict.UNKNOWN


def test_nothing_to_check_is_unknown() -> None:
    """A run without orders proves nothing."""
    history, state = world([])
    assert CHECKERS["no-lost-orders"](history, state).verdict is Verdict.UNKNOWN


def test_a_checker_that_crashes_is_unknown() -> None:
    """A broken checker never passes anything."""
    history, _ = world([(Told.OK, True, True)])
    (evidence,) = audit(["no-lost-orders"], history, None)  # type: ignore[arg-type]
    assert evidence.verdict is Verdict.UNKNOWN
    assert "crashed" in evidence.why
