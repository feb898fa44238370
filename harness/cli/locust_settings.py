"""What Locust's own `locust.conf`, `[tool.locust]` and `LOCUST_*` say of a run without a scenario.

The files and their order are Locust's: `~/.locust.conf`, `locust.conf`, `pyproject.toml`, then the environment; a flag wins over all of them
(docs.locust.io, Configuration). What harness does itself, or has no use for, is named rather than ignored in silence.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import configargparse

from harness.errors import BadDocument, BadInput

__all__ = ["LocustSettings", "read_locust_settings"]

_KNOWN = ("locustfile", "host", "users", "spawn-rate", "run-time", "tags", "exclude-tags", "processes")
_OF_UI = ("autostart", "autoquit", "class-picker")
_OFF = ("false", "no", "0", "")
_OTHERS = {  # of Locust's own options; whatever is in neither list belongs to the user's locustfile, which gets it
    **dict.fromkeys(("headless", "only-summary", "loglevel", "stop-timeout"), ""),
    **dict.fromkeys(("web-host", "web-port", "web-login", "web-base-path"), "say it to `harness ui` by a flag"),
    **dict.fromkeys(("csv", "html", "json", "json-file", "csv-full-history"), "the run folder has every figure"),
    **dict.fromkeys(("master", "worker", "master-host", "expect-workers"), "use --master and --worker of harness run"),
    **dict.fromkeys(("exit-code-on-error", "reset-stats", "logfile"), "the verdict decides"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocustSettings:
    """Empty or None where nothing is said. `run_time` is a duration as `--for` reads it; `notes` say what has no effect here."""

    locustfile: Path | None = None
    host: str = ""
    users: int | None = None
    spawn_rate: float | None = None
    run_time: str = ""
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    processes: int | None = None
    autostart: bool = False
    autoquit: float | None = None
    class_picker: bool = False
    notes: tuple[str, ...] = ()


def read_locust_settings(environ: Mapping[str, str], folder: Path) -> LocustSettings:
    """From the files that Locust would read in `folder`, and the environment.

    Raises BadDocument for a file that does not parse, BadInput for a value that cannot be meant.
    """
    said: dict[str, tuple[Any, str]] = {}
    for path in _files(environ, folder):
        said |= {name.replace("_", "-"): (value, path.name) for name, value in _read(path)}
    for name in (*_KNOWN, *_OF_UI, *_OTHERS):
        variable = "LOCUST_" + ("USERCLASS_PICKER" if name == "class-picker" else name.upper().replace("-", "_"))
        if value := environ.get(variable):
            said[name] = (value, variable)
    return LocustSettings(
        locustfile=_take(said, "locustfile", lambda text: Path(text).expanduser()),
        host=_take(said, "host", str) or "",
        users=_take(said, "users", _count),
        spawn_rate=_take(said, "spawn-rate", _above_zero),
        run_time=_take(said, "run-time", _timespan) or "",
        tags=_take(said, "tags", _names) or (),
        exclude_tags=_take(said, "exclude-tags", _names) or (),
        processes=_take(said, "processes", _processes),
        autostart=_take(said, "autostart", _is_on) or False,
        autoquit=_take(said, "autoquit", _seconds),
        class_picker=_take(said, "class-picker", _is_on) or False,
        notes=tuple(_notes(said)),
    )


def _files(environ: Mapping[str, str], folder: Path) -> Iterator[Path]:
    home = environ.get("HOME", "")
    candidates = [Path(home) / ".locust.conf"] if home else []
    more = environ.get("LOCUST_CONFIG", "")
    if more and not (folder / more).is_file():
        raise BadInput(f"LOCUST_CONFIG names `{more}`, which is not there.", "Correct it, or unset it.")
    candidates += [folder / "locust.conf", folder / "pyproject.toml", *([folder / more] if more else [])]
    return (path for path in candidates if path.is_file())


def _read(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        if path.suffix == ".toml":
            tool = tomllib.loads(path.read_text()).get("tool", {})
            return iter(tool.get("locust", {}).items())
        with path.open() as stream:
            return iter(dict(configargparse.DefaultConfigFileParser().parse(stream)).items())
    except (OSError, ValueError, configargparse.ConfigFileParserException) as error:
        raise BadDocument(f"It cannot be read: {error}", "Write lines such as `users = 10`.", path=path) from error


def _take(said: Mapping[str, tuple[Any, str]], name: str, read: Callable[[Any], Any]) -> Any:
    if name not in said:
        return None
    value, place = said[name]
    try:
        return read(value)
    except ValueError as error:
        raise BadInput(f"{place}: `{name}` is {value!r}, which cannot be meant.", f"{error}") from error


def _timespan(value: Any) -> str:
    """Locust takes a bare number for seconds."""
    return f"{value}s" if str(value).isdigit() else str(value)


def _count(value: Any) -> int:
    if int(value) < 1:
        raise ValueError("Write 1 or more.")
    return int(value)


def _above_zero(value: Any) -> float:
    if not float(value) > 0:
        raise ValueError("Write a number above zero.")
    return float(value)


def _is_on(value: Any) -> bool:
    return str(value).lower() not in _OFF


def _seconds(value: Any) -> float | None:
    """Locust takes -1 for never."""
    return None if float(value) < 0 else float(value)


def _processes(value: Any) -> int:
    """Locust takes -1 for one on each core."""
    return os.cpu_count() or 1 if int(value) == -1 else _count(value)


def _names(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else tuple(str(value).strip("[]").replace(",", " ").split())


def _notes(said: Mapping[str, tuple[Any, str]]) -> Iterator[str]:
    for name, (value, place) in said.items():
        if (why := _OTHERS.get(name)) and _is_on(value):
            yield f"{place}: `{name}` has no effect here: {why}."
