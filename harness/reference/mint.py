"""`python -m harness.reference.mint [SUBJECT]`: prints a token for the shop, for those who start its processes themselves."""

from __future__ import annotations

import os
import sys

from harness.reference.ending import exit_with
from harness.reference.settings import Settings
from harness.reference.tokens import CUSTOMER, OPERATOR, mint

__all__ = ["main"]

TTL_S = 24 * 3600.0


def main() -> None:
    """For `customer-1`, or whom the argument names; good for a day, for all that a customer and an operator may."""
    subject = sys.argv[1] if len(sys.argv) > 1 else "customer-1"
    with exit_with():
        settings = Settings.from_env(os.environ).demand("jwt_secret")
        sys.stdout.write(mint(settings.jwt_secret, subject, (CUSTOMER, OPERATOR), TTL_S) + "\n")


if __name__ == "__main__":
    main()
