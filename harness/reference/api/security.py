"""Who asks, and whether they may."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from harness.reference.api.parts import Shared
from harness.reference.api.problems import Refusal
from harness.reference.tokens import CUSTOMER, OPERATOR, Principal, TokenRefused, read

__all__ = ["Anyone", "Customer", "Operator"]

_bearer = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT",
    description="HS256. The claim `scope` holds `customer`, `operator` or both, with a space between.",
    auto_error=False,
)
RETRY_AFTER_S = 1  # the window of the rate limit


async def _principal(
    parts: Shared, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    if credentials is None:
        raise _unauthorized("This request needs a bearer token.", "Bearer")
    try:
        principal = read(parts.jwt_secret, credentials.credentials)
    except TokenRefused as error:
        raise _unauthorized(f"The token is refused: {error}.", 'Bearer error="invalid_token"') from error
    if not await parts.limit.allows(principal.subject, guest=not principal.scopes):
        raise Refusal(
            429,
            "too-many-requests",
            "Too many requests",
            "The limit per second is used up.",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    return principal


async def _customer(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
    return _demand(principal, CUSTOMER)


async def _operator(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
    return _demand(principal, OPERATOR)


async def _anyone(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
    return _demand(principal, CUSTOMER, OPERATOR)


def _demand(principal: Principal, *scopes: str) -> Principal:
    if principal.scopes.isdisjoint(scopes):
        wanted = " or ".join(scopes)
        raise Refusal(
            403,
            "forbidden",
            "Forbidden",
            f"The token lacks the scope {wanted}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'},
        )
    return principal


def _unauthorized(detail: str, challenge: str) -> Refusal:
    return Refusal(401, "unauthorized", "Unauthorized", detail, headers={"WWW-Authenticate": challenge})


Anyone = Annotated[Principal, Depends(_anyone)]
Customer = Annotated[Principal, Depends(_customer)]
Operator = Annotated[Principal, Depends(_operator)]
