"""Locust's web UI with a scripted parent: what is served, what is refused, what is escaped."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.experiment.cockpit.fault_form import described
from harness.model import Verdict
from harness.results import AuditCase, AuditSummary, Coverage, FindingSummary
from harness.ui import Topic
from harness.ui.settings import MOST_LISTENERS
from harness.ui.state import (
    AuditState,
    ContractCheck,
    CrewState,
    EdgeState,
    FaultsState,
    FaultState,
    FindingsState,
    Now,
    Points,
    TestState,
    WaitingWorker,
    WorkerState,
    empty,
)
from tests.integration.ui.conftest import Page, served

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("ui")]
ROOT = Path(__file__).resolve().parents[3]
MARKUP = "<script>alert(1)</script>\"'&"
CHANGES = ("swarm", "stop", "stats/reset", "user", "harness/faults/add", "harness/stop", "harness/mark")


def test_locusts_own_page_is_served_behind_the_prefix(page: Page) -> None:
    """With its script and ours, and links that stay inside the prefix; its assets come, too."""
    text = page.client.get("").text
    assert '<script type="module" crossorigin src="./assets/' in text
    assert "./harness/static/frame.js" in text
    assert page.client.get("harness/static/frame.js").status_code == 200
    assert page.client.get("assets/favicon-light.png").status_code == 200
    live = page.client.get("harness/live").text
    assert 'href="/team/locust/harness/faults"' in live
    assert httpx.get(f"http://127.0.0.1:{page.settings.port}/harness/live").status_code == 404


@pytest.mark.parametrize("path", ["", "harness/live", "stats/requests", "harness/state", "harness/metrics", "swarm"])
def test_no_other_site_may_read(page: Page, path: str) -> None:
    """Locust's `Access-Control-Allow-Origin: *` is gone from every answer, a preflight's too."""
    for answer in (
        page.client.get(path, headers={"Origin": "http://evil.example"}),
        page.client.options(path, headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}),
    ):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", CHANGES)
def test_nothing_changes_without_the_token_or_from_elsewhere(page: Page, path: str) -> None:
    """Each refused with a reason, and the parent is not even asked."""
    page.parent.asked.clear()
    good = {"X-Harness-Csrf": page.csrf}
    forged = [
        {},
        {**good, "Origin": "http://evil.example"},
        {**good, "Sec-Fetch-Site": "cross-site"},
        {**good, "Host": "x"},
    ]
    for headers in forged:
        answer = page.client.post(path, headers=headers)
        assert answer.status_code == 403, (path, headers)
        assert answer.text.strip()
    assert [what for what, _, _ in page.parent.asked if what not in ("fault kinds", "offers")] == []


def test_a_rebound_name_reads_nothing(page: Page) -> None:
    """Another name for 127.0.0.1 is not ours."""
    answer = page.client.get("harness/state", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert "--allow-host" in answer.text


def test_a_start_is_a_request_to_the_parent(page: Page) -> None:
    """With what the form says, and with whom; its no stands in the answer, field by field."""
    page.parent.answers["start"] = {"success": False, "message": "too fast", "errors": {"rate": "too fast"}}
    form = {"scenario": "a", "rate": "1e9/s"}
    answer = page.client.post("swarm", data=form, headers={"X-Harness-Csrf": page.csrf})
    assert answer.json() == {"success": False, "message": "too fast", "errors": {"rate": "too fast"}, "host": ""}
    what, body, who = page.parent.asked[-1]
    assert (what, body, who) == ("start", {"form": form}, "from 127.0.0.1")
    refused = page.client.post("stop", headers={"X-Harness-Csrf": page.csrf})
    assert "The parent does not do `stop`" in refused.json()["message"]


def test_names_with_markup_are_text(page: Page) -> None:
    """Of scenarios, edges, faults, findings and what the audit found, on every page."""
    crew = CrewState(expected=1, reports_at=MARKUP, waiting=(WaitingWorker(host=MARKUP, address=MARKUP),))
    workers = (WorkerState(number=1, state="running", where=MARKUP),)
    test = TestState(
        scenario=MARKUP, about=MARKUP, title=MARKUP, trouble=MARKUP, problems=(MARKUP,), crew=crew, workers=workers
    )
    page.show(Topic.TEST, test)
    fault = FaultState(
        name=MARKUP, edge=MARKUP, kind=MARKUP, describe=MARKUP, phase="in force", by=MARKUP, by_hand=True
    )
    page.show(Topic.FAULTS, FaultsState(target=MARKUP, edges=(EdgeState(name=MARKUP, proxy=MARKUP),), faults=(fault,)))
    finding = FindingSummary(identity="i", level="error", source=MARKUP, operation=MARKUP, message=MARKUP, curl=MARKUP)
    coverage = (Coverage(kind=MARKUP, seen=1, total=2, missing=(MARKUP,)),)
    checks = (ContractCheck(name=MARKUP, says=MARKUP),)
    page.show(Topic.FINDINGS, FindingsState(description=MARKUP, checks=checks, coverage=coverage, findings=(finding,)))
    case = AuditCase(message=MARKUP, fault=MARKUP, steps=(MARKUP,), curl=MARKUP, at_s=1.0)
    result = AuditSummary(check=MARKUP, verdict=Verdict.FAIL, why=MARKUP, checked=1, cases=(case,))
    page.show(Topic.AUDIT, AuditState(asked=(MARKUP,), recorded={MARKUP: {"ok": 1}}, results=(result,)))
    try:
        for name in ("live", "faults", "contract", "audit"):
            text = page.client.get(f"harness/{name}").text
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert" in text
        assert "<script>alert" not in page.client.get("").text
        list(text_string_to_metric_families(page.client.get("harness/metrics").text))
    finally:
        page.show(Topic.TEST, TestState())
        for topic, document in empty().items():
            page.show(topic, document)


def test_the_contract_is_shown_in_groups(page: Page) -> None:
    """Findings by level, the worst first, and by operation, each with its curl line; parts with where they stand; coverage as a bar."""
    some = (("error", "b", "e2"), ("note", "a", "n1"), ("error", "a", "e1"), ("error", "a", "e3"))
    findings = tuple(
        FindingSummary(
            identity=f"i{message}",
            level=level,
            source="oracle",
            operation=operation,
            message=message,
            curl=f"curl {message}",
        )
        for level, operation, message in some
    )
    coverage = (Coverage(kind="statuses", seen=3, total=4, missing=("a 404",)),)
    checks = (ContractCheck(name="answers under load", says="8 judged so far"),)
    page.show(Topic.FINDINGS, FindingsState(checks=checks, coverage=coverage, findings=findings))
    text = page.client.get("harness/contract").text
    heads = re.findall(r"<h3>.*?>(\w+)</span> <small>(\d+)<|<h4>(\w)</h4>|<b>(\w\d)</b>", text)
    assert ["".join(head) for head in heads] == ["error3", "a", "e1", "e3", "b", "e2", "note1", "a", "n1"]
    assert "<pre>curl e3</pre>" in text
    assert '<meter min="0" max="4" value="3">3 of 4</meter>' in text
    assert "a 404" in text
    assert 'under way</span></td><td class="says">8 judged so far' in text
    page.show(Topic.FINDINGS, FindingsState())


def test_the_audit_is_shown_before_and_after(page: Page) -> None:
    """Asked for, each check waits for the end, beside what clients were told so far; then it has its verdict, its reason and its cases."""
    told = {"order": {"ok": 1234, "fail": 5, "info": 6, "invoke": 1245}}
    page.show(Topic.AUDIT, AuditState(asked=("no-lost-orders",), recorded=told))
    before = page.client.get("harness/audit").text
    assert '<td>No-lost-orders</td><td><span class="v note">not yet</span>' in before
    assert '<td>order</td><td class="n">1,234</td><td class="n">5</td><td class="n">6</td>' in before
    case = AuditCase(message="o-1 is lost", at_s=3.5, fault="gone", steps=("told 202", "not there"), curl="curl o-1")
    result = AuditSummary(check="no-lost-orders", verdict=Verdict.FAIL, why="1 of 1,234", checked=1234, cases=(case,))
    page.show(Topic.AUDIT, AuditState(asked=("no-lost-orders",), recorded=told, results=(result,)))
    after = page.client.get("harness/audit").text
    assert "not yet" not in after
    assert '<span class="v fail">fail</span> no-lost-orders <small>1,234 looked at</small>' in after
    assert "<summary>o-1 is lost <small>at 3.5 s under gone</small></summary>" in after
    assert "<li>told 202</li><li>not there</li></ol><pre>curl o-1</pre>" in after
    page.show(Topic.AUDIT, AuditState())


def test_queued_and_dropped_arrivals_are_shown(page: Page) -> None:
    """Beside the requests in flight, of all and of each load process; once any was dropped, as something bad."""
    tile = re.compile(r'<div class="(\w*)"><dt>In flight · queued · dropped</dt><dd>(.*?)</dd>')
    for dropped, tone in ((0, ""), (7, "bad")):
        now = Now(open=12, queued=3, dropped=dropped)
        worker = WorkerState(number=1, state="running", queued=3, dropped=dropped)
        page.show(Topic.TEST, TestState(state="running", run="r", now=now, workers=(worker,)))
        text = page.client.get("harness/live").text
        (shown,) = tile.findall(text)
        assert shown == (tone, f"12 <small>·</small> 3 <small>·</small> {dropped}")
        assert f'<td class="n">3</td><td class="n">{dropped}</td>' in text
    page.show(Topic.TEST, TestState())


def test_a_long_trouble_is_folded(page: Page) -> None:
    """What happened stands in its first line; a log's last words under it are there for who asks."""
    page.show(Topic.TEST, TestState(trouble="It ended.\n one\n two\n <b>three"))
    text = page.client.get("harness/live").text
    assert re.search(r'role="alert">It ended\.<details id="trouble">.*&lt;b&gt;three</pre>', text, re.DOTALL)
    page.show(Topic.TEST, TestState(trouble="It ended.\n Start it."))
    assert '<p class="alert error" role="alert">It ended.\n Start it.</p>' in page.client.get("harness/live").text
    page.show(Topic.TEST, TestState())


