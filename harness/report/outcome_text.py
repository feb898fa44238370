"""An Outcome as Markdown (a comment under a pull request) and as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from harness.model import Cause
from harness.report.html import environment
from harness.report.markdown import MARK, code, escaped, fenced
from harness.report.outcome import Outcome

MOST = 10
MOST_CURLS = 5
_TONE = {"error": "fail", "warning": "unknown", "note": "note"}


def render_outcome_markdown(outcome: Outcome) -> str:
    """Verdict, reasons, then at most ten causes, worst first."""
    lines = [f"## {MARK[outcome.verdict]}: {escaped(outcome.title)}", "", f"**{escaped(outcome.why)}**", ""]
    lines += [f"- {escaped(fact)}" for fact in outcome.facts]
    lines += [""] * bool(outcome.facts)
    shown = [one for one in outcome.causes if not one.accepted]
    for number, cause in enumerate(shown[:MOST]):
        lines += _cause(cause, with_curl=number < MOST_CURLS)
    if len(shown) > MOST:
        lines.append(f"\n… and {len(shown) - MOST} more.")
    known = sum(one.accepted for one in outcome.causes)
    if known:
        lines.append(f"\n{known} more {'is' if known == 1 else 'are'} accepted by the baseline.")
    return "\n".join(lines).rstrip() + "\n"


def _cause(cause: Cause, *, with_curl: bool) -> Iterator[str]:
    times = f" ({cause.count:,}×)" if cause.count > 1 else ""
    yield f"- **{cause.level}** · {code(cause.where)}: {escaped(cause.message)}{times}"
    if with_curl and cause.shown.curl:
        yield from fenced(cause.shown.curl)


def render_outcome_html(outcome: Outcome) -> str:
    """The whole page: every cause, with every operation that has it."""
    jinja = environment()
    style, _, _ = jinja.loader.get_source(jinja, "style.css")  # type: ignore[union-attr]  # it has the one that is ours
    return jinja.get_template("outcome.html.j2").render(
        outcome=outcome,
        causes=outcome.causes,
        tones=_TONE,
        style=Markup(style),  # noqa: S704  # ours
    )
