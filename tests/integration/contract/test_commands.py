"""`harness check`, `pact verify` and `diff` as a CI job types them: what their options do, every format, and how they end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from harness.cli.entry import run_command
from harness.report import FORMATS
from tests.integration.contract.pot_shop import EXAMPLE, KEY, Asked, PotShop, pot_shop
from tests.integration.contract.provider_double import provider

pytestmark = [
    pytest.mark.integration,
    pytest.mark.xdist_group("contract-commands"),
]  # one worker, so that `runs` are made once
TARGETS = """\
targets:
  pots:
    url: {url}
    description: {url}/swagger.json
    auth: {{api_key: {{header: X-Pot-Key, value: {{env: POT_KEY}}}}}}
"""
OWN = """\
headers = {X-Tenant = "blue"}
[checks.negative_data_rejection]
enabled = false
"""


def files_of(folder: Path) -> list[str]:
    """The flags that write every format into a folder."""
    return [word for name in sorted(FORMATS) for word in ("--format", f"{name}={folder / name}")]


def verdict_in(name: str, text: str) -> str:
    """What a format says of the whole, read as its reader would."""
    match name:
        case "json":
            return str(json.loads(text)["verdict"])
        case "github":
            return text.splitlines()[-1].rpartition("::")[2].partition(":")[0]
        case "junit":
            root = ET.fromstring(text)
            return "fail" if int(root.get("failures", "0")) else "unknown" if int(root.get("errors", "0")) else "pass"
        case "sarif":
            (run,) = json.loads(text)["runs"]
            return {0: "pass", 1: "fail", 2: "unknown"}[run["invocations"][0]["exitCode"]]
        case "markdown":
            return text.partition("\n")[0].split()[2].rstrip(":")
        case "html":
            return text.partition('<div class="big">')[2].partition("<")[0]
    raise AssertionError(name)


@dataclass(frozen=True, slots=True)
class Ran:
    """One `harness check` of the shop: exit code, JSON, what the shop was asked."""

    code: int
    told: dict[str, Any]
    asked: list[Asked]

    @property
    def whats(self) -> list[tuple[str, str, bytes]]:
        """The requests."""
        return [one.what for one in self.asked]

    @property
    def found(self) -> set[tuple[str, str, str]]:
        """Operation, check and level of the findings."""
        return {(one["operation"], one["check"], one["level"]) for one in self.told["findings"]}


@dataclass(frozen=True, slots=True)
class Runs:
    """`plain` and `again` are typed alike; `formats` holds what `plain` wrote."""

    plain: Ran
    again: Ran
    other: Ran
    refused: Ran
    formats: dict[str, str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Four checks of one shop, for all the tests that look at options."""
    folder = tmp_path_factory.mktemp("pots")
    with pytest.MonkeyPatch.context() as patch, pot_shop() as shop:
        patch.chdir(folder)
        patch.setenv("POT_KEY", KEY)
        (folder / "harness.yaml").write_text(TARGETS.format(url=shop.url))
        (folder / "own.toml").write_text(OWN)
        usual = ("--config", "own.toml", "--seed", "5", "--phases", "examples,fuzzing", "--max-examples", "6")
        plain = checked(shop, folder, *usual, *files_of(folder))
        again = checked(shop, folder, *usual)
        other = checked(
            *(shop, folder, "--seed", "6", "--phases", "fuzzing", "--max-examples", "6"),
            *("--checks", "not_a_server_error,content_type_conformance"),
        )
        patch.setenv("POT_KEY", "wr0ng")
        refused = checked(shop, folder, "--phases", "examples", "--fail-on", "fail")
        formats = {name: (folder / name).read_text() for name in FORMATS}
        yield Runs(plain, again, other, refused, formats)


def checked(shop: PotShop, folder: Path, *words: str) -> Ran:
    """`harness check pots`."""
    shop.take()
    code = run_command(["check", "pots", "--budget", "60s", *words, "--format", f"json={folder / 'told.json'}"])
    return Ran(code, json.loads((folder / "told.json").read_text()), shop.take())


