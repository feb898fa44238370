"""Locust's own web UI on the runs of the parent. The one module of this room that imports Locust, which patches the process.

Its page, tabs and charts stay Locust's. What stands behind them is ours: a start is asked of the parent, which may refuse it, and
every figure is the parent's. Leans on names of Locust 2.47: the endpoints of `locust.web.WebUI`, `LocalRunner.state`.
"""

from __future__ import annotations

import importlib.util
import secrets
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import locust
import locust.argument_parser
import locust.env
import locust.stats
import locust.web
from flask import Response, jsonify, make_response, redirect, render_template, request, session, url_for
from flask.wrappers import Response as FlaskResponse
from locust.runners import LocalRunner
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException

from harness.errors import BadInput, EnvironmentFailed, HarnessError
from harness.ui.gate import Asker, bearer_of, host_refused, may_change, refused
from harness.ui.logs import worker_logs
from harness.ui.parent import Parent
from harness.ui.settings import UiSettings
from harness.ui.statistics import CHARTED, LISTED, exceptions_csv, failures_csv, payload, requests_csv, state_for_page
from harness.ui.topics import Topic

__all__ = ["Cockpit"]

_SAFE = ("GET", "HEAD", "OPTIONS")
_OURS = ("harness", "locust")
_HEALING = ("harness.heal_all", "harness.heal")
_OPEN_TO_ALL = ("harness.give_token", "harness.sign_in")
_SESSION = "harness_trusted"


