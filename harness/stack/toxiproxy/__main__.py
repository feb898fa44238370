"""`python -m harness.stack.toxiproxy` prints where the server is, after building it if need be."""

from __future__ import annotations

import os
import sys

from harness.errors import HarnessError
from harness.stack.toxiproxy import find_toxiproxy


def main() -> int:
    """The exit code is that of the error, if there is one."""
    try:
        path = find_toxiproxy(os.environ, progress=lambda line: print(line, file=sys.stderr))  # noqa: T201
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
