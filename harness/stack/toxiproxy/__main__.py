"""`python -m harness.stack.toxiproxy [--find]` prints where the server is, after building it if need be; `--find` builds nothing."""

from __future__ import annotations

import argparse
import os
import sys

from harness.errors import HarnessError
from harness.stack.toxiproxy import find_toxiproxy


def main() -> int:
    """The exit code is that of the error, if there is one."""
    parser = argparse.ArgumentParser(prog="python -m harness.stack.toxiproxy")
    parser.add_argument("--find", action="store_true", help="build nothing")
    build = not parser.parse_args().find
    try:
        path = find_toxiproxy(os.environ, build=build, progress=lambda line: print(line, file=sys.stderr))  # noqa: T201
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
