"""harness: load, contract and chaos testing of backend APIs, driven by one scenario on one clock."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("api-harness")
except PackageNotFoundError:  # running from a source tree that was never installed
    __version__ = "0+source"

__all__ = ["__version__"]