def test_the_stream_tells_what_changes(page: Page) -> None:
    """Each topic with its document, and the seconds of the charts; a page that was away is told to load anew."""
    seen: dict[str, str] = {}
    with page.client.stream("GET", "harness/events?data=1&after=12345") as stream:
        event = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: "):
                if event not in seen and event == "log":  # the last topic: now something new
                    page.window.tell(Topic.TEST, TestState(says="hello"))
                    page.window.tell_points(Points(run="r", all=([1.0, 2.0],)))
                seen[event] = seen.get(event, "") + line[6:]
            if '"hello"' in seen.get("test", "") and '"run":"r"' in seen.get("points", ""):
                break
    assert {"hello", "test", "figures", "faults", "findings", "audit", "log", "points"} <= set(seen)
    assert seen["points"].startswith('"reload"')
    page.show(Topic.TEST, TestState())


def test_pages_that_were_left_open_do_not_pile_up(page: Page) -> None:
    """So many streams are served; one more is asked to come again later, and is served once another has gone."""
    opened: list[httpx.Response] = []

    def comes_in(several: ExitStack) -> bool:
        stream = several.enter_context(page.client.stream("GET", "harness/events"))
        if stream.status_code == 200:
            opened.append(stream)
        else:  # what is told finds out who has gone
            page.window.tell(Topic.TEST, TestState(says=secrets.token_hex()))
        return stream.status_code == 200

    with ExitStack() as several:
        while len(opened) < MOST_LISTENERS:
            assert any(comes_in(several) for _ in range(200))
        late = several.enter_context(page.client.stream("GET", "harness/events"))
        assert (late.status_code, late.headers.get("Retry-After")) == (503, "10")
        opened[0].close()
        assert any(comes_in(several) for _ in range(200))
    page.show(Topic.TEST, TestState())


