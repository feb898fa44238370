"""Moving money in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.reference.application.idempotency import Answer, KeyUse, answered_before, fingerprint
from harness.reference.application.ids import IdSource
from harness.reference.application.ports import Transaction
from harness.reference.domain import Transfer, Unknown, move

__all__ = ["MakeTransfer", "make_transfer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeTransfer:
    """`amount` cents from `source` to `target`, asked for by `subject`, once per `key`."""

    subject: str
    key: str
    source: str
    target: str
    amount: int


async def make_transfer(
    command: MakeTransfer, transaction: Transaction, *, ids: IdSource, answer: Callable[[Transfer], Answer]
) -> Answer:
    """Both balances, the transfer and its answer under the key: all or nothing.

    Raises Unknown, Overdraft, SelfTransfer, KeyReused.
    """
    transfer = Transfer(
        id=ids.new("trf"),
        key=command.key,
        source=command.source,
        target=command.target,
        amount=command.amount,
        at=ids.now(),
    )
    digest = fingerprint(command.subject, {"from": command.source, "to": command.target, "amount": command.amount})
    use = KeyUse(operation="transfer", key=command.key, fingerprint=digest)
    new = answer(transfer)
    earlier = await answered_before(transaction.keys, use, new)
    if earlier is not None:
        return earlier
    held = await transaction.accounts.lock(command.source, command.target)
    for name in (command.source, command.target):
        if name not in held:
            raise Unknown("account", name)
    source, target = move(command.amount, source=held[command.source], target=held[command.target])
    await transaction.accounts.save(source, target)
    await transaction.transfers.add(transfer)
    return new
