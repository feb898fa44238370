"""The small parts of the reference service, without its servers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.reference.adapters import Breaker
from harness.reference.application import DependencyAway, fingerprint
from harness.reference.application.charge_order import LONGEST_RETRY, retry_after
from harness.reference.defects import Defects
from harness.reference.domain import Event, EventType, Item, Order, OrderStatus
from harness.reference.payments import ChargeBook
from harness.reference.payments.charges import ChargeMade
from harness.reference.relay.back_off import BackOff
from harness.reference.settings import Settings
from harness.reference.tokens import Principal, TokenRefused, mint, read

SECRET = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 1, 31, tzinfo=UTC)
ORDER = Order(
    id="ord-1",
    key="k",
    subject="alice",
    item="kettle",
    quantity=1,
    amount=3900,
    status=OrderStatus.CHARGING,
    placed_at=NOW,
    attempts=1,
    due_at=NOW,
)
EVENTS = [(n, Event(id=f"evt-{n}", type=EventType.PAID, order="ord-1", key="k", at=NOW)) for n in range(1, 41)]


class Kept:
    """A stream that keeps what is published, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.events: list[Event] = []
        self.away = away

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
        """Keep."""
        if self.away:
            raise DependencyAway("cache", "it was told to be")
        self.events += [event for _, event in events]


def test_a_token_says_who_and_what() -> None:
    """What is minted is read back."""
    token = mint(SECRET, "alice", ["operator", "customer"], 60)
    assert read(SECRET, token) == Principal("alice", frozenset({"customer", "operator"}))


@pytest.mark.parametrize(
    "token",
    [
        mint(SECRET, "alice", ["customer"], 60, now=1000.0),
        mint(SECRET[::-1], "alice", ["customer"], 60),
        "not.a.token",
        "",
    ],
    ids=["expired", "signed by another", "no token", "nothing"],  # a token holds the time of its making
)
def test_a_bad_token_is_refused(token: str) -> None:
    """Expired, signed by somebody else, or no token at all."""
    with pytest.raises(TokenRefused):
        read(SECRET, token)


def test_settings_name_the_missing_variable() -> None:
    """A process that lacks a setting says which."""
    with pytest.raises(BadInput, match="HARNESS_DATABASE_URL"):
        Settings.from_env({}).demand("database_url")


@pytest.mark.parametrize(
    "environ",
    [
        {"HARNESS_RATE_LIMIT": "0"},
        {"HARNESS_RATE_LIMIT": "many"},
        {"HARNESS_JWT_SECRET": "short"},
        {"HARNESS_DEFECTS": "x"},
    ],
)
def test_settings_refuse_what_cannot_be_meant(environ: dict[str, str]) -> None:
    """A value out of range ends in BadInput, not in a surprise later."""
    with pytest.raises(BadInput):
        Settings.from_env(environ)


def test_a_mistyped_defect_is_told_from_its_neighbour() -> None:
    """The message offers the nearest name."""
    with pytest.raises(BadInput, match="double-charge"):
        Defects.parse("double-charges")


def test_the_secret_is_not_in_the_repr() -> None:
    """Settings may be logged."""
    assert SECRET not in repr(Settings.from_env({"HARNESS_JWT_SECRET": SECRET}))


@given(st.permutations(["item", "quantity", "note"]))
def test_the_fingerprint_ignores_the_order_of_members(names: list[str]) -> None:
    """The same body gives the same digest, and another customer's another."""
    body: dict[str, object] = {name: name for name in names}
    assert fingerprint("alice", body) == fingerprint("alice", dict(sorted(body.items())))
    assert fingerprint("alice", body) != fingerprint("bob", body)


@given(st.integers(1, 10_000))
def test_retries_are_at_most_a_second_apart(attempts: int) -> None:
    """However often an order failed, it recovers soon after the provider does."""
    assert timedelta(0) < retry_after(attempts) <= LONGEST_RETRY