def test_a_run_file_is_asked_for_by_names_we_know(page: Page, tmp_path: Path) -> None:
    """No other file, no path."""
    (tmp_path / "report.html").write_text("<p>the report</p>")
    (tmp_path / "secret.txt").write_text("secret")
    page.parent.answers["run folder"] = {"folder": str(tmp_path)}
    good = page.client.get("harness/runs/r/report.html")
    assert good.text == "<p>the report</p>"
    assert "default-src 'none'" in good.headers["Content-Security-Policy"]
    for name in ("secret.txt", "..%2fsecret.txt", "../../../../etc/passwd", "windows.parquet"):
        assert page.client.get(f"harness/runs/r/{name}").status_code == 404


def test_healing_works_without_the_parent(page: Page) -> None:
    """A parent that says no, or nothing, does not keep the page from trying itself; what came of it is said."""
    page.parent.answers.pop("heal all", None)
    answer = page.client.post("harness/faults/heal-all", data={"csrf": page.csrf}, follow_redirects=True)
    assert "No Toxiproxy is known." in answer.text


def test_of_two_requests_at_once_each_is_told_what_came_of_it(page: Page) -> None:
    """Both are sent before either page is asked for, by one browser; each page says its own message, once."""
    page.parent.answers["mark"] = {"message": "It is marked."}
    wanted = [page.client.post("harness/mark", data={"csrf": page.csrf, "text": text}) for text in ("one", "two")]
    pages = [page.client.base_url.join(one.headers["Location"]) for one in wanted]
    assert len(set(pages)) == 2
    told = [page.client.get(where).text.count('role="status"') for where in (*pages, *pages)]
    del page.parent.answers["mark"]
    assert told == [1, 1, 0, 0]


