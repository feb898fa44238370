"""Our pages beside Locust's: Live, Faults, Contract, Audit, Runs. Rendered here; a small script swaps what has changed."""

from __future__ import annotations

import itertools
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gevent
from flask import Blueprint, Response, make_response, redirect, request, send_from_directory, url_for
from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.errors import HarnessError
from harness.model import words
from harness.ui.healing import heal_alone
from harness.ui.locust_ui import Cockpit
from harness.ui.metrics import TYPE, exposition
from harness.ui.parent import Refused
from harness.ui.picture import picture_of
from harness.ui.settings import MOST_LISTENERS
from harness.ui.topics import Topic

__all__ = ["add_pages"]

_MOST_SAID = 100

PAGES = ("live", "faults", "contract", "audit", "runs")
FILES = (
    "report.html",
    "report.md",
    "junit.xml",
    "summary.json",
    "run.json",
    "findings.jsonl",
    "faults.jsonl",
    "marks.jsonl",
    "windows.parquet",
    "failures.parquet",
)
FRAGMENTS: Mapping[str, tuple[Topic, ...]] = {
    "bar": (Topic.TEST,),
    "live_now": (Topic.TEST, Topic.FIGURES),
    "live_operations": (Topic.FIGURES,),
    "live_health": (Topic.TEST,),
    "faults_picture": (Topic.FAULTS,),
    "faults_table": (Topic.FAULTS,),
    "contract_findings": (Topic.FINDINGS,),
    "audit_results": (Topic.AUDIT,),
}
_HEARTBEAT_S = 15.0
_HEAL_S = 4.0  # what hurts the target shall end soon, also where the process that did it hangs
_KINDS_S = 2.0
_CSP = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
_CSP_REPORT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


def add_pages(cockpit: Cockpit) -> None:
    """Register everything under `/harness`."""
    pages = _Pages(cockpit)
    blueprint = Blueprint("harness", __name__, url_prefix=f"{cockpit.settings.base_path}/harness")
    guarded = cockpit.web_ui.auth_required_if_enabled

    def route(rule: str, name: str, view: Callable[..., Any], *methods: str) -> None:
        view_named = _named(name, view)
        blueprint.add_url_rule(rule, name, guarded(view_named), methods=list(methods) or ["GET"])

    for page in PAGES:
        route(f"/{page}", page, getattr(pages, page))
    route("/", "home", lambda: redirect(url_for("harness.live")))
    route("/compare", "compare", pages.compare)
    route("/runs/<run>/<name>", "run_file", pages.run_file)
    route("/comparisons/<name>", "comparison", pages.comparison)
    route("/fragment/<name>", "fragment", pages.fragment_page)
    route("/events", "events", pages.events)
    route("/series", "series", pages.series)
    route("/state", "state", pages.state)
    route("/metrics", "metrics", pages.metrics)
    route("/scenarios", "scenarios", pages.scenarios)
    route("/classes", "classes", pages.classes)
    route("/faults/add", "add_fault", pages.add_fault, "POST")
    route("/faults/heal", "heal", pages.heal, "POST")
    route("/faults/heal-all", "heal_all", pages.heal_all, "POST")
    route("/mark", "mark", pages.mark, "POST")
    route("/token", "give_token", pages.give_token, "POST")
    route("/stop", "stop", pages.stop, "POST")
    blueprint.add_url_rule("/static/<path:name>", "static_file", pages.static_file)
    cockpit.app.register_blueprint(blueprint)


