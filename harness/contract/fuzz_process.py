"""`python -m harness.contract.fuzz_process`: the child in which Schemathesis runs."""

from __future__ import annotations

from harness.contract.leash import receive


def main() -> None:
    """Read the spec first: importing the engine takes a second, and the parent may leave meanwhile."""
    spec, emit = receive()
    from harness.contract.schemathesis_adapter import replay, run

    (replay if "replay" in spec else run)(spec, emit)


if __name__ == "__main__":
    main()
