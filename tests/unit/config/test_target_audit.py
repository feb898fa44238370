"""`audit:` of a target: as it is documented, and mistakes with their place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from harness.config import read_target
from harness.config.target_documents import HarnessDocument
from harness.errors import BadDocument
from harness.experiment.scenario_files import load_scenario
from harness.model import Effect, KeptRead, Target, TargetAudit

GOOD = """\
targets:
  mine:
    url: http://127.0.0.1:1
    audit:
      effects:
        place_order: order
        pay: {kind: payment, key: body /payment/reference}
        "POST /v1/*": {kind: other, key: header X-Request-Id}
      read: {command: ./what-is-kept.sh --all, timeout: 5s}
      rest: 3s
"""
SCENARIO = """\
name: kept
target: mine
load: {requests: [POST /x], profile: {name: load, rate: 1/s, for: 1s}}
audit: [effects-once]
"""
PAGE = (Path(__file__).parents[3] / "docs/your-service.md").read_text()


def read(place: Path, text: str) -> Target:
    (place / "harness.yaml").write_text(text)
    return read_target("mine", environ={}, start=place, builtin={})


def test_an_audit_reads_whole(tmp_path: Path) -> None:
    """Effects in their order, short and long; the command runs where the file is."""
    assert read(tmp_path, GOOD).audit == TargetAudit(
        effects=(
            Effect(operation="place_order", kind="order"),
            Effect(operation="pay", kind="payment", key="body /payment/reference"),
            Effect(operation="POST /v1/*", kind="other", key="header X-Request-Id"),
        ),
        read=KeptRead(command="./what-is-kept.sh --all", folder=str(tmp_path), timeout=5.0),
        rest=3.0,
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("place_order: order", "place_order: {knd: order}", 6, "Did you mean `kind`"),
        ("place_order: order", "place_order: 'an order'", 6, "pattern"),
        ("body /payment/reference", "body payment", 7, "write `header NAME`"),
        ("header X-Request-Id", "header 'a b'", 8, "write `header NAME`"),
        ("header X-Request-Id", "X-Request-Id", 8, "or `body /pointer`"),
        ("command: ./what-is-kept.sh --all, ", "", 9, "exactly one of command, url"),
        ("./what-is-kept.sh --all", "a, url: 'http://127.0.0.1:1/'", 9, "exactly one of command, url"),
        ("./what-is-kept.sh --all", "''", 9, "the command is empty"),
        ("./what-is-kept.sh --all", '"./x \'y"', 9, "No closing quotation"),
        ("command: ./what-is-kept.sh --all", "url: /admin/kept", 9, "pattern"),
        ("      rest: 3s", "      rest: soon", 10, "duration"),
        ("      rest: 3s", "      rests: 3s", 10, "Did you mean `rest`"),
        (
            "      read: {command: ./what-is-kept.sh --all, timeout: 5s}\n",
            "",
            4,
            "`targets.mine.audit.read` is missing",
        ),
        (
            "effects:\n        place_order: order",
            "effects: {}\n      effect:\n        place_order: order",
            6,
            "`effect` is not",
        ),
    ],
)
def test_a_mistake_names_its_place(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    """The line, and what to write instead."""
    assert old in GOOD
    with pytest.raises(BadDocument) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert says in str(caught.value)
    assert caught.value.line == line, str(caught.value)


def test_a_target_that_nobody_can_read_is_no_target_of_effects_once(tmp_path: Path) -> None:
    """The scenario's line, and what to add to the target; with that it reads."""
    (tmp_path / "harness.yaml").write_text("targets: {mine: {url: 'http://127.0.0.1:1'}}\n")
    (tmp_path / "kept.yaml").write_text(SCENARIO)
    with pytest.raises(BadDocument, match="Nobody says what target `mine` keeps") as caught:
        load_scenario(str(tmp_path / "kept.yaml"), {})
    assert (caught.value.line, "audit: {effects:" in caught.value.todo) == (4, True)
    (tmp_path / "harness.yaml").write_text(GOOD)
    assert load_scenario(str(tmp_path / "kept.yaml"), {}).audit == ("effects-once",)
    (tmp_path / "kept.yaml").write_text(SCENARIO.replace("target: mine", "target: reference"))
    assert load_scenario(str(tmp_path / "kept.yaml"), {}).audit == ("effects-once",)


def test_what_the_docs_show_can_be_written(tmp_path: Path) -> None:
    """Every `effects:` of docs/your-service.md."""
    shown = re.findall(r"^```yaml\n(effects:.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert len(shown) == 1
    for text in shown:
        inside = "".join(f"      {line}\n" for line in text.splitlines())
        target = read(
            tmp_path,
            f"targets:\n  mine:\n    url: http://127.0.0.1:1\n    audit:\n{inside}      read: {{command: x}}\n",
        )
        assert target.audit is not None
        assert [effect.key for effect in target.audit.effects] == ["header X-Request-Id", "body /payment/reference"]


def test_the_targets_in_the_docs() -> None:
    """Every one of docs/your-service.md."""
    shown = re.findall(r"^```yaml\n(targets:.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    read = [HarnessDocument.model_validate(YAML(typ="safe").load(text)) for text in shown]
    assert [one.audit is not None for document in read for one in document.targets.values()] == [True, True]


def test_the_published_schema_takes_the_short_form() -> None:
    """An editor must not underline `place_order: order`."""
    schema = HarnessDocument.model_json_schema(by_alias=True)["$defs"]["TargetAuditDocument"]
    kinds = schema["properties"]["effects"]["additionalProperties"]["anyOf"]
    assert [one.get("type") or one["$ref"] for one in kinds] == ["string", "#/$defs/EffectDocument"]