class _Pages:
    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit
        self._parent = cockpit.parent
        self._rendered: dict[str, tuple[tuple[object, ...], str]] = {}
        self._listeners = 0
        self._kinds: list[dict[str, Any]] = []
        self._said: dict[str, str] = {}
        self._jinja = _jinja()

    def live(self) -> Response:
        """Charts, figures, expectations, health."""
        return self._page("live")

    def faults(self, *, said: str = "", errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
        """Edges, faults in force, a form for another, the log."""
        kinds, formless = self._kinds_of_faults()
        given = {key: value for key, value in request.form.items() if key != "csrf"}
        edges = self._parent.document(Topic.FAULTS)["edges"]
        about = {"kinds": kinds, "formless": formless, "edges": edges, "given": given}
        return self._page("faults", status, errors=errors or {}, said=said, **about)

    def contract(self) -> Response:
        """Findings and coverage."""
        return self._page("contract")

    def audit(self) -> Response:
        """What clients were told, and whether it is true."""
        return self._page("audit")

    def runs(self) -> Response:
        """Saved runs, the newest first."""
        return self._page("runs", **self._parent.ask("runs"))

    def compare(self) -> Response:
        """Two saved runs beside each other."""
        asked = {key: request.args.get(key, "")[:200] for key in ("base", "candidate")}
        return self._page("compare", **self._parent.ask("compare", asked, timeout=120.0))

    def run_file(self, run: str, name: str) -> Response:
        """A file of a run's folder, by names that we know."""
        if name not in FILES:
            return make_response("There is no such file.", 404)
        folder = self._parent.ask("run folder", {"run": run, "fresh": name == "report.html"})["folder"]
        response = send_from_directory(Path(folder).absolute(), name, as_attachment="download" in request.args)
        if name == "report.html":
            response.headers["Content-Security-Policy"] = _CSP_REPORT
        return response

    def comparison(self, name: str) -> Response:
        """The report of a comparison."""
        folder = self._parent.ask("comparison folder", {"name": name})["folder"]
        response = send_from_directory(Path(folder).absolute(), "report.html")
        response.headers["Content-Security-Policy"] = _CSP_REPORT
        return response

    def fragment_page(self, name: str) -> Response:
        """A part of a page as it stands now."""
        if name not in FRAGMENTS:
            return make_response("There is no such part.", 404)
        return make_response(self._fragment(name))

    def state(self) -> Response:
        """Everything at once, as JSON."""
        inside = ", ".join(f'"{topic.value}": {self._parent.shown(topic).text}' for topic in Topic)
        return make_response("{" + inside + "}", 200, {"Content-Type": "application/json"})

    def series(self) -> Response:
        """The seconds of the charts, and the version from which events go on."""
        series = self._parent.series
        text = json.dumps(series.whole(), separators=(",", ":"))
        return make_response(
            f'{{"version": {series.version}, "points": {text}}}', 200, {"Content-Type": "application/json"}
        )

    def metrics(self) -> Response:
        """For Prometheus."""
        documents = (
            self._parent.document(t) for t in (Topic.TEST, Topic.FIGURES, Topic.FAULTS, Topic.FINDINGS, Topic.AUDIT)
        )
        return make_response(exposition(*documents), 200, {"Content-Type": TYPE})

    def scenarios(self) -> Response:
        """What the start form offers."""
        offers = self._parent.ask("offers")
        return make_response(json.dumps(offers), 200, {"Content-Type": "application/json"})

    def classes(self) -> Response:
        """The user classes of a scenario's locustfile, or why there are none to tell: that runs what stands at its top."""
        if not self._cockpit.may_change:
            return make_response("Only who may start a test is told.", 403)
        try:
            told = self._parent.ask("classes", {"scenario": request.args.get("scenario", "")[:500]}, timeout=90.0)
        except HarnessError as error:
            told = {"classes": [], "chosen": [], "error": f"{error}"}
        return make_response(json.dumps(told), 200, {"Content-Type": "application/json"})

    def events(self) -> Response:
        """Server-sent events: `hello`, then each topic and `points` when they change."""
        if self._listeners >= MOST_LISTENERS:
            return make_response("Too many pages are open.", 503, {"Retry-After": "10"})
        after = request.args.get("after", "0")
        stream = self._stream(int(after) if after.isdigit() else 0, "data" in request.args)
        return Response(stream, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    def add_fault(self) -> Response:
        """A fault by hand, from the form."""
        form = {key: value for key, value in request.form.items() if key != "csrf"}
        answer = self._parent.ask("fault add", {"form": form}, who=self._cockpit.who)
        if answer.get("errors"):
            return self.faults(errors=answer["errors"], said=answer.get("message", ""), status=400)
        return self._back("faults", answer.get("message", ""))

    def heal(self) -> Response:
        """End one fault, as all are ended; what the parent refuses stays refused."""
        name = request.form.get("name", "")
        try:
            answer = self._parent.ask("fault heal", {"name": name}, who=self._cockpit.who, timeout=_HEAL_S)
            message = answer.get("message", "")
        except Refused:
            raise
        except HarnessError as error:
            message = f"{error.what} {self._healed_alone(name)}"
        return self._back("faults", message)

    def heal_all(self) -> Response:
        """End all faults: by the parent, which knows what it did; without its answer straight on Toxiproxy, by our names."""
        try:
            message = self._parent.ask("heal all", who=self._cockpit.who, timeout=_HEAL_S).get("message", "")
        except HarnessError as error:
            message = f"{error.what} {self._healed_alone()}"
        return self._back("faults", message)

    def _healed_alone(self, name: str | None = None) -> str:
        return heal_alone(self._parent.document(Topic.FAULTS), os.environ, name)

    def _kinds_of_faults(self) -> tuple[list[dict[str, Any]], str]:
        """The kinds for the form, or why there is none. They never change, so the page with *Heal all* need not wait for its parent."""
        if not self._kinds:
            try:
                self._kinds = list(self._parent.ask("fault kinds", timeout=_KINDS_S)["kinds"])
            except HarnessError as error:
                return [], f"{error}"
        return self._kinds, ""

    def mark(self) -> Response:
        """A note on the timeline."""
        answer = self._parent.ask("mark", {"text": request.form.get("text", "")[:500]}, who=self._cockpit.who)
        return self._back("live", answer.get("message", ""))

    def stop(self) -> Response:
        """End the test."""
        self._parent.ask("stop", who=self._cockpit.who)
        return self._back("live", "The test is being stopped.")

    def give_token(self) -> Response:
        """The access token, once per session."""
        from hmac import compare_digest

        token = self._cockpit.settings.token
        if token and compare_digest(request.form.get("token", "").encode(), token.encode()):
            self._cockpit.trust()
            return self._back("live", "You may now start tests and add faults.")
        gevent.sleep(0.5)  # whoever guesses shall wait
        return self._back("live", "That is not the access token.")

    def static_file(self, name: str) -> Response:
        """Our script and style; nothing secret is in them."""
        response = send_from_directory(Path(__file__).parent / "static", name)
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _page(self, name: str, status: int = 200, **more: Any) -> Response:
        said = more.pop("said", "") or self._said.pop(request.args.get("said", ""), "")
        csrf = self._cockpit.csrf
        versions = {topic.value: self._parent.shown(topic).version for topic in Topic}
        page = self._jinja.get_template(f"{name}.html.j2").render(
            page=name,
            csrf=csrf,
            may_change=self._cockpit.may_change,
            asks_token=bool(self._cockpit.settings.token),
            said=said,
            fragment=self._fragment,
            test=self._parent.document(Topic.TEST),
            versions=json.dumps(versions),
            **more,
        )
        return make_response(page, status, {"Content-Security-Policy": _CSP})

    def _fragment(self, name: str) -> str:
        """Rendered once per change, however many pages are open."""
        key = (*(self._parent.shown(topic).version for topic in FRAGMENTS[name]), self._cockpit.may_change)
        kept = self._rendered.get(name)
        if kept is None or kept[0] != key:
            documents = {topic.value: self._parent.document(topic) for topic in FRAGMENTS[name]}
            text = self._jinja.get_template(f"{name}.html.j2").render(
                **documents, csrf=self._cockpit.csrf, may_change=self._cockpit.may_change
            )
            kept = self._rendered[name] = (key, text)
        return kept[1]

    def _back(self, page: str, message: str) -> Response:
        """To the page that says it, once. By a name in its address: a cookie is one for all requests that are under way, so that *Heal all*
        beside a fault that was still being put on was answered with that fault's message."""
        name = secrets.token_urlsafe(9) if message else None
        if name is not None:
            self._said[name] = message[:1000]
        while len(self._said) > _MOST_SAID:  # nobody came for them
            self._said.pop(next(iter(self._said)))
        response: Response = redirect(url_for(f"harness.{page}", said=name), 303)  # type: ignore[assignment]  # a werkzeug Response
        return response

    def _stream(self, after: int, whole: bool) -> Iterator[str]:
        self._listeners += 1
        seen: dict[Topic, int] = {}
        parent = self._parent
        try:
            yield f"retry: 2000\nevent: hello\ndata: {json.dumps({'server': self._cockpit.csrf[:8]})}\n\n"
            quiet = 0.0
            for _ in itertools.count():
                if parent.gone:
                    yield f"event: gone\ndata: {json.dumps(parent.gone)}\n\n"
                    return
                sent = False
                for topic in Topic:
                    shown = parent.shown(topic)
                    if seen.get(topic) != shown.version:
                        seen[topic] = shown.version
                        sent = True
                        yield f"event: {topic.value}\ndata: {shown.text if whole else shown.version}\n\n"
                if after != parent.series.version:
                    missed = parent.series.since(after)
                    after = parent.series.version
                    sent = True
                    for text in missed if missed is not None else ['"reload"']:
                        yield f"event: points\ndata: {text}\n\n"
                quiet = 0.0 if sent else quiet + 1.0
                if quiet >= _HEARTBEAT_S:
                    quiet = 0.0
                    yield ": still here\n\n"
                parent.changed.wait(1.0)
        finally:
            self._listeners -= 1


def _named(name: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Flask wants a name of its own for each."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    wrapped.__name__ = name
    return wrapped


def _jinja() -> Environment:
    jinja = Environment(
        loader=PackageLoader("harness.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("seconds", "share", "count", "rate", "when"):
        jinja.filters[name] = _lenient(getattr(words, name))
    jinja.filters["millis"] = _lenient(words.millis)
    jinja.filters["kind_word"] = lambda text: str(text).replace("_", " ")
    jinja.globals["quantity"] = lambda value, unit: words.quantity(_number(value), unit)
    jinja.globals["picture_of"] = picture_of
    jinja.globals["pages"] = PAGES
    jinja.globals["url_for"] = url_for
    return jinja


def _lenient(show: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: show(_number(value))


def _number(value: Any) -> Any:
    """Infinity travels as text."""
    return float("inf") if value == "Infinity" else value
