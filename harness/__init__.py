"""harness: load, contract and chaos testing of backend APIs, driven by one scenario on one clock."""

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """`__version__`, looked up when it is asked for: a command must be able to hear Ctrl-C before anything slow is imported."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("api-harness")
    except PackageNotFoundError:  # running from a source tree that was never installed
        return "0+source"
