"""The tables, as the migrations make them (a test compares both)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

__all__ = ["accounts", "idempotency_keys", "items", "metadata", "orders", "outbox", "stocks", "transfers"]

metadata = MetaData(
    naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}
)

items = Table(
    "items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("price", BigInteger, nullable=False),
)

# Beside the items, not in them: these rows change with every order.
stocks = Table(
    "stocks",
    metadata,
    Column("item", Text, ForeignKey("items.id"), primary_key=True),
    Column("opening", BigInteger, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    CheckConstraint("available >= 0 AND held >= 0 AND opening = available + held", name="balance"),
)

# No foreign key to items: its share lock on the item's row would cost every order a write there, and items are never deleted.
orders = Table(
    "orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("status IN ('pending', 'charging', 'paid', 'cancelled')", name="status"),
    Index("ix_orders_subject_id", "subject", "id"),
    Index("ix_orders_due", "due_at", postgresql_where=text("status IN ('pending', 'charging')")),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("opening", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    CheckConstraint("balance >= 0", name="no_overdraft"),
)

transfers = Table(
    "transfers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("source", Text, ForeignKey("accounts.id"), nullable=False),
    Column("target", Text, ForeignKey("accounts.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("amount > 0 AND source <> target", name="sound"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("order", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("location", Text, nullable=False),
    Column("body", Text, nullable=False),
)
