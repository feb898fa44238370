"""`python -m harness.contract.cases_process`: the child that makes valid requests from a description; it sends none."""

from __future__ import annotations

from harness.contract.leash import receive

__all__: list[str] = []


def main() -> None:
    """One row a request, or why there is none."""
    spec, emit = receive()
    from harness.contract.schemathesis_cases import draw  # heavy: after the parent is known to be there

    draw(spec, emit)


if __name__ == "__main__":
    main()
