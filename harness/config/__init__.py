"""Documents that people write: scenario files and `harness.yaml`, read into nouns. Knows the model and nothing else."""

from harness.config.documents import ScenarioDocument
from harness.config.scenarios import read_scenario
from harness.config.target_documents import HarnessDocument
from harness.config.targets import find_harness_yaml, read_target, read_targets
from harness.config.yaml import read_yaml

__all__ = [
    "HarnessDocument",
    "ScenarioDocument",
    "find_harness_yaml",
    "read_scenario",
    "read_target",
    "read_targets",
    "read_yaml",
]
