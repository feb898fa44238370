"""What clients can't see, asked for through a run: numbers of Prometheus, of an HTTP answer, of a command; and whether an alert fires."""

from harness.probes.asker import Ask, asker
from harness.probes.command import Execute, Executed
from harness.probes.exposition import Selector, parse_exposition
from harness.probes.sampler import Sampler

__all__ = ["Ask", "Execute", "Executed", "Sampler", "Selector", "asker", "parse_exposition"]