def test_a_swagger_2_0_document_is_fuzzed_and_its_planted_faults_are_found(runs: Runs) -> None:
    """Under its base path: text where a number is promised, and a 500; a null is allowed by `x-nullable`."""
    errors = {(operation, check) for operation, check, level in runs.plain.found if level == "error"}
    assert errors == {("read_pot", "response_schema_conformance"), ("list_pots", "not_a_server_error")}
    assert runs.plain.code == 1
    assert runs.plain.told["coverage"]["operations"] == 1.0
    assert {one.target.partition("?")[0].split("/")[1] for one in runs.plain.asked} == {"api"}
    assert any(one.method == "POST" and json.loads(one.body).keys() >= {"id", "price"} for one in posts(runs.plain))


def posts(ran: Ran) -> list[Asked]:
    """Those with a JSON object for a body."""
    return [one for one in ran.asked if one.method == "POST" and one.body.startswith(b"{")]


def test_the_config_file_is_honoured(runs: Runs) -> None:
    """Its header goes with every request, the check that it switches off finds nothing; without the file neither is so."""
    assert {one.headers.get("x-tenant") for one in runs.plain.asked} == {"blue"}
    assert {one.headers.get("x-tenant") for one in runs.other.asked} == {None}
    assert "negative_data_rejection" not in {check for _, check, _ in runs.plain.found}
    assert "own.toml was honoured" in runs.formats["markdown"]


def test_a_seed_sends_the_same_requests_again_and_another_one_others(runs: Runs) -> None:
    """In the same order."""
    assert runs.plain.whats == runs.again.whats
    assert (runs.plain.told["seed"], runs.other.told["seed"]) == (5, 6)
    assert not set(runs.other.whats) <= set(runs.plain.whats)


def test_only_the_phases_that_are_named_are_run(runs: Runs) -> None:
    """The document's example is sent by `examples` alone."""
    assert ("GET", f"/api/pots/{EXAMPLE}", b"") in runs.plain.whats
    assert ("GET", f"/api/pots/{EXAMPLE}", b"") not in runs.other.whats
    assert len(runs.refused.whats) < len(runs.plain.whats)


def test_only_the_checks_that_are_named_find_anything(runs: Runs) -> None:
    """Input that breaks the description is accepted, and nobody asked."""
    assert runs.other.found == {("list_pots", "not_a_server_error", "error")}


def test_credentials_are_sent_and_told_by_their_name_only(runs: Runs) -> None:
    """The key opens the shop; where it is refused, nothing is called a pass; no format holds it."""
    assert sum(one.headers.get("x-pot-key") == KEY for one in runs.plain.asked) > len(runs.plain.asked) / 2
    assert runs.refused.told["why"] == "every answer was 401: credentials are missing or wrong"
    assert [name for name, text in runs.formats.items() if KEY in text] == []
    assert all("$POT_KEY" in one["curl"] for one in runs.plain.told["findings"])


def test_fail_on_fail_lets_a_check_that_is_unknown_end_well(runs: Runs) -> None:
    """Its verdict stays what it is."""
    assert (runs.refused.told["verdict"], runs.refused.code) == ("unknown", 0)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_check_writes_every_format(runs: Runs, name: str) -> None:
    """With the verdict and the operations that fail."""
    assert verdict_in(name, runs.formats[name]) == "fail"
    assert "read_pot" in runs.formats[name]


STATES = """\
import json, os, sys
from pathlib import Path

def handle(state, action, parameters, **more):
    told = {"pid": os.getpid(), "track": os.environ.get("PACT_DO_NOT_TRACK"), "argv": sys.orig_argv, "gevent": "gevent" in sys.modules}
    Path(%r).write_text(json.dumps(told))
"""


def test_verify_takes_pacts_from_a_file_and_a_url_in_a_child_and_writes_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One kept, one broken. Pact's verifier runs in a process of its own, free of gevent, which is told not to track anybody."""
    monkeypatch.delenv("PACT_DO_NOT_TRACK", raising=False)
    (tmp_path / "states.py").write_text(STATES % str(tmp_path / "told"))
    (tmp_path / "web.json").write_text(json.dumps(pact_of("web", 3900)))
    with provider() as shop:
        shop.items["app.json"] = pact_of("app", "much")
        words = ["pact", "verify", shop.url, "--provider", "shop", "--states", f"{tmp_path}/states.py:handle"]
        sources = ["--source", str(tmp_path / "web.json"), "--source", f"{shop.url}/app.json"]
        code = run_command([*words, *sources, *files_of(tmp_path)])
    said = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line.split(":")[0] for line in said[:2]] == ["pass     web → shop", "fail     app → shop"]
    child = json.loads((tmp_path / "told").read_text())
    assert child["pid"] != os.getpid()
    assert child["argv"][1:] == ["-m", "harness.contract.pact_process"]
    assert (child["track"], child["gevent"]) == ("true", False)
    assert "PACT_DO_NOT_TRACK" not in os.environ
    for name in FORMATS:
        text = (tmp_path / name).read_text()
        assert (verdict_in(name, text), "/items/kettle" in text) == ("fail", True), name


