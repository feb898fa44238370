"""Breaking changes: the rules, whom they hurt, and where they stand."""

from __future__ import annotations

import copy
import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import graphql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract import parse_description
from harness.contract.diff import OURS, RULES, Calendar, Change, description_changes
from harness.contract.diff.compare import compare
from harness.contract.diff.findings import Lines, findings_of
from harness.contract.diff.pact_sets import pact_changes
from harness.contract.diff.schema_language import graphql_changes
from harness.contract.diff.sources import Side, read_side
from harness.contract.pact_file import parse_pact
from harness.errors import BadDocument, BadInput
from harness.experiment.diff_command import compare_sides
from harness.model import Level, Verdict
from tests.unit.contract.diff_cases import DOCUMENTS, INNER, KINDS, SCHEMAS, SINCE, document, holding, obj

TODAY = date(2026, 11, 25)
HERE = Path(__file__).parent
PLACES = (*KINDS, "request-header")
ROOT = HERE.parents[2]


def changes(old: Any, new: Any, days: int = 0) -> tuple[Change, ...]:
    """Between two documents."""
    before, after = (
        parse_description(json.dumps(one).encode(), source="x.json", target_url="http://127.0.0.1")
        for one in (old, new)
    )
    return description_changes(before, after, Calendar(today=TODAY, grace_days=days))


def rules(old: Any, new: Any, days: int = 0) -> set[str]:
    """The rules that tell a difference."""
    return {one.rule for one in changes(old, new, days)}


def expected() -> dict[str, set[str]]:
    """What each schema at each place must tell: `diff_expected.tsv`, compared with oasdiff's own."""
    rows = (line.split("\t") for line in (HERE / "diff_expected.tsv").read_text().splitlines())
    return {name: set(told.split()) for name, told in rows}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_difference_between_documents_is_told_by_its_rule(name: str) -> None:
    """And by no other."""
    old, new, days, told = DOCUMENTS[name]
    assert rules(old, new, days) == told


@pytest.mark.parametrize("place", PLACES)
def test_every_difference_between_schemas_is_told_by_its_rule(place: str) -> None:
    """At every place where a schema may stand: what hurts who sends does not hurt who reads."""
    found = {
        f"{place}: {name}": rules(holding(place, old), holding(place, new)) for name, (old, new) in SCHEMAS.items()
    }
    assert found == {name: told for name, told in expected().items() if name.startswith(f"{place}: ")}


def test_no_rule_of_the_table_is_dead() -> None:
    """Each is told by a case of these tests."""
    told = set().union(*(case[3] for case in DOCUMENTS.values()), *expected().values(), INNER.values())
    told |= set().union(*(case[2] for case in SINCE.values()))
    assert set(RULES) - told == set()


def test_every_rule_is_listed_in_the_docs() -> None:
    """docs/diff.md names each, under its level."""
    page = (ROOT / "docs" / "diff.md").read_text()
    for level in Level:
        block = page.split(f"<!-- {level} -->")[1].split("<!-- end -->")[0]
        listed = {word.strip("`,*.") for word in block.split() if word.startswith(("`", "*`"))}
        assert listed == {rule for rule, one in RULES.items() if one is level}
    assert set(OURS) < set(RULES)


@pytest.mark.parametrize(
    "name", sorted(p.name for p in (ROOT / "tests" / "documents").glob("*.json") if p.stat().st_size < 400_000)
)
def test_a_document_does_not_differ_from_itself(name: str) -> None:
    """Real ones, recursive ones among them."""
    text = json.loads((ROOT / "tests" / "documents" / name).read_text(encoding="utf-8-sig"))
    assert changes(text, copy.deepcopy(text)) == ()


schemas = st.recursive(
    st.sampled_from([{"type": "string"}, {"type": "integer", "maximum": 3}, {"type": ["string", "null"]}, {}]),
    lambda inner: (
        st.builds(lambda a, b: obj({"a": a, "b": b}, ("a",)), inner, inner) | st.builds(lambda a: {"anyOf": [a]}, inner)
    ),
    max_leaves=6,
)