def test_heal_all_is_there_where_the_parent_says_nothing(page: Page) -> None:
    """Its page opens without the form, and says why; once the form was known, it stays."""
    kinds = page.parent.answers.pop("fault kinds")
    said = page.client.get("harness/faults").text
    assert "The form is missing. The parent does not do `fault kinds` here." in said
    assert ">Heal all</button>" in said
    assert "data-fault-form" not in said
    page.parent.answers["fault kinds"] = {"kinds": described()}
    assert "data-fault-form" in page.client.get("harness/faults").text
    page.parent.answers.pop("fault kinds")
    assert "data-fault-form" in page.client.get("harness/faults").text
    page.parent.answers["fault kinds"] = kinds


def test_wrong_fields_of_a_fault_are_told_beside_them(page: Page) -> None:
    """And what was typed stays."""
    page.parent.answers["fault kinds"] = {"kinds": described()}
    page.parent.answers["fault add"] = {"message": "Not put on.", "errors": {"latency.delay": "no duration"}}
    form = {"csrf": page.csrf, "edge": "db", "kind": "latency", "latency.delay": "soon", "for": "3s"}
    answer = page.client.post("harness/faults/add", data=form)
    assert answer.status_code == 400
    assert '<em role="alert">no duration</em>' in answer.text
    assert 'value="soon"' in answer.text
    page.parent.answers["fault add"] = {"message": "Not put on.", "errors": {"flap.every": "no time between"}}
    answer = page.client.post("harness/faults/add", data={**form, "flap.for": "5s", "flap.every": "5s"})
    assert '<em role="alert">no time between</em>' in answer.text


def test_whoever_is_not_signed_in_sees_nothing(abroad: Page) -> None:
    """Every page of Locust and of ours leads to the login; the stream and the metrics, too."""
    name = {"Host": "load.example"}
    for path in (
        "",
        "harness/live",
        "harness/events",
        "harness/metrics",
        "harness/state",
        "stats/requests",
        "harness/runs",
    ):
        assert abroad.client.get(path, headers=name).status_code in (302, 401), path


