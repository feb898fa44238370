"""The payments provider that the shop depends on: a service of its own, which only shares the shop's way of answering."""

from harness.reference.payments.app import create_app
from harness.reference.payments.charges import ChargeBook

__all__ = ["ChargeBook", "create_app"]
