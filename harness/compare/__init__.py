"""Pure statistics: samples in, verdicts out. No clock, file or random number."""

from harness.compare.quantile import QuantileInterval, quantile_interval
from harness.compare.stretches import Change, StretchEffect, compare_stretches

__all__ = ["Change", "QuantileInterval", "StretchEffect", "compare_stretches", "quantile_interval"]
