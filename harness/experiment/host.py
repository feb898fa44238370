"""Where and with what a run ran."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import psutil

from harness import __version__

PACKAGES = ("locust", "schemathesis", "pact-python", "gevent", "pyarrow")


def host() -> dict[str, str]:
    """This machine, in words for a report. No address and no path is in it."""
    return {
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "python": platform.python_version(),
        "host": platform.node(),
        "clock": time.get_clock_info("monotonic").implementation,
    }


def versions(others: Mapping[str, str]) -> dict[str, str]:
    """Of harness and what it drives."""
    found = {"harness": __version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {**found, **others}
