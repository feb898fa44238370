"""For all tests: nothing is timed, so no property test fails because the machine is busy."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("harness", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("harness")

collect_ignore = ["documents"]  # other people's examples, one of which is a test of pytest's
