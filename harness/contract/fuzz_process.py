"""`python -m harness.contract.fuzz_process`: the child in which Schemathesis runs."""

from __future__ import annotations

import os
import sys

from harness.contract.leash import receive


def main() -> None:
    """Read the spec first: importing the engine takes a second, and the parent may leave meanwhile. Once all is told, leave at once: a thread
    of the engine may be in the middle of a large description, and would be waited for."""
    spec, emit = receive()
    from harness.contract.schemathesis_adapter import replay, run

    (replay if "replay" in spec else run)(spec, emit)
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
