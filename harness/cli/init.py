"""`harness init`: start on a service of your own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.options import Json
from harness.cli.terminal import out, say_json
from harness.errors import BadInput, EnvironmentFailed

if TYPE_CHECKING:
    from harness.experiment.introduction import Introduction


@app.command()
def init(
    where: Annotated[
        str,
        typer.Argument(
            metavar="[URL|DESCRIPTION]", help="The URL of your service, or of its description, or a description file."
        ),
    ] = "",
    url: Annotated[str, typer.Option("--url", help="Where the service is, if the description does not say.")] = "",
    json: Json = False,
) -> None:
    """Find out about your service and write a small harness.yaml for it. Nothing that is there is overwritten, and nothing is asked."""
    from harness.experiment.introduction import first_scenario, harness_yaml, introduce

    here = Path.cwd()
    there = next((here / name for name in ("harness.yaml", "harness.yml") if (here / name).exists()), None)
    if there:
        raise BadInput(
            f"{there} is there already, and stays as it is.", "Add a target to it by hand: see docs/your-service.md."
        )
    about = introduce(where, url=url, here=here, environ=os.environ)
    written = [_write(here / "harness.yaml", harness_yaml(about, os.environ))]
    scenario = first_scenario(about)
    if scenario and not (here / "first.yaml").exists():
        written.append(_write(here / "first.yaml", scenario))
    if json:
        say_json(_document(about, written))
    else:
        _tell(about, written)


def _document(about: Introduction, written: list[Path]) -> dict[str, object]:
    return {
        "target": about.name,
        "url": about.url,
        "description": about.description.source,
        "version": about.description.version,
        "operations": len(about.description.operations),
        "auth": about.auth.variable if about.auth else None,
        "health": about.health or None,
        "exclude": list(about.exclude),
        "written": [str(path) for path in written],
    }


def _tell(about: Introduction, written: list[Path]) -> None:
    description = about.description
    lines = [f"{len(description.operations)} operations, {_kind(description.version)}, from {description.source}"]
    lines.append(f"health: GET {about.health} answers" if about.health else "health: none of the usual paths answers")
    if about.auth:
        there = (
            "is set and used" if os.environ.get(about.auth.variable) else "is not set, so the line is a comment for now"
        )
        lines.append(f"auth: {about.auth.spelled}; {about.auth.variable} {there}")
    lines += [f"left alone, because it may end the service: {route}" for route in about.exclude]
    lines += [f"the description is odd: {one}" for one in description.odd[:3]]
    lines += [f"wrote {path.name}" for path in written]
    lines += ["", f"Next:  harness check {about.name} --budget 60s"]
    if len(written) > 1:
        lines.append("       harness run first.yaml")
    for line in lines:
        out.print(line, markup=False)


def _kind(version: str) -> str:
    return version if version == "GraphQL" else f"OpenAPI {version}"


def _write(path: Path, text: str) -> Path:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(f"{path} is there already, and stays as it is.", "Move it away first.") from None
    except OSError as error:
        raise EnvironmentFailed(
            f"{path} could not be written: {error.strerror}.", "Go to a folder that can be written."
        ) from error
    return path
