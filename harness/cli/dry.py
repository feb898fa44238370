"""`harness run --dry-run`: the timeline on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cli.terminal import out, say_json
from harness.experiment.dry_run import as_document, moments
from harness.model import Scenario


def show(scenarios: Sequence[Scenario], *, json: bool) -> None:
    """Print what each would do. Touches nothing but the terminal."""
    if json:
        documents = [as_document(one) for one in scenarios]
        say_json(documents[0] if len(documents) == 1 else documents)
        return
    for one in scenarios:
        out.print("\n".join(_lines(one)), markup=False)


def _lines(scenario: Scenario) -> list[str]:
    target, limits = scenario.target, scenario.target.limits
    about = f" ({target.url})" if target.url else ""
    lines = [f"{scenario.name} on {target.name}{about}. Dry run: nothing is started, sent or changed."]
    lines += [f"  {one.at:7.1f} s  {one.what:<13} {one.name:<16} {one.text}" for one in moments(scenario)]
    checks = {
        "contract": [
            *(["before the load: property-based check"] if scenario.contract.fuzz else []),
            *(["before the load: pacts"] if scenario.contract.pact else []),
            *(["under load: " + ", ".join(scenario.contract.oracle)] if scenario.contract.oracle else []),
        ],
        "audit": list(scenario.audit),
        "expect": [expectation.text for expectation in scenario.expect] or ["errors <= 1% (implied)"],
        "stop when": [stop.expectation.text for stop in scenario.stop_when],
        "limits": [
            *([f"hosts {', '.join(limits.hosts)}"] if limits.hosts else ["this machine only"]),
            *([f"edges {', '.join(limits.edges)}"] if limits.edges is not None else []),
            f"faults up to {limits.max_fault:g} s",
        ],
    }
    lines += [f"  {name:<10} {text}" for name, texts in checks.items() for text in texts]
    return lines
