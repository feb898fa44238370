"""Pure statistics: samples in, verdicts out. No clock, file or random number."""

from harness.compare.bracket import Bracket, Search, Trial, search
from harness.compare.change_points import ChangePoint, change_points
from harness.compare.family import false_discovery, family_p
from harness.compare.judge import Judged, judge
from harness.compare.knee import knee_of
from harness.compare.looks import Looks
from harness.compare.paired import FEWEST, Paired, paired, pairs_needed, smallest_effect, smallest_margin
from harness.compare.quantile import QuantileInterval, quantile_interval
from harness.compare.recovery import INJECTIONS, Recovered, log_ratio, rank_p
from harness.compare.replay import Replayed, replayed
from harness.compare.samples import Observed, Sample, margin_of, name_of, samples_of, typical
from harness.compare.stretches import Change, StretchEffect, compare_stretches
from harness.compare.warm_up import WarmUp, mser5

__all__ = [
    "FEWEST",
    "INJECTIONS",
    "Bracket",
    "Change",
    "ChangePoint",
    "Judged",
    "Looks",
    "Observed",
    "Paired",
    "QuantileInterval",
    "Recovered",
    "Replayed",
    "Sample",
    "Search",
    "StretchEffect",
    "Trial",
    "WarmUp",
    "change_points",
    "compare_stretches",
    "false_discovery",
    "family_p",
    "judge",
    "knee_of",
    "log_ratio",
    "margin_of",
    "mser5",
    "name_of",
    "paired",
    "pairs_needed",
    "quantile_interval",
    "rank_p",
    "replayed",
    "samples_of",
    "search",
    "smallest_effect",
    "smallest_margin",
    "typical",
]