class Cockpit:
    """Locust's WebUI with its views taken over. `csrf` is what our pages hold, new with each start of the server."""

    def __init__(self, settings: UiSettings, parent: Parent) -> None:
        self.settings = settings
        self.parent = parent
        self.csrf = secrets.token_urlsafe(24)
        locust.stats.PERCENTILES_TO_STATISTICS = list(LISTED)
        locust.stats.PERCENTILES_TO_CHART = list(CHARTED)
        options = locust.argument_parser.get_parser(default_config_files=[]).parse_args([])
        self.environment = locust.env.Environment(
            user_classes=[], locustfile="harness", events=locust.events, parsed_options=options
        )
        self.runner = LocalRunner(self.environment)  # never started: it only holds what plugins look at
        self.environment.runner = self.runner
        self.web_ui: Any = locust.web.WebUI(
            self.environment,
            settings.host,
            settings.port,
            web_base_path=settings.base_path or None,
            web_login=settings.login,
            delayed_start=True,
        )
        self.app: Any = self.web_ui.app
        self._set_up_app()
        self._take_over()

    def load_plugin(self) -> None:
        """Load the user's file and tell it that Locust is there, as Locust itself does. Raises BadInput where it does not import."""
        if self.settings.plugin:
            path = Path(self.settings.plugin)
            spec = importlib.util.spec_from_file_location(f"harness_ui_plugin_{path.stem}", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.path.insert(0, str(path.parent))
            try:
                spec.loader.exec_module(module)
            except (Exception, SystemExit) as error:
                raise BadInput(f"The plugin {path} does not import: {type(error).__name__}: {error}.") from error
        events: Any = locust.events
        events.init.fire(environment=self.environment, runner=self.environment.runner, web_ui=self.web_ui)

    def asker(self) -> Asker:
        """Who sends the request of now."""
        headers = request.headers
        return Asker(
            host=headers.get("Host", ""),
            origin=headers.get("Origin", ""),
            fetch_site=headers.get("Sec-Fetch-Site", ""),
            csrf=headers.get("X-Harness-Csrf", "") or request.form.get("csrf", ""),
            bearer=bearer_of(headers.get("Authorization", "")),
            trusted=session.get(_SESSION) == self.csrf,
            signed_in=self._signed_in(),
        )

    def trust(self) -> None:
        """The session of now has shown the access token."""
        session[_SESSION] = self.csrf  # worth nothing after a restart, as the token itself may be another then

    @property
    def may_change(self) -> bool:
        """Whether the person of now may start tests and add faults."""
        return may_change(self.asker(), self.settings)

    @property
    def who(self) -> str:
        """For the log of who did what: the name that Locust's login knows, and where the request came from."""
        name = ""
        if self.settings.login:
            from flask_login import current_user

            name = str(current_user.get_id() or "") if current_user else ""
        return f"{name + ' ' if name else ''}from {request.remote_addr or 'somewhere'}"

    def page_of_locust(self) -> str:
        """Locust's page with a script of ours beside its own."""
        self.web_ui.update_template_args()
        test = self.parent.document(Topic.TEST)
        ours = {
            "state": state_for_page(test),
            "host": test.get("target_url", ""),
            "user_count": (test.get("now") or {}).get("users", 0),
            "num_users": test.get("users"),
            "is_distributed": True,  # its tab of workers shows the load processes
            "worker_count": max(1, len(test.get("workers") or ())),
            "history": _history(self.parent.series.whole()["all"], test.get("zero_utc", "")),
            "missing_host_warning": False,
            "override_host_warning": False,
            "locustfile": test.get("scenario", ""),
        }
        self.web_ui.template_args = {**self.web_ui.template_args, **ours}
        page = render_template("index.html", template_args=self.web_ui.template_args)
        head = Markup(
            '<meta name="harness-csrf" content="{}"><meta name="harness-changes" content="{}">'
            '<link rel="stylesheet" href="./harness/static/frame.css"><script defer src="./harness/static/frame.js"></script></head>'
        ).format(self.csrf, "yes" if self.may_change else "no")
        return str(page.replace("</head>", head, 1))

    def _set_up_app(self) -> None:
        app = self.app
        app.debug = False
        app.secret_key = secrets.token_bytes(32)
        app.config.update(
            SESSION_COOKIE_SAMESITE="Strict", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_NAME="harness_ui"
        )
        app.config["MAX_CONTENT_LENGTH"] = 1 << 20
        app.before_request(self._let_in)
        app.after_request(_harden)
        app.wsgi_app = _WithoutCors(app.wsgi_app)
        app.register_error_handler(HarnessError, _told)

    def _let_in(self) -> Response | None:
        """Runs before every request, those of Locust's own views and of plugins too."""
        asker, endpoint = self.asker(), request.endpoint or ""
        if request.method in _SAFE:
            why = host_refused(asker, self.settings)
        elif endpoint.partition(".")[0] not in _OURS:  # a plugin's own form, such as a login: it knows no token of ours
            why = refused(
                Asker(host=asker.host, origin=asker.origin, fetch_site=asker.fetch_site, csrf=self.csrf),
                self.settings,
                self.csrf,
                heal=True,
            )
        elif endpoint in _OPEN_TO_ALL:
            why = refused(asker, self.settings, self.csrf, heal=True)
        else:
            why = refused(asker, self.settings, self.csrf, heal=endpoint in _HEALING)
        if not why:
            return None
        if endpoint.startswith("locust."):  # its page shows the message of a JSON answer
            return make_response(jsonify(success=False, message=why, errors={}), 403)
        return make_response(f"{escape(why)}\n", 403, {"Content-Type": "text/plain; charset=utf-8"})

    def _signed_in(self) -> bool:
        if not self.settings.login:
            return False
        from flask_login import current_user

        return bool(getattr(current_user, "is_authenticated", False))

    def _take_over(self) -> None:
        views: dict[str, Callable[..., Any]] = {
            "index": self._index,
            "swarm": self._swarm,
            "stop": self._stop,
            "reset_stats": self._reset,
            "stats_report": self._report,
            "request_stats": self._request_stats,
            "request_stats_csv": self._csv_of(lambda: requests_csv(self.parent.document(Topic.FIGURES)), "requests"),
            "failures_stats_csv": self._csv_of(lambda: failures_csv(self.parent.document(Topic.FIGURES)), "failures"),
            "exceptions_csv": self._csv_of(lambda: exceptions_csv(self._problems()), "exceptions"),
            "exceptions": self._exceptions,
            "tasks": self._tasks,
            "logs": self._logs,
            "update_user": self._update_user,
            "get_worker_count": lambda: {
                "worker_count": max(1, len(self.parent.document(Topic.TEST).get("workers") or ()))
            },
        }
        for name, view in views.items():
            endpoint = f"locust.{name}"
            if endpoint not in self.app.view_functions:
                raise EnvironmentFailed(
                    f"Locust {locust.__version__} has no view `{name}`, which the cockpit takes over.",
                    "Install locust 2.47.",
                )
            self.app.view_functions[endpoint] = self.web_ui.auth_required_if_enabled(_named(name, view))

    def _index(self) -> str:
        return self.page_of_locust()

    def _swarm(self) -> Response:
        form = {key: value for key, value in request.form.items() if key != "csrf"}
        if "user_classes" in form:  # Locust's page and programs send it once for each
            form["user_classes"] = ",".join(request.form.getlist("user_classes"))
        answer = self.parent.ask("start", {"form": form}, who=self.who)
        return jsonify(host=answer.get("host", ""), **{k: v for k, v in answer.items() if k != "host"})

    def _stop(self) -> Response:
        self.parent.ask("stop", who=self.who)
        return jsonify(success=True, message="Test stopped")

    def _reset(self) -> Response:
        why = "A run's figures are kept as they are. Stop it and start again: that is a run of its own."
        return make_response(why, 409)

    def _report(self) -> Any:
        run = self.parent.document(Topic.TEST).get("run", "")
        if not run:
            return make_response("There is no run yet: start a test first.", 404)
        download: dict[str, Any] = {"download": "1"} if request.args.get("download") else {}
        return redirect(url_for("harness.run_file", run=run, name="report.html", **download))

    def _request_stats(self) -> Response:
        test, figures = self.parent.document(Topic.TEST), self.parent.document(Topic.FIGURES)
        self.runner.state = state_for_page(test)
        return jsonify(payload(test, figures))

    def _csv_of(self, text: Callable[[], str], name: str) -> Callable[[], Response]:
        def view() -> Response:
            run = self.parent.document(Topic.TEST).get("run") or "none"
            head = {"Content-Type": "text/csv", "Content-Disposition": f'attachment;filename="{run}_{name}.csv"'}
            return make_response(text(), 200, head)

        return view

    def _problems(self) -> list[str]:
        return list(self.parent.document(Topic.TEST).get("problems") or ())

    def _exceptions(self) -> Response:
        rows = [
            {
                "count": 1,
                "msg": text.strip().splitlines()[-1] if text.strip() else "",
                "traceback": text,
                "nodes": "local",
            }
            for text in self._problems()
        ]
        return jsonify(exceptions=rows)

    def _tasks(self) -> Response:
        """Which share of the requests each operation has: what was done, beside Locust's own tab of what was meant."""
        figures = self.parent.document(Topic.FIGURES)
        total = (figures.get("overall") or {}).get("requests") or 0
        shares = {one["name"]: {"ratio": one["requests"] / total} for one in figures.get("operations") or () if total}
        return jsonify(per_class=None, total=shares or None)

    def _logs(self) -> Response:
        lines = [
            f"[{line['utc']}] {'ERROR' if line['level'] == 'error' else 'INFO'}: {line['text']}"
            for line in self.parent.document(Topic.LOG).get("lines") or ()
        ]
        run = self.parent.document(Topic.TEST).get("run", "")
        return jsonify(master=lines, workers=worker_logs(Path(self.settings.reports) / "runs", run))

    def _update_user(self) -> Response:
        return make_response("Users are changed in the scenario, or in the locustfile.", 409)


class _WithoutCors:
    """Locust lets any site read everything (`Access-Control-Allow-Origin: *`); behind a login, or beside faults, that is a hole."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            return start_response(status, kept, *rest)

        return self._inner(environ, start)  # type: ignore[no-any-return]


def _harden(response: FlaskResponse) -> FlaskResponse:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _told(error: HarnessError) -> Response:
    if request.endpoint and request.endpoint.startswith("locust."):
        return make_response(jsonify(success=False, message=f"{error.what} {error.todo}".strip(), errors={}), 200)
    return make_response(f"{error}\n", 409, {"Content-Type": "text/plain; charset=utf-8"})


def _named(name: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Locust's decorator copies the name of what it wraps, and its own blueprint turns our errors into a status of 500."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except HarnessError as error:
            return _told(error)
        except HTTPException:
            raise

    wrapped.__name__ = name
    return wrapped


def _history(points: Iterable[list[float | None]], zero_utc: str) -> list[dict[str, Any]]:
    """What Locust's charts begin with after a reload: one entry every other second."""
    from datetime import datetime, timedelta

    if not zero_utc:
        return []
    zero = datetime.fromisoformat(zero_utc)
    history = []
    for at, _asked, achieved, errors, p50, p95, p99, users, *_ in list(points)[::2]:
        time = (zero + timedelta(seconds=at or 0.0)).isoformat().replace("+00:00", "Z")
        quantiles = dict(zip(CHARTED, (p50, p95, p99), strict=True))
        history.append(
            {
                "time": time,
                "current_rps": [time, achieved or 0.0],
                "current_fail_per_sec": [time, errors or 0.0],
                "user_count": [time, users or 0],
                **{f"response_time_percentile_{share}": [time, value or 0] for share, value in quantiles.items()},
            }
        )
    return history
