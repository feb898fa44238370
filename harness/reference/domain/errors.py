"""What the shop refuses to do. Each ends as one kind of problem at the API.

DomainError
├── Unknown            no such item, order, account or transfer
├── OutOfStock         fewer left than asked for
├── Overdraft          an account would fall below zero
├── SelfTransfer       from an account to itself
├── NotCancellable     the order is being charged, or paid
├── KeyReused          an Idempotency-Key that already stands for another request
├── WrongStep          a step that the order's state doesn't allow: a bug in the caller
└── BooksDontBalance   an invariant is broken: a bug, never an answer
"""

from __future__ import annotations

__all__ = [
    "BooksDontBalance",
    "DomainError",
    "KeyReused",
    "NotCancellable",
    "OutOfStock",
    "Overdraft",
    "SelfTransfer",
    "Unknown",
    "WrongStep",
]


class DomainError(Exception):
    """Base of all; the message is fit for the customer's eyes."""


class Unknown(DomainError):
    """There is no such thing, or none that the asker may see."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"There is no {kind} {name}.")
        self.kind = kind
        self.name = name


class OutOfStock(DomainError):
    """Fewer are left than were asked for."""


class Overdraft(DomainError):
    """The account holds less than should leave it."""


class SelfTransfer(DomainError):
    """Money can't move from an account to itself."""


class NotCancellable(DomainError):
    """Too late to cancel."""


class KeyReused(DomainError):
    """The key stands for another request."""


class WrongStep(DomainError):
    """The order's state doesn't allow this step."""


class BooksDontBalance(DomainError):
    """A count that must always hold doesn't."""
