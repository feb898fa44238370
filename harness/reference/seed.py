"""What the shop starts with."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from harness.reference.adapters.tables import accounts, items, stocks

__all__ = ["ACCOUNTS", "CATALOGUE", "OPENING_BALANCE", "OPENING_STOCK", "account_ids", "sow"]

OPENING_STOCK = 1_000_000  # of each item, so that load doesn't exhaust it
OPENING_BALANCE = 1_000_000  # cents on each account
ACCOUNTS = 100

# id, name, price in cents
CATALOGUE = (
    ("apron", "Linen apron", 2900),
    ("bowl", "Mixing bowl", 1250),
    ("bread-knife", "Bread knife", 3400),
    ("carafe", "Glass carafe", 1890),
    ("chopping-board", "Chopping board", 2450),
    ("coffee-mill", "Coffee mill", 5900),
    ("colander", "Colander", 1650),
    ("corkscrew", "Corkscrew", 990),
    ("cup", "Stoneware cup", 850),
    ("egg-timer", "Egg timer", 690),
    ("frying-pan", "Frying pan", 4200),
    ("grater", "Box grater", 1290),
    ("kettle", "Kettle", 3900),
    ("ladle", "Ladle", 1150),
    ("peeler", "Peeler", 590),
    ("rolling-pin", "Rolling pin", 1490),
    ("saucepan", "Saucepan", 4700),
    ("scales", "Kitchen scales", 2700),
    ("teapot", "Teapot", 3300),
    ("whisk", "Whisk", 790),
)


def account_ids() -> list[str]:
    """acc-001 and so on."""
    return [f"acc-{number:03d}" for number in range(1, ACCOUNTS + 1)]


def sow(connection: Connection) -> None:
    """Add what is missing; what is there stays as it is, so that this can run at every start."""
    _add(connection, items, [{"id": name, "name": title, "price": price} for name, title, price in CATALOGUE])
    opening = {"opening": OPENING_STOCK, "available": OPENING_STOCK, "held": 0}
    _add(connection, stocks, [{"item": name, **opening} for name, _, _ in CATALOGUE])
    _add(
        connection,
        accounts,
        [{"id": name, "opening": OPENING_BALANCE, "balance": OPENING_BALANCE} for name in account_ids()],
    )


def _add(connection: Connection, table, rows) -> None:  # type: ignore[no-untyped-def]
    connection.execute(insert(table).values(rows).on_conflict_do_nothing())
