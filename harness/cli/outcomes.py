"""How a command that finds things tells them: a short review on the terminal, or any of the formats, on stdout or into files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.terminal import note, out, say_json, say_text
from harness.errors import BadInput, EnvironmentFailed
from harness.model import Cause, Level

if TYPE_CHECKING:
    from harness.report import Outcome

SHOWN = 10
LINE = 240  # of a reproduction of what is no error
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME[=FILE]",
        help="github, html, json, junit, markdown or sarif: on stdout, or into FILE. May be repeated.",
    ),
]


def check_formats(formats: Sequence[str] | None) -> None:
    """Before any work is done. Raises BadInput for a format that nobody writes, and for two on stdout."""
    from harness.report import FORMATS, unknown_format

    bare = [one for one in formats or () if "=" not in one]
    for name, _ in _split(formats):
        if name not in FORMATS:
            raise unknown_format(name)
    if len(bare) > 1:
        raise BadInput(f"--format: {' and '.join(bare)} cannot both go to stdout.", f"Write --format {bare[1]}=FILE.")


def tell(outcome: Outcome, formats: Sequence[str] | None = None, *, json: bool = False) -> None:
    """Print and write it. Raises EnvironmentFailed where a file cannot be written."""
    from harness.report import document, render

    bare = ""
    for name, file in _split(formats):
        if file:
            write_text(Path(file), render(name, outcome))
            note(f"{name} report: {file}")
        else:
            bare = name
    if json:
        say_json(document(outcome))
    elif bare:
        say_text(render(bare, outcome))
    else:
        for line in review(outcome):
            out.print(line, markup=False)


def review(outcome: Outcome, most: int = SHOWN) -> Iterator[str]:
    """At most ten causes, worst first, what else there is, and the verdict."""
    fresh = [one for one in outcome.causes if not one.accepted]
    for number, cause in enumerate(fresh[:most], start=1):
        yield from _cause(number, cause)
    if len(fresh) > most:
        levels = [str(one.level) for one in fresh[most:]]
        counts = ", ".join(f"{levels.count(level)} {level}" for level in dict.fromkeys(levels))
        yield f"    and {len(fresh) - most} more ({counts}); --json or --format html shows all"
    if fresh:
        yield ""
    accepted = len(outcome.causes) - len(fresh)
    if accepted:
        yield f"{accepted} more {'is' if accepted == 1 else 'are'} accepted by the baseline."
    yield from outcome.facts
    yield f"{str(outcome.verdict).upper()}  {outcome.why}"


def _cause(number: int, cause: Cause) -> Iterator[str]:
    times = f" ({cause.count:,} times)" if cause.count > 1 else ""
    yield f"{number:>2}  {cause.level}  {cause.where}{_steadiness(cause)}"
    yield f"      {' '.join(cause.message.split())[:300]}{times}"
    for line in cause.shown.curl.splitlines():
        cut = cause.level is not Level.ERROR and len(line) > LINE
        yield f"      {line[:LINE]} … (whole with --json)" if cut else f"      {line}"


def _steadiness(cause: Cause) -> str:
    one = cause.shown
    if one.source == "fuzz" and not one.tried and one.level is Level.ERROR:
        return "  (not sent again)"
    return f"  (came back {one.came_back} of {one.tried} times)" if not one.certain else ""


def _split(formats: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for one in formats or ():
        name, _, file = one.partition("=")
        yield name, file


def write_text(path: Path, text: str, flag: str = "--format") -> None:
    """Raises EnvironmentFailed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise EnvironmentFailed(
            f"{path} could not be written: {error.strerror}.", f"Name another after {flag}."
        ) from error