def pact_of(consumer: str, price: Any) -> dict[str, Any]:
    """A consumer that reads the kettle's price."""
    asked = {"method": "GET", "path": "/items/kettle"}
    one = {"description": "price", "request": asked, "response": {"status": 200, "body": {"price": price}}}
    return {
        "consumer": {"name": consumer},
        "provider": {"name": "shop"},
        "interactions": [{**one, "providerStates": [{"name": "there is a kettle"}]}],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }


def test_verify_without_who_makes_messages_is_unknown_unless_that_may_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, or 0 with `--fail-on fail` and a warning; it says what is missing, and asks nobody for messages."""
    message = {"description": "sold", "contents": {"id": 1}, "metaData": {}}
    document = {key: value for key, value in pact_of("web", 1).items() if key != "interactions"}
    (tmp_path / "pact.json").write_text(json.dumps({**document, "messages": [message]}))
    words = ["pact", "verify", "http://127.0.0.1:9", "--provider", "shop", "--source", str(tmp_path / "pact.json")]
    assert run_command([*words]) == 2
    assert run_command([*words, "--fail-on", "fail"]) == 0
    said = capsys.readouterr()
    assert "unknown  web → shop: sold" in said.out
    assert "web: sold: nothing makes the provider's messages; name a function" in said.out
    assert "warning: the verdict is unknown" in said.err


def described(*statuses: str) -> dict[str, Any]:
    """One operation with these answers; none without any."""
    answers = {status: {"description": status} for status in statuses}
    paths = {"/pots": {"get": {"operationId": "list_pots", "responses": answers}}} if statuses else {}
    return {"openapi": "3.0.3", "info": {"title": "pots", "version": "1"}, "paths": paths}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_diff_writes_every_format_into_a_file_or_on_stdout(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both the same, with the verdict and the operation that is no more."""
    words = ["diff", *sides(tmp_path, described("200"), described())]
    assert run_command([*words, "--format", name]) == 1
    said = capsys.readouterr().out
    assert run_command([*words, "--format", f"{name}={tmp_path / 'out'}"]) == 1
    assert (verdict_in(name, said), "list_pots" in said) == ("fail", True)
    assert (tmp_path / "out").read_text().rstrip() == said.rstrip()


@pytest.mark.parametrize(
    ("old", "new", "words", "code"),
    [
        (described("200"), described("200"), (), 0),
        (described("200"), described(), (), 1),
        (described("200"), described(), ("--fail-on", "fail"), 1),
        (described(), described("200"), (), 2),
        (described(), described("200"), ("--fail-on", "fail"), 0),
        (described("200"), {"no": "description"}, (), 3),
        (described("200"), None, (), 3),
        (described("200"), described("200"), ("--gate", "warnings"), 3),
        (described("200"), described("200"), ("--format", "html=/dev/null/x"), 4),
    ],
)
def test_diff_ends_as_its_verdict_says(
    old: Any, new: Any, words: Sequence[str], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 nothing broken, 1 broken, 2 nothing could be told, 3 no description or a mistyped word, 4 a file that cannot be written."""
    assert run_command(["diff", *sides(tmp_path, old, new), *words]) == code
    if code == 0 and words:
        assert "warning: the verdict is unknown" in capsys.readouterr().err


def sides(folder: Path, *documents: Any) -> list[str]:
    """Files of both; None is not written."""
    files = [folder / name for name in ("old.json", "new.json")]
    for file, document in zip(files, documents, strict=True):
        if document is not None:
            file.write_text(json.dumps(document))
    return [str(file) for file in files]
