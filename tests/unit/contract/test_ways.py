"""Which requests may bring a documented status."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.statuses.send import as_kept, from_kept
from harness.contract.statuses.values import absent, known_values, path_values, with_path
from harness.contract.statuses.ways import SAFE_METHOD, Scene, statuses_of, ways, why_not
from harness.contract.statuses.witness import KEEP, MAX_BODY, Answer, Request, Witness, Witnesses
from harness.model.call import Taken
from harness.model.operation import Operation, Operations

BASE = "http://127.0.0.1:1/v1"
LIST = Operation(name="list", method="GET", template="/v1/items")
READ = Operation(name="read", method="GET", template="/v1/items/{id}")
MAKE = Operation(name="make", method="POST", template="/v1/items")
DROP = Operation(name="drop", method="DELETE", template="/v1/items/{id}")
STOP = Operation(name="stop", method="POST", template="/v1/items/{id}/stop")
ALL = Operations([LIST, READ, MAKE, DROP, STOP])
LOGIN = {"Authorization": "Bearer mine", "X-Tenant": "t"}
segments = st.text(
    st.characters(blacklist_characters="/", blacklist_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda text: text not in (".", ".."))


def seen(operation: Operation, path: str, status: int = 200, **more: Any) -> Witness:
    """An exchange; `sent` and `got` are bodies, `tagged` the answer's headers."""
    headers = LOGIN | more.get("headers", {})
    sent = Request(
        operation=operation.name, method=operation.method, url=BASE + path, headers=headers, body=more.get("sent", b"")
    )
    answer = Answer(status=status, headers=more.get("tagged", {}), body=more.get("got", b""))
    return Witness(request=sent, answer=answer, valid=more.get("valid", True))


def knowing(*every: Witness) -> Witnesses:
    """All of them kept."""
    known = Witnesses()
    for one in every:
        known.add(one)
    return known


def scene(operation: Operation, *every: Witness, **more: Any) -> Scene:
    """With keys that count."""
    return Scene(operation=operation, operations=ALL, known=knowing(*every), fresh=lambda: "fresh", **more)


def requests(status: int, about: Scene, *answers: Answer) -> list[Request]:
    """All that would be sent, if every way got these answers in turn."""

    def all_of() -> Iterator[Request]:
        for way in ways(status, about):
            given_ = iter(answers)
            try:
                request = next(way)
                while True:
                    yield request
                    request = way.send(next(given_, None))
            except StopIteration:
                continue

    return list(all_of())


def test_a_conditional_read_names_what_the_answer_gave() -> None:
    """The fresh answer's ETag and date, not the ones of some earlier time."""
    fresh = Answer(status=200, headers={"etag": '"2"', "last-modified": "Wed, 01 Jan 2025 00:00:00 GMT"})
    about = scene(READ, seen(READ, "/items/cup", tagged={"etag": '"1"'}))
    plain, by_tag, by_date = requests(304, about, fresh, fresh)
    assert plain.header("if-none-match") == ""
    assert by_tag.header("if-none-match") == '"2"'
    assert by_date.header("If-Modified-Since").endswith("2025 00:00:00 GMT")


def test_without_a_login_the_rest_of_the_headers_stays() -> None:
    """401 is asked for without credentials, then with wrong ones."""
    bare, wrong = requests(401, scene(READ, seen(READ, "/items/cup")))
    assert dict(bare.headers) == {"X-Tenant": "t"}
    assert wrong.header("authorization") == "Bearer nobody"


def test_another_identity_never_deletes_what_is_there() -> None:
    """What was served as DELETE is sent as somebody else only where it was refused before."""
    other = {"guest": {"Authorization": "Bearer other"}}
    served, refused = seen(DROP, "/items/cup", 204), seen(DROP, "/items/none", 404)
    sent = requests(403, scene(DROP, served, refused, identities=other))
    assert [(r.url, r.header("authorization")) for r in sent] == [(f"{BASE}/items/none", "Bearer other")]
    assert requests(403, scene(DROP, served, identities=other)) == []
    assert requests(403, scene(READ, seen(READ, "/items/cup"))) == []
    assert "identities" in why_not(403, scene(READ, seen(READ, "/items/cup")))


def test_what_is_not_there_keeps_its_form() -> None:
    """404 by an id, or by a text of the body."""
    assert {r.url for r in requests(404, scene(READ, seen(READ, "/items/acc-001?x=1")))} >= {
        f"{BASE}/items/acc-778?x=1"
    }
    sent = requests(404, scene(MAKE, seen(MAKE, "/items", 201, sent=b'{"item": "cup", "n": 2}')))
    assert {json.loads(r.body)["n"] for r in sent} == {2}
    assert "cup" not in {json.loads(r.body)["item"] for r in sent}


