"""No secret enters a run folder, wherever it was planted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.report import write_report
from harness.results import Mark, Mask, RunFolder, RunReader, RunRecord, RunWriter, Status, mask

WHEN = datetime(2026, 11, 24, tzinfo=UTC)
SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=6, max_size=24).map(
    lambda s: f"Zq9{s}"
)


@settings(max_examples=25)
@given(secret=SECRETS)
def test_a_known_secret_never_appears(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    """Planted in every place that is written, plain and percent-encoded, its value is in no file of the folder."""
    folder = RunFolder.create(tmp_path_factory.mktemp("run"), "demo", WHEN, "1")
    record = RunRecord(
        run=folder.name,
        scenario_name="demo",
        target=secret,
        scenario={"url": f"http://u:{secret}@h/"},
        started=WHEN.isoformat(),
    )
    writer = RunWriter(folder, record, Mask({secret: "$TOKEN"}))
    writer.finding(
        {
            "identity": "1",
            "level": "error",
            "source": "x",
            "operation": secret,
            "message": f"got {secret}",
            "first": {secret: [secret]},
        }
    )
    writer.fault({"fault": "slow", "evidence": quote(secret, safe="")})
    writer.mark(Mark(t_ns=1, text=secret))
    writer.history(
        [
            {
                "process": "a",
                "type": "ok",
                "f": "f",
                "key": secret,
                "value": json.dumps({"note": secret}),
                "error": secret,
            }
        ]
    )
    writer.finish(Status.INCOMPLETE, ended="", why=f"crashed at {secret}")
    write_report(RunReader.open(folder))
    spelled = (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
    for file in folder.path.iterdir():
        data = file.read_bytes()
        assert not any(form.encode() in data for form in spelled), file.name


@given(secret=st.text("abcdef0123456789", min_size=8, max_size=20).map(lambda s: f"Zq{s}"))
def test_an_unknown_secret_is_masked_by_its_place(secret: str) -> None:
    """Sensitive headers, query and body fields are masked by name."""
    cleaner = Mask()
    told = [
        json.dumps(mask({"Authorization": f"Bearer {secret}", "Cookie": secret, "X-Api-Key": secret, "Accept": "a"})),
        cleaner.text(f"GET /p?api_key={secret}&a=1 failed"),
        cleaner.text(f"Authorization: Bearer {secret}1"),
        cleaner.body(f'{{"user": "a", "password": "{secret}", "deep": [{{"client_secret": "{secret}"}}]}}'),
        cleaner.body(f"user=a&password={secret}"),
        json.dumps(cleaner.value({"headers": {"set-cookie": [secret]}})),
    ]
    assert secret not in "".join(told)


def test_what_is_no_secret_stays() -> None:
    """A reproduction keeps its keys, a curl line its variables, a sentence its words."""
    cleaner = Mask({"abcdef": "$TOKEN"})
    for text in (
        'curl -H "Authorization: Bearer $TOKEN" -H \'Idempotency-Key: r-1\' "$BASE/p?token=$TOKEN"',
        "Basic authentication is documented, 200 <= 250ms",
        '{"item":"kettle",  "quantity":1}',
    ):
        assert cleaner.text(text) == text
    assert cleaner.body('{"item":"kettle",  "quantity":1}') == '{"item":"kettle",  "quantity":1}'
    assert cleaner.value({"password": "$SHOP_PASSWORD", "n": 3}) == {"password": "$SHOP_PASSWORD", "n": 3}
