"""Settings of the service, from the environment and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.errors import BadInput
from harness.reference.defects import Defects

__all__ = ["Settings"]

SHORTEST_SECRET = 32  # bytes; RFC 7518 section 3.2 for HS256


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """An empty value was not given; `demand` says which a process can't do without. `rate_limit` is per subject and second."""

    database_url: str = ""
    cache_url: str = ""
    payments_url: str = ""
    payments_file: str = ""
    jwt_secret: str = field(default="", repr=False)
    defects: Defects = field(default_factory=Defects)
    rate_limit: int = 2000

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the HARNESS_* variables. Raises BadInput for a value that can't be meant."""
        limit = environ.get("HARNESS_RATE_LIMIT", "2000")
        if not limit.isdecimal() or int(limit) == 0:
            raise BadInput(
                f"HARNESS_RATE_LIMIT is {limit!r}.", "Set it to a number of requests per second, such as 2000."
            )
        secret = environ.get("HARNESS_JWT_SECRET", "")
        if secret and len(secret.encode()) < SHORTEST_SECRET:
            raise BadInput("HARNESS_JWT_SECRET is too short.", f"Give at least {SHORTEST_SECRET} bytes (RFC 7518).")
        return cls(
            database_url=environ.get("HARNESS_DATABASE_URL", ""),
            cache_url=environ.get("HARNESS_CACHE_URL", ""),
            payments_url=environ.get("HARNESS_PAYMENTS_URL", ""),
            payments_file=environ.get("HARNESS_PAYMENTS_FILE", ""),
            jwt_secret=secret,
            defects=Defects.parse(environ.get("HARNESS_DEFECTS", "")),
            rate_limit=int(limit),
        )

    def demand(self, *names: str) -> Settings:
        """Itself, when every named field was given. Raises BadInput with the first variable that is missing."""
        for name in names:
            if not getattr(self, name):
                raise BadInput(
                    f"HARNESS_{name.upper()} is not set.", "`harness up` sets it; to start a part by hand, export it."
                )
        return self
