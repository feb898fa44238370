"""The consumer's side: the pytest fixture `pact_consumer`, with which a consumer's own tests write its pacts.

    def test_reads_an_item(pact_consumer):
        pact = pact_consumer("storefront", "orders")
        asked = pact.upon_receiving("read an item").given("an item is in stock", item="kettle")
        asked.with_request("GET", "/v1/items/kettle")
        asked.will_respond_with(200).with_body({"id": "kettle"}, content_type="application/json")
        with pact.serve() as server:
            assert Storefront(str(server.url)).item("kettle") == "kettle"

What `pact_consumer` gives is pact-python's own `Pact` (version 4). The pact is written when the test has passed and every interaction was
asked for; a failing test writes nothing. One file a pair of consumer and provider, renewed by the first test of a session that writes it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pact import Pact

__all__ = ["pact_consumer"]

FOLDER = "pacts"
_PASSED: pytest.StashKey[bool] = pytest.StashKey()
_RENEWED: pytest.StashKey[set[Path]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--harness-pact-folder`, or `harness_pact_folder` in the configuration."""
    group = parser.getgroup("harness", "harness: faults and scenarios")
    group.addoption(
        "--harness-pact-folder", default=None, metavar="DIR", help="Where the fixture pact_consumer writes pacts."
    )
    parser.addini(
        "harness_pact_folder", f"Where the fixture pact_consumer writes pacts (default: {FOLDER}).", default=FOLDER
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember whether the test itself passed: its fixtures end after it."""
    report: Any = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    return report  # type: ignore[no-any-return]  # pluggy's wrappers return what they were given


@pytest.fixture
def pact_consumer(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], Pact]]:
    """`pact_consumer(consumer, provider)` gives a `pact.Pact`; see the module."""
    os.environ.setdefault("PACT_DO_NOT_TRACK", "true")
    from pact import Pact  # here: it loads a library of 30 MB, which tests without a pact must not pay for

    made: list[tuple[Pact, Path]] = []
    folder = _folder(request.config)

    def make(consumer: str, provider: str) -> Pact:
        pact = Pact(consumer, provider).with_specification("V4")
        made.append((pact, folder / f"{consumer}-{provider}.json"))
        return pact

    yield make
    if request.node.stash.get(_PASSED, False):
        for pact, place in made:
            _write(pact, place, request.config.stash.setdefault(_RENEWED, set()))


def _folder(config: pytest.Config) -> Path:
    given = config.getoption("--harness-pact-folder") or config.getini("harness_pact_folder")
    return (config.rootpath / str(given)).resolve()


def _write(pact: Pact, place: Path, renewed: set[Path]) -> None:
    """The session's first takes the place of what an earlier session wrote; the others join it.

    Workers of pytest-xdist can't know who is first: there every test joins, and what is no longer asked for has to be deleted by hand.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    first = place not in renewed and "PYTEST_XDIST_WORKER" not in os.environ
    renewed.add(place)
    if not first:
        pact.write_file(place.parent)
        return
    with tempfile.TemporaryDirectory(prefix="harness-pact-", dir=place.parent) as beside:
        pact.write_file(beside)
        for written in Path(beside).iterdir():  # its name is pact's choice
            written.replace(place.parent / written.name)