def test_back_off_grows_to_its_cap_and_starts_again() -> None:
    """0.1, 0.2, 0.4, 0.8, 1, 1; after a success 0.1."""
    back_off = BackOff()
    assert [round(back_off.longer(), 1) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    back_off.reset()
    assert back_off.longer() == 0.1


def test_the_breaker_opens_tries_once_and_closes() -> None:
    """Five failures open it; after its rest one call goes through; success closes it."""
    now = 0.0
    breaker = Breaker(clock=lambda: now, threshold=5, rest_s=1.0)
    for _ in range(5):
        assert breaker.admit(8) == 8
        breaker.failed()
    assert breaker.admit(8) == 0
    now = 1.0
    assert (breaker.admit(8), breaker.admit(8)) == (1, 0)
    breaker.succeeded()
    assert breaker.admit(8) == 8


def test_without_defects_a_retry_keeps_the_key() -> None:
    """The order's own key, on every attempt; with double-charge only on the first."""
    retried = replace(ORDER, attempts=3)
    assert {Defects().charge_key()(ORDER), Defects().charge_key()(retried)} == {"k"}
    broken = Defects.parse("double-charge").charge_key()
    assert broken(ORDER) == "k"
    assert broken(retried) != "k"


def test_lost_event_loses_some_in_calm_and_all_in_an_outage() -> None:
    """Two of forty go missing; when the stream is away nobody is told."""
    calm, hurt = Kept(), Kept(away=True)
    lossy = Defects.parse("lost-event")
    asyncio.run(lossy.stream(calm).publish(EVENTS))
    asyncio.run(lossy.stream(hurt).publish(EVENTS))
    assert len(calm.events) == 38
    assert hurt.events == []


def test_without_defects_an_outage_is_told() -> None:
    """The relay has to know, so that the outbox keeps the events."""
    with pytest.raises(DependencyAway):
        asyncio.run(Defects().stream(Kept(away=True)).publish(EVENTS))


def test_the_provider_forgets_no_charge(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A charge is there after the book was opened anew, and a repetition of its key makes no second one."""
    path = str(tmp_path_factory.mktemp("book") / "charges.sqlite")
    first = ChargeMade(id="chg-1", key="k", order="ord-1", amount=5, at="now")
    book = ChargeBook(path)
    assert book.charge(first) == (first, True)
    # Not closed: a killed provider doesn't close it either.
    again = ChargeBook(path)
    assert again.charge(replace(first, id="chg-2")) == (first, False)
    assert [charge for _, charge in again.page(after=0, limit=10)] == [first]
    again.close()
    book.close()


def test_slow_list_asks_for_every_item_again() -> None:
    """Same answer, one query more for each item of the page; without the defect one query in all."""

    class Shelf:
        asked = 0

        async def read(self, item: str) -> Item | None:
            self.asked += 1
            return Item(id=item, name=item, price=1)

        async def page(self, *, after: str, limit: int) -> list[Item]:
            self.asked += 1
            return [Item(id=f"{after}{n}", name="x", price=1) for n in range(limit)]

    for text, queries in (("", 1), ("slow-list", 6)):
        shelf = Shelf()
        page = asyncio.run(Defects.parse(text).item_page()(shelf, "i", 5))
        assert [item.id for item in page] == ["i0", "i1", "i2", "i3", "i4"]
        assert shelf.asked == queries


def test_slow_place_lingers_for_a_fifth_of_what_it_took() -> None:
    """On a clock of its own; without the defect not at all."""
    for text, waits in (("", []), ("slow-place", [0.2])):
        slept: list[float] = []

        async def linger(named: str = text, into: list[float] = slept) -> None:
            loop = asyncio.get_running_loop()
            call_later = loop.call_later
            loop.call_later = lambda delay, *a, **k: (into.append(delay), call_later(0, *a, **k))[1]  # type: ignore[method-assign]
            await Defects.parse(named).linger()(1.0)

        asyncio.run(linger())
        assert slept == pytest.approx(waits)