def test_a_key_is_fresh_unless_it_is_the_point() -> None:
    """422 comes by the key that was served before, with another body."""
    made = seen(MAKE, "/items", 201, sent=b'{"id": "cup", "n": 2}', headers={"Idempotency-Key": "used"})
    assert {r.header("idempotency-key") for r in requests(409, scene(MAKE, made))} == {"fresh"}
    same_key = [r for r in requests(422, scene(MAKE, made)) if r.header("idempotency-key") == "used"]
    assert same_key
    assert all(json.loads(r.body) != {"id": "cup", "n": 2} for r in same_key)


def test_too_much_is_no_value_at_all() -> None:
    """A body that only its size could be refused for would be taken where nobody looks at the size."""
    sent = requests(
        413, scene(MAKE, seen(MAKE, "/items", 201, sent=b"{}", headers={"Content-Type": "application/json"}))
    )
    assert [len(r.body) for r in sent] == sorted(len(r.body) for r in sent)
    assert {r.body.strip() for r in sent} == {b""}
    assert requests(413, scene(READ, seen(READ, "/items/cup"))) == []


def test_another_method_is_a_safe_one_and_none_where_only_reading_is_allowed() -> None:
    """405 must not be asked for with what changes something."""
    assert [r.method for r in requests(405, scene(READ, seen(READ, "/items/cup")))] == [SAFE_METHOD]
    assert requests(405, scene(READ, seen(READ, "/items/cup"), reads_only=True)) == []


def test_a_write_acts_only_on_what_this_check_made() -> None:
    """A list shows what was there before: good for reading, not for stopping or deleting."""
    listed = seen(LIST, "/items", got=b'{"items": [{"id": "old"}, {"id": 7}]}')
    made = seen(MAKE, "/items", 201, got=b'{"id": "new"}')
    link = {"id": Taken(call="make", statuses=("201",), pointer="/id")}
    known = knowing(listed, made, seen(READ, "/items/old"))
    assert list(known_values(READ, known, {}, ALL)) == [{"id": "old"}, {"id": "7"}]
    assert list(known_values(STOP, known, {}, ALL)) == []
    assert list(known_values(STOP, known, link, ALL)) == [{"id": "new"}]


def test_a_status_that_no_request_brings_says_what_it_would_take() -> None:
    """Nothing is sent for it."""
    about = scene(READ, seen(READ, "/items/cup"))
    for status in (418, 500, 502):
        assert requests(status, about) == []
        assert why_not(status, about)
    assert why_not(404, scene(READ)) == "the operation never answered"


@pytest.mark.parametrize(
    ("written", "first"), [("404", 404), ("4XX", 404), ("4xx", 404), ("2XX", 200), ("default", 404)]
)
def test_a_range_is_tried_by_what_is_usual_in_it(written: str, first: int) -> None:
    """Ranges and `default` are documented statuses, too."""
    assert statuses_of(written)[0] == first


@given(segments)
def test_path_values_are_read_back_as_they_were_written(value: str) -> None:
    """Whatever stands in a path, percent signs and blanks included."""
    url = with_path("/v1/items/{id}/stop", f"{BASE}/items/x/stop?q=1", {"id": value})
    assert path_values("/v1/items/{id}/stop", url) == {"id": value}
    assert urlsplit(url).query == "q=1"
    assert path_values("/v1/other/{id}", url) == {}


@given(st.from_regex(r"[a-z]{1,6}-?[0-9]{0,6}", fullmatch=True))
def test_an_absent_value_is_another_of_the_same_form(value: str) -> None:
    """Letters stay letters, digits digits, all else as it is."""
    for other in absent(value):
        assert other != value
        if not value.isdecimal():
            form = [re.sub("[0-9]", "9", re.sub("[a-z]", "a", text)) for text in (value, other)]
            assert form[0] == form[1]


@given(st.binary(max_size=200), st.lists(st.tuples(st.sampled_from([200, 201, 404]), st.booleans()), max_size=20))
def test_a_few_of_each_kind_are_kept_the_valid_first(body: bytes, told: list[tuple[int, bool]]) -> None:
    """Memory does not grow with the number of answers; a row carries all of an exchange."""
    known = Witnesses()
    for status, valid in told:
        known.add(seen(MAKE, "/items", status, sent=body, valid=valid))
    kept = list(known.of("make"))
    assert len(kept) <= 3 * KEEP
    assert [one.valid for one in known.good("make")] == sorted((one.valid for one in known.good("make")), reverse=True)
    assert [Witness.from_row(json.loads(json.dumps(one.to_row()))) for one in kept] == kept


def test_what_is_too_large_to_keep_is_blanks() -> None:
    """A replay says how many; a smaller body is kept to the byte."""
    small = seen(MAKE, "/items", sent=bytes(range(256))).request
    large = seen(MAKE, "/items", sent=b" " * (MAX_BODY + 1)).request
    assert from_kept(as_kept(small)) == small
    assert from_kept(as_kept(large)) == large
    assert len(json.dumps(as_kept(large))) < 1_000
    assert not knowing(Witness(request=large, answer=Answer(status=200))).good("make")