@given(schemas, schemas, st.sampled_from(PLACES))
def test_every_pair_of_schemas_is_compared_and_equal_ones_are_equal(old: Any, new: Any, place: str) -> None:
    """Nothing raises; a rule's level is the table's."""
    assert changes(holding(place, old), holding(place, copy.deepcopy(old))) == ()
    assert all(one.level is RULES[one.rule] for one in changes(holding(place, old), holding(place, new)))


def two(schema: Any) -> dict[str, Any]:
    """Two operations that answer with the same schema."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}
    listed = {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}}
    read = {"operationId": "read", "responses": {"200": {"description": "", "content": content}}}
    everything = {"operationId": "list", "responses": {"200": {"description": "", "content": listed}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "x", "version": "1"},
        "paths": {"/items/{id}": {"get": read}, "/items": {"get": everything}},
        "components": {"schemas": {"Item": schema}},
    }


def test_a_schema_that_many_refer_to_is_told_once_with_all_who_feel_it() -> None:
    """Even where it is reached on different ways."""
    item = obj({"price": {"type": "integer"}}, ("price",))
    (change,) = changes(two(item), two(obj({"price": {"type": "string"}}, ("price",))))
    assert (change.rule, change.operations) == ("response-property-type-changed", ("read", "list"))
    assert change.pointer == "/components/schemas/Item/properties/price"
    assert change.message == "Item.price: the type went from integer to string"


def test_a_recursive_schema_ends() -> None:
    """A tree whose leaf changed."""
    tree = {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}
    old, new = (two(obj({**tree, "leaf": {"type": kind}})) for kind in ("string", "integer"))
    assert {one.place[-1] for one in changes(old, new)} == {"leaf"}


def pact(consumer: str, answer: Any, path: str = "/items/1", **request: Any) -> Any:
    """A consumer that reads something."""
    row = {
        "description": path,
        "request": {"method": "GET", "path": path, **request},
        "response": {"status": 200, "body": answer},
    }
    return parse_pact(
        json.dumps({"consumer": {"name": consumer}, "provider": {"name": "shop"}, "interactions": [row]}), "p.json"
    )


def side(text: Any, name: str = "api.json") -> Side:
    """A description to compare."""
    return Side(name=name, kind="openapi", text=json.dumps(text).encode())


def test_who_relies_on_what_changed_is_named_and_the_others_are_not() -> None:
    """One reads the price, one only the name; only the first is hurt. `relied_on` makes notes of the rest."""
    old = two(obj({"price": {"type": "integer"}, "name": {"type": "string"}, "size": {"type": "string"}}))
    new = two(obj({"price": {"type": "string"}, "name": {"type": "string"}, "size": {"type": "integer"}}))
    pacts = [pact("till", {"price": 3}), pact("web", [{"name": "kettle"}], "/items")]
    told = compare(side(old), side(new), Calendar(today=TODAY), pacts, relied_on=True)
    assert [(one.place[-1], one.consumers, one.level) for one in told] == [
        ("price", ("till",), Level.ERROR),
        ("size", (), Level.NOTE),
    ]


def test_a_change_of_the_whole_service_hurts_every_consumer() -> None:
    """A key that is called otherwise is no note, whatever a pact calls."""
    old, new = (
        {
            **document({}, method="get"),
            "components": {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": name}}},
        }
        for name in ("key", "token")
    )
    pacts = [pact("till", {}, "/a"), pact("web", {}, "/elsewhere")]
    (change,) = compare(side(old), side(new), Calendar(today=TODAY), pacts, relied_on=True)
    assert (change.level, change.consumers) == (Level.ERROR, ("till", "web"))


def test_what_becomes_required_hurts_those_who_do_not_send_it() -> None:
    """A parameter that is sent already hurts nobody."""
    old = document({}, method="get")
    new = document(
        {"parameters": [{"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}}]}, method="get"
    )
    pacts = [pact("till", {}, "/a"), pact("web", {}, "/a", query="page=2")]
    (change,) = compare(side(old), side(new), Calendar(today=TODAY), pacts)
    assert change.consumers == ("till",)


def test_findings_stand_at_their_line() -> None:
    """In YAML and in JSON; what was removed, in the old one."""
    old = b"openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths:\n  /a:\n    get:\n      responses: {}\n  /b:\n    get:\n      responses: {}\n"
    new = b'{"openapi": "3.0.3", "info": {},\n "paths": {\n  "/a": {\n   "get": {"parameters": [\n     {"name": "q", "in": "query", "required": true}]}}}}'  # noqa: E501
    sides = Side(name="old.yaml", kind="openapi", text=old), Side(name="new.json", kind="openapi", text=new)
    found = findings_of(compare(*sides, Calendar(today=TODAY)), ("old.yaml", old), ("new.json", new))
    assert {(one.check, one.place, one.line) for one in found} == {
        ("api-path-removed-without-deprecation", "old.yaml", 8),
        ("new-required-request-parameter", "new.json", 5),
    }
    assert Lines(b"a: [").of(("a",)) == 0


GRAPHQL = 'type Query { item(id: ID!): Item old: Int @deprecated(reason: "gone") }\ntype Item { id: ID! price: Int }\nenum Kind { A B }\n'


def test_graphql_schemas(tmp_path: Path) -> None:
    """What breaks a query is an error, unless it was marked before; what may surprise is a warning."""
    (tmp_path / "old.graphql").write_text(GRAPHQL)
    new = (
        GRAPHQL.replace(" price: Int", "").replace(' old: Int @deprecated(reason: "gone")', "").replace("A B", "A B C")
    )
    (tmp_path / "new.graphql").write_text(new)
    told = compare(read_side(f"{tmp_path}/old.graphql"), read_side(f"{tmp_path}/new.graphql"), Calendar(today=TODAY))
    assert {(one.rule, one.level, one.operations) for one in told} == {
        ("graphql-field-removed", Level.ERROR, ("Item.price",)),
        ("graphql-field-removed", Level.WARNING, ("Query.old",)),
        ("graphql-value-added-to-enum", Level.WARNING, ("Kind.C",)),
    }


def test_graphql_changes_stand_in_a_line(tmp_path: Path) -> None:
    """Of the new schema, or of the old one for what was removed; an extension is no other place of its type."""
    old = '"""What is sold."""\ntype Item {\n  "Cents."\n  price: Int\n  name: String\n}\ntype Query {\n  item: Item\n}\nenum Kind {\n  A\n}\n'
    new = (
        old.replace('  "Cents."\n  price: Int\n', "").replace("  A\n", "  A\n  B\n")
        + "extend type Item {\n  more: Int\n}\n"
    )
    (tmp_path / "old.graphql").write_text(old)
    (tmp_path / "new.graphql").write_text(new)
    found = outcome(f"{tmp_path}/old.graphql", f"{tmp_path}/new.graphql").findings
    lines = {one.check: (Path(one.place).name, one.line) for one in found}
    assert lines == {"graphql-field-removed": ("old.graphql", 4), "graphql-value-added-to-enum": ("new.graphql", 10)}


def introspection(schema: str) -> str:
    """What a service answers that has this schema."""
    return json.dumps({"data": graphql.introspection_from_schema(graphql.build_schema(schema))})


@pytest.mark.parametrize("kinds", [("json", "json"), ("graphql", "json"), ("json", "graphql")])
def test_what_introspection_answers_is_compared_as_a_schema(tmp_path: Path, kinds: tuple[str, str]) -> None:
    """With another, and with the schema language."""
    write = {"json": introspection, "graphql": str}
    for name, kind, text in zip(("old", "new"), kinds, (GRAPHQL, GRAPHQL.replace(" price: Int", "")), strict=True):
        (tmp_path / f"{name}.{kind}").write_text(write[kind](text))
    told = outcome(f"{tmp_path}/old.{kinds[0]}", f"{tmp_path}/new.{kinds[1]}")
    assert told.verdict is Verdict.FAIL
    assert [(one.check, one.operation) for one in told.findings] == [("graphql-field-removed", "Item.price")]


def test_a_broken_introspection_is_named(tmp_path: Path) -> None:
    """As a bad document."""
    (tmp_path / "x.json").write_text('{"data": {"__schema": {}}}')
    with pytest.raises(BadDocument, match=r"x\.json"):
        outcome(f"{tmp_path}/x.json", f"{tmp_path}/x.json")


DEPRECATED = """
type Query { user(old: Int @deprecated, older: Int): User }
type User { name: Int @deprecated names: Int }
enum Kind { A @deprecated AB }
"""


@pytest.mark.parametrize(
    ("gone", "level"),
    [
        (" names: Int", Level.ERROR),
        (" name: Int @deprecated", Level.WARNING),
        (" AB", Level.ERROR),
        (" A @deprecated", Level.WARNING),
        (", older: Int", Level.ERROR),
        ("old: Int @deprecated, ", Level.WARNING),
    ],
)
def test_only_what_was_itself_deprecated_is_a_warning(gone: str, level: Level) -> None:
    """A name that begins as a deprecated one does is another one."""
    assert gone in DEPRECATED
    (change,) = graphql_changes(DEPRECATED, DEPRECATED.replace(gone, ""), old_source="old", new_source="new")
    assert change.level is level


def test_directives_that_only_schemas_hold_break_nobody() -> None:
    """Which of them introspection tells depends on the library of the server; one that queries hold counts."""
    old = GRAPHQL + "directive @oneOf on INPUT_OBJECT\ndirective @mine on FIELD\n"
    new = json.loads(introspection(GRAPHQL))["data"]
    new["__schema"]["directives"] = []
    told = graphql_changes(old, json.dumps(new), old_source="old", new_source="new")
    assert {one.message for one in told} == {f"Directive @{name} was removed." for name in ("mine", "include", "skip")}


def test_pact_sets() -> None:
    """What is relied on newly must be verified; what is no longer relied on may go."""
    before = [pact("web", {"price": 3}), pact("old", {})]
    after = [pact("web", {"price": "3"}), pact("till", {})]
    assert [(one.rule, one.level, one.consumers) for one in pact_changes(before, after)] == [
        ("pact-removed", Level.NOTE, ("old",)),
        ("pact-interaction-added", Level.WARNING, ("till",)),
        ("pact-interaction-changed", Level.WARNING, ("web",)),
    ]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a description and a pact on `main`, and other ones in the work tree."""
    monkeypatch.chdir(tmp_path)
    for words in (["init", "-q", "-b", "main"], ["config", "user.email", "a@b.test"], ["config", "user.name", "a"]):
        subprocess.run(["git", *words], check=True)
    (tmp_path / "api").mkdir()
    (tmp_path / "api/openapi.json").write_text(json.dumps(document({})))
    (tmp_path / "api/pacts").mkdir()
    (tmp_path / "api/pacts/web.json").write_text(json.dumps(pact("web", {}).document))
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", "commit", "-qm", "first"], check=True)
    (tmp_path / "api/openapi.json").write_text(json.dumps({**document({}), "paths": {}}))
    (tmp_path / "api/pacts/web.json").write_text(json.dumps(pact("web", {"price": 3}).document))
    return tmp_path


