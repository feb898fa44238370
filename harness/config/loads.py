"""The `load` of a scenario file: its stages, the traces and the data that it names."""

from __future__ import annotations

from pathlib import Path

from harness.config.documents import (
    ClosedStageDocument,
    DataDocument,
    LoadDocument,
    OpenStageDocument,
    TraceStageDocument,
)
from harness.config.requests import listed_calls
from harness.config.shapes import level_of
from harness.config.traces import read_trace
from harness.config.yaml import Source
from harness.errors import BadDocument, BadInput
from harness.model.data import DataFile
from harness.model.profile import ClosedStage, OpenStage, Profile, Stage
from harness.model.rows import parse_rows
from harness.model.scenario import Load, Prepared
from harness.model.target import Target


def read_load(source: Source, about: LoadDocument, target: Target) -> Load:
    """What `target` is to bear. Raises BadDocument, in the scenario's line or the file's own, for a file that is not there or is
    not what it should be, and for more than the target allows."""
    load = Load(
        locustfile=_beside(source, ("load", "locustfile"), "locustfile", about.locustfile)
        if about.locustfile
        else Path(),
        prepared=_prepared(source, about),
        profile=Profile(tuple(_stage(source, about, number) for number in range(len(about.profile)))),
        users=about.users,
        timings=about.timings,
        samples=about.samples,
        tags=tuple(about.tags),
        exclude_tags=tuple(about.exclude_tags),
        user_classes=tuple(about.user_classes),
        data=_data(source, about.data) if about.data else None,
    )
    try:
        load.within(target)
    except BadInput as error:
        raise source.wrong(("load", "profile"), error.what, error.todo) from error
    try:
        return load.shared_by(about.processes)
    except BadInput as error:
        raise source.wrong(("load", "processes"), error.what, error.todo) from error


def _prepared(source: Source, about: LoadDocument) -> Prepared | None:
    if about.locustfile:
        return None
    if about.from_:
        return Prepared(source=about.from_, weights=tuple(about.weights.items()))
    try:
        return Prepared(source="requests", calls=listed_calls(about.requests))
    except BadInput as error:
        raise source.wrong(("load", "requests"), error.what, error.todo) from error


def _beside(source: Source, place: tuple[str | int, ...], what: str, written: str) -> Path:
    path = (source.path.resolve().parent / written).resolve()
    if not path.is_file():
        raise source.wrong(place, f"The {what} `{written}` is not there.", "Paths are relative to this file.")
    return path


def _stage(source: Source, about: LoadDocument, number: int) -> Stage:
    one: OpenStageDocument | TraceStageDocument | ClosedStageDocument = about.profile[number]
    if isinstance(one, TraceStageDocument):
        listed = isinstance(source.data["load"]["profile"], list)
        place: tuple[str | int, ...] = ("load", "profile", number, "trace") if listed else ("load", "profile", "trace")
        return _replayed(one, _beside(source, place, "trace", one.trace))
    if isinstance(one, OpenStageDocument):
        return OpenStage(
            name=one.name, rate=level_of(one.rate), duration=one.for_, arrivals=one.arrivals, warm_up=one.warm_up
        )
    return ClosedStage(
        name=one.name, users=level_of(one.users), duration=one.for_, spawn_rate=one.spawn_rate, warm_up=one.warm_up
    )


def _replayed(one: TraceStageDocument, path: Path) -> OpenStage:
    trace = read_trace(path, column=one.column, speed=one.speed)
    return OpenStage(name=one.name, rate=trace, duration=one.for_ or trace.natural_end, warm_up=one.warm_up)


def _data(source: Source, about: DataDocument) -> DataFile:
    """Every row is looked at once now, so that none can surprise the load."""
    whole = not isinstance(source.data["load"]["data"], str)
    path = _beside(source, ("load", "data", "file") if whole else ("load", "data"), "data file", about.file)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for _ in parse_rows(path, lines):
                pass
    except OSError as error:
        raise BadDocument(f"cannot be read: {error.strerror}.", "Check its permissions.", path=path) from error
    except UnicodeDecodeError as error:
        raise BadDocument("is not UTF-8 text.", "Save it as UTF-8.", path=path) from error
    return DataFile(path, about.at_end)
