"""Bearer tokens: JWT (RFC 7519), HS256, with a space-separated `scope` as OAuth has it (RFC 8693, 4.2)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import jwt

__all__ = ["CUSTOMER", "OPERATOR", "Principal", "TokenRefused", "mint", "read"]

CUSTOMER = "customer"
OPERATOR = "operator"
_ALGORITHM = "HS256"


class TokenRefused(Exception):
    """The token is not ours, has expired, or says too little."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, and what they may."""

    subject: str
    scopes: frozenset[str]


def mint(secret: str, subject: str, scopes: Iterable[str], ttl_s: float, *, now: float | None = None) -> str:
    """A token for `subject`, good for `ttl_s` seconds from `now` (seconds since 1970; the clock's by default)."""
    issued = time.time() if now is None else now
    claims = {"sub": subject, "scope": " ".join(sorted(scopes)), "iat": int(issued), "exp": int(issued + ttl_s)}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def read(secret: str, token: str) -> Principal:
    """Who the token speaks for. Raises TokenRefused."""
    try:
        claims = jwt.decode(token, secret, algorithms=[_ALGORITHM], options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError as error:
        raise TokenRefused(str(error)) from error
    scope = claims.get("scope", "")
    return Principal(subject=claims["sub"], scopes=frozenset(scope.split() if isinstance(scope, str) else ()))
