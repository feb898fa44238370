"""Pure statistics: samples in, verdicts out. No clock, file or random number."""

from harness.compare.bracket import Bracket, Search, Trial, search
from harness.compare.knee import knee_of
from harness.compare.quantile import QuantileInterval, quantile_interval
from harness.compare.stretches import Change, StretchEffect, compare_stretches

__all__ = [
    "Bracket",
    "Change",
    "QuantileInterval",
    "Search",
    "StretchEffect",
    "Trial",
    "compare_stretches",
    "knee_of",
    "quantile_interval",
    "search",
]