def test_signing_in_leads_where_somebody_wanted_to_go_and_nowhere_else(abroad: Page) -> None:
    """A path of ours that Locust's login was told of; no other host, in any spelling that a browser takes for one."""
    name = {"Host": "load.example", "Origin": "https://load.example"}
    for wanted, leads in (
        ("/harness/faults", "/harness/faults"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/harness/live\r\nX: y", "/"),
    ):
        with httpx.Client(base_url=abroad.settings.url, timeout=20) as browser:
            browser.get("login", params={"next": wanted}, headers=name)
            answer = browser.post("harness/sign-in", data={"token": "hunter2"}, headers=name)
            assert answer.headers["Location"] == leads, wanted


def test_the_token_signs_in_and_lets_change(abroad: Page) -> None:
    """A wrong one does not; a program sends it in a header."""
    name = {"Host": "load.example", "Origin": "https://load.example"}
    with httpx.Client(base_url=abroad.settings.url, timeout=20) as browser:
        wrong = browser.post("harness/sign-in", data={"token": "guess"}, headers=name)
        assert "/login" in wrong.headers["Location"]
        right = browser.post("harness/sign-in", data={"token": "hunter2"}, headers=name)
        assert "/login" not in right.headers["Location"]
        cookies = "; ".join(right.headers.get_list("set-cookie"))
        assert "HttpOnly" in cookies
        assert "SameSite=Strict" in cookies
        live = browser.get("harness/live", headers=name)
        assert live.status_code == 200
        assert "read-only" not in live.text
    abroad.parent.answers["stop"] = {"message": ""}
    for bearer, status in (("hunter2", 200), ("guess", 302)):  # behind a login, too, a program needs no form
        program = {"Host": "load.example", "Authorization": f"Bearer {bearer}"}
        assert abroad.client.get("harness/metrics", headers=program).status_code == status
        assert abroad.client.get("stats/requests", headers=program).status_code == status
    right = abroad.client.post("stop", headers={"Host": "load.example", "Authorization": "Bearer hunter2"})
    assert right.status_code < 400
    guess = abroad.client.post("stop", headers={"Host": "load.example", "Authorization": "Bearer guess"})
    assert guess.status_code == 403


def test_off_loopback_without_a_token_the_page_only_reads_and_heals(tmp_path: Path) -> None:
    """And says so."""
    with served(tmp_path, hosts=("load.example",)) as page:
        page.client.headers["Host"] = "load.example"
        assert "This page is read-only" in page.client.get("harness/live").text
        token = {"X-Harness-Csrf": page.csrf}
        assert "read-only" in page.client.post("swarm", data={"scenario": "a"}, headers=token).json()["message"]
        assert page.client.post("harness/faults/add", headers=token).status_code == 403
        page.parent.answers["heal all"] = {"message": "Healed: nothing was in force."}
        assert page.client.post("harness/faults/heal-all", headers=token).status_code == 303
        plugin_free = page.client.get("harness/state").text
        assert json.loads(plugin_free)["test"]["state"] == "ready"


def test_a_plugin_extends_locust_as_it_always_did(tmp_path: Path) -> None:
    """The one of docs/locust-ui.md: its `init` listener finds the web UI, and adds a route; here a table, too."""
    plugin = tmp_path / "mine.py"
    shown = re.search(r"```python\n(.*?)```", (ROOT / "docs/locust-ui.md").read_text(), re.DOTALL)
    assert shown is not None
    table = "    web_ui.template_args['extended_tabs'] = [{'title': 'Mine', 'key': 'mine'}]\n"
    plugin.write_text(shown[1] + table)
    with served(tmp_path, plugin=str(plugin)) as page:
        assert page.client.get("team").text == "Ask the payments team."
        assert '"title": "Mine"' in page.client.get("").text


def test_the_ui_goes_with_its_parent(tmp_path: Path) -> None:
    """A parent that is killed leaves no page behind; here its end of the link closes."""
    with served(tmp_path) as page:
        process = page.window._process
        page.window._link.close()
        assert process.wait(10) is not None
        with pytest.raises(httpx.ConnectError):
            page.client.get("")


def test_a_ui_that_died_is_told(tmp_path: Path) -> None:
    """With how it ended, so that whoever waits for it ends, too."""
    with served(tmp_path) as page:
        assert page.window.died() is None
        os.kill(page.window._process.pid, signal.SIGKILL)
        page.window._process.wait(10)
        died = page.window.died()
        assert died is not None
        assert "-9" in died.what
