"""The ledger: accounts and transfers."""

from __future__ import annotations

import json

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from harness.reference.api.json_body import json_only
from harness.reference.api.parameters import AccountCursor, AccountId, Key, Limit, TransferId
from harness.reference.api.parts import Shared
from harness.reference.api.replay import told
from harness.reference.api.responses import header, link, refusals
from harness.reference.api.schemas import (
    AccountBody,
    AccountPage,
    NewTransfer,
    TransferBody,
    account_body,
    transfer_body,
)
from harness.reference.api.security import Operator
from harness.reference.application import Answer, MakeTransfer, make_transfer
from harness.reference.domain import Transfer, Unknown

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["ledger"])


@router.get(
    "/accounts",
    operation_id="list_accounts",
    summary="Accounts",
    responses={
        200: {"model": AccountPage},
        **refusals(),
    },
)
async def list_accounts(parts: Shared, _: Operator, cursor: AccountCursor = None, limit: Limit = 20) -> Response:
    """A page of the ledger's accounts, by id."""
    async with parts.database.begin() as transaction:
        page = await transaction.accounts.page(after=cursor or "", limit=limit + 1)
    shown = page[:limit]
    last = shown[-1].id if len(page) > limit else None
    return JSONResponse({"accounts": [account_body(account) for account in shown], "next": last})


@router.get(
    "/accounts/{account_id}",
    operation_id="read_account",
    summary="One account",
    responses={200: {"model": AccountBody}, **refusals(404)},
)
async def read_account(parts: Shared, _: Operator, account_id: AccountId) -> Response:
    """What an account holds."""
    async with parts.database.begin() as transaction:
        account = await transaction.accounts.read(account_id)
    if account is None:
        raise Unknown("account", account_id)
    return JSONResponse(account_body(account))


@router.post(
    "/transfers",
    operation_id="transfer",
    summary="Move money",
    status_code=201,
    dependencies=[Depends(json_only)],
    responses={
        201: {
            "model": TransferBody,
            "description": "Moved.",
            "headers": {"Location": header("Where the transfer is.", "^/v1/transfers/")},
            "links": {"read_transfer": link("read_transfer", "transfer_id", "/id")},
        },
        **refusals(400, 404, 409, 413, 415),
    },
)
async def transfer(parts: Shared, operator: Operator, key: Key, body: NewTransfer) -> Response:
    """Move money between accounts. An unknown account is 404; too little money, or one account twice, 409."""
    command = MakeTransfer(
        subject=operator.subject, key=key, source=body.source, target=body.target, amount=body.amount
    )
    async with parts.database.begin() as transaction:
        answer = await make_transfer(command, transaction, ids=parts.ids, answer=_moved)
    return told(answer)


@router.get(
    "/transfers/{transfer_id}",
    operation_id="read_transfer",
    summary="One transfer",
    responses={200: {"model": TransferBody}, **refusals(404)},
)
async def read_transfer(parts: Shared, _: Operator, transfer_id: TransferId) -> Response:
    """What moved."""
    async with parts.database.begin() as transaction:
        found = await transaction.transfers.read(transfer_id)
    if found is None:
        raise Unknown("transfer", transfer_id)
    return JSONResponse(transfer_body(found))


def _moved(moved: Transfer) -> Answer:
    return Answer(status=201, location=f"/v1/transfers/{moved.id}", body=json.dumps(transfer_body(moved)))