def outcome(old: str, new: str, **more: Any) -> Any:
    """As the command makes it."""
    given = {"pacts": (), "relied_on": False, "today": TODAY, "grace_days": 0, "gate": Level.ERROR, **more}
    return compare_sides(old, new, **given)


def test_a_revision_of_git_is_a_side(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file and a folder of pacts, from the top and from below."""
    told = outcome("main:api/openapi.json", "api/openapi.json")
    assert (told.verdict, [one.check for one in told.findings]) == (
        Verdict.FAIL,
        ["api-path-removed-without-deprecation"],
    )
    sets = outcome("main:api/pacts", "api/pacts", gate=Level.WARNING)
    assert (sets.verdict, [one.check for one in sets.findings]) == (Verdict.FAIL, ["pact-interaction-changed"])
    monkeypatch.chdir(checkout / "api")
    assert outcome("HEAD:openapi.json", "openapi.json").verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("nothing.json", "api/openapi.json", "`nothing.json` is not there"),
        ("nowhere:api/openapi.json", "api/openapi.json", "git knows no `nowhere:./api/openapi.json`"),
        ("main:api/other.json", "api/openapi.json", "git knows no `main:./api/other.json`"),
        ("main:api/pacts", "api/openapi.json", "of the kind pacts"),
        ("api", "api", "It is no pact"),
    ],
)
def test_what_cannot_be_compared_is_bad_input(checkout: Path, old: str, new: str, said: str) -> None:
    """Named, with what to write instead."""
    with pytest.raises(BadInput, match=said):
        outcome(old, new)


@pytest.mark.parametrize(("name", "text"), [("x.graphql", "type Query {"), ("x.json", "{"), ("x.yaml", "a: b")])
def test_a_broken_document_is_named(tmp_path: Path, name: str, text: str) -> None:
    """As a bad document, whichever side it is on."""
    (tmp_path / name).write_text(text)
    with pytest.raises(BadDocument, match=name):
        outcome(f"{tmp_path}/{name}", f"{tmp_path}/{name}")


def test_a_document_without_operations_proves_nothing(tmp_path: Path) -> None:
    """Unknown, not a pass."""
    (tmp_path / "x.json").write_text(json.dumps({**document({}), "paths": {}}))
    assert outcome(f"{tmp_path}/x.json", f"{tmp_path}/x.json").verdict is Verdict.UNKNOWN


def secured(*ways: Any) -> dict[str, Any]:
    """An operation that these alternatives open."""
    return document({"security": list(ways)})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ([{"a": []}], [{"a": [], "b": []}], {"api-security-removed"}),
        ([{"a": []}, {"b": []}], [{"a": [], "b": []}], {"api-security-removed"}),
        ([{"a": [], "b": []}], [{"a": []}], set()),
        ([{"a": []}], [{"b": []}, {"a": []}], set()),
        ([{"a": []}], [{}], set()),
        ([{"a": []}], [], set()),
        ([{}, {"a": []}], [{"a": []}], {"api-security-anonymous-access-removed"}),
        ([], [{"a": []}], {"api-security-anonymous-access-removed"}),
        ([{}, {"a": []}], [{"b": []}], {"api-security-anonymous-access-removed", "api-security-removed"}),
        ([{"o": ["r"]}], [{"o": ["r", "w"]}], {"api-security-scope-added"}),
        ([{"o": ["r"]}], [{"o": ["w"]}, {"o": []}], set()),
        ([{"o": ["r"]}, {"o": ["w"]}], [{"o": ["w"]}], {"api-security-scope-added"}),
        ([{"o": ["r", "w"], "k": []}], [{"o": ["r"]}], set()),
        ([{"o": ["r"]}], [{"o": ["w"], "k": []}], {"api-security-removed"}),
    ],
)
def test_credentials_are_compared_by_whole_alternatives(old: list[Any], new: list[Any], told: set[str]) -> None:
    """Who holds all of one old alternative has to hold all of some new one."""
    assert rules(secured(*old), secured(*new)) == told
    assert rules({**document({}), "security": old}, {**document({}), "security": new}) == told


held = st.lists(st.dictionaries(st.sampled_from("abc"), st.lists(st.sampled_from("rw"), unique=True)), max_size=3)


@given(held, held)
def test_credentials_break_where_a_client_is_refused(old: list[Any], new: list[Any]) -> None:
    """By trying each old way against the new door; an alternative more never breaks."""

    def enters(keys: dict[str, list[str]]) -> bool:
        return any(all(n in keys and set(s) <= set(keys[n]) for n, s in way.items()) for way in new or [{}])

    assert bool(rules(secured(*old), secured(*new))) is not all(enters(way) for way in old or [{}])
    assert rules(secured(*old), secured(*(old or [{}]), *new)) == set()
