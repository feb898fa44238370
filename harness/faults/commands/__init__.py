"""Faults that commands make and take back, under the same guard as all others."""

from harness.faults.commands.applier import CommandApplier
from harness.faults.commands.canary import CommandCanary
from harness.faults.commands.command import Command, Shell

__all__ = ["Command", "CommandApplier", "CommandCanary", "Shell"]
