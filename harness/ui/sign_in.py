"""A login for `--web-login` without a plugin: whoever knows the access token comes in."""

from __future__ import annotations

import hmac
from typing import Any

import gevent
from flask import redirect, request, session, url_for
from flask_login import UserMixin, login_user

from harness.ui.gate import bearer_of
from harness.ui.locust_ui import Cockpit

__all__ = ["add_sign_in", "let_programs_in"]


_NEXT = "harness_next"


class _Holder(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """Somebody who knows the token."""

    def get_id(self) -> str:
        return "token"


def let_programs_in(cockpit: Cockpit) -> None:
    """With a login, too, whoever sends the access token in a header needs no form: a script, or Prometheus. A plugin's own loader stays."""
    manager, token = cockpit.web_ui.login_manager, cockpit.settings.token
    if token and manager._request_callback is None:  # noqa: SLF001 - flask-login has no other way to ask
        manager.request_loader(lambda asked: _Holder() if _bears(asked, token) else None)


def _bears(asked: Any, token: str) -> bool:
    return hmac.compare_digest(bearer_of(asked.headers.get("Authorization", "")).encode(), token.encode())


def add_sign_in(cockpit: Cockpit) -> None:
    """Locust's own login page with one field."""
    web_ui, app = cockpit.web_ui, cockpit.app
    prefix = cockpit.settings.base_path

    web_ui.login_manager.user_loader(lambda name: _Holder() if name == "token" else None)
    web_ui.auth_args = {
        "custom_form": {
            "inputs": [
                {"label": "Access token (HARNESS_UI_TOKEN)", "name": "token", "is_secret": True, "is_required": True},
            ],
            "callback_url": f"{prefix}/harness/sign-in",
            "submit_button_text": "Sign in",
        }
    }

    def remember() -> None:
        """Locust's login page is told where somebody wanted to go, and does not send it on."""
        wanted = request.args.get("next", "")
        if request.endpoint == "locust.login" and request.method == "GET" and _is_here(wanted, prefix):
            session[_NEXT] = wanted

    app.before_request(remember)

    def sign_in() -> Any:
        given = request.form.get("token", "")
        if hmac.compare_digest(given.encode(), cockpit.settings.token.encode()):
            login_user(_Holder())
            cockpit.trust()
            return redirect(session.pop(_NEXT, "") or url_for("locust.index"))
        gevent.sleep(0.5)  # whoever guesses shall wait
        session["auth_error"] = "That is not the access token."
        return redirect(url_for("locust.login"))

    app.add_url_rule(f"{prefix}/harness/sign-in", "harness_sign_in", sign_in, methods=["POST"])


def _is_here(path: str, prefix: str) -> bool:
    """Whether a path is one of ours: on no other host, which browsers also read into `//host` and into backslashes (CWE-601)."""
    return path.startswith(f"{prefix}/") and not path.startswith("//") and path.isprintable() and "\\" not in path
