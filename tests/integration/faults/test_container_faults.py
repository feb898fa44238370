"""Containers that are killed and paused through docker: what is asked of it, how it is taken back, and what is said when that cannot be."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput, EnvironmentFailed, HealFailed
from harness.faults import Container, Kill, Pause, ProcessApplier, SlowStart
from harness.guard import StartContainer, UnpauseContainer
from harness.model import Anchor, Disturbance, Fault
from tests.integration.faults.engine import stand_in, stand_in_engine

pytestmark = pytest.mark.integration


def fault(disturbance: Disturbance) -> Fault:
    return Fault(name="it", edge="shop", disturbance=disturbance, at=Anchor(0.0), duration=5)


@dataclass
class Engine:
    """The program, and where what it was asked stands."""

    docker: str
    folder: Path

    @property
    def state(self) -> str:
        return (self.folder / "state").read_text().strip()

    @state.setter
    def state(self, words: str) -> None:
        (self.folder / "state").write_text(f"{words}\n")

    @property
    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().splitlines()

    def container(self, name: str = "web-1") -> Container:
        return Container(name, self.docker)

    def applier(self, promises: Any, name: str = "web-1") -> ProcessApplier:
        return ProcessApplier({"shop": [self.container(name)]}, promises)


@pytest.fixture(params=["a program called docker", "docker's own command"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Both know one container, `web-1`, that runs. Of the second kind, only the engine is a stand-in."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own is too long a path for a socket
        folder = Path(name)
        if request.param == "a program called docker":
            stand_in(folder)
            yield Engine(str(folder / "docker"), folder)
            return
        program = shutil.which("docker")
        if program is None:
            pytest.skip("there is no docker command here; the program in its place was tried")
        monkeypatch.setenv("DOCKER_CONFIG", str(folder))
        with stand_in_engine(folder) as host:
            monkeypatch.setenv("DOCKER_HOST", host)
            yield Engine(program, folder)


def test_a_container_is_paused_and_goes_on(engine: Engine, promises: Any) -> None:
    """`docker pause` and `unpause`, each seen in the container's state; the undo stands before the change."""
    applier = engine.applier(promises)
    applier.check([fault(Pause())])
    applier.apply(fault(Pause()))
    assert engine.state == "true true"
    assert promises.open == [UnpauseContainer(engine.docker, "web-1")]
    assert applier.heal("it").found
    assert engine.state == "true false"
    assert engine.asked == ["pause web-1", "unpause web-1"]
    assert promises.open == []


def test_a_container_is_killed_and_started(engine: Engine, promises: Any) -> None:
    """`docker kill` and `start`; by the guard's undo instead, once, however often it tries."""
    applier = engine.applier(promises)
    applier.check([fault(Kill())])
    applier.apply(fault(Kill()))
    assert engine.state == "false false"
    (undo,) = promises.open
    assert isinstance(undo, StartContainer)
    assert [undo.undo(2).done, undo.undo(2).done] == [True, True]
    assert not applier.heal("it").found
    assert engine.asked == ["kill web-1", "start web-1"]


def test_a_container_that_somebody_resumed_is_told(engine: Engine, promises: Any) -> None:
    """It was not paused to the end; nothing is done to it any more, by us or by the guard."""
    applier = engine.applier(promises)
    applier.apply(fault(Pause()))
    engine.state = "true false"
    assert UnpauseContainer(engine.docker, "web-1").undo(1).done
    removal = applier.heal("it")
    assert (removal.found, removal.how) == (False, "somebody else had resumed web-1")
    assert engine.asked == ["pause web-1"]


def test_a_container_that_is_gone_is_paused_no_longer_and_cannot_start(engine: Engine, promises: Any) -> None:
    """Removed while it was paused: healed. Removed after it was killed: said loudly, with what to type."""
    applier = engine.applier(promises)
    applier.apply(fault(Pause()))
    (engine.folder / "state").unlink()
    assert UnpauseContainer(engine.docker, "web-1").undo(1).done
    assert not applier.heal("it").found
    engine.state = "true false"
    applier.apply(fault(Kill()))
    (engine.folder / "state").unlink()
    assert not StartContainer(engine.docker, "web-1").undo(0.1).done
    with pytest.raises(HealFailed, match="No such container") as caught:
        applier.heal("it")
    assert "docker start web-1" in caught.value.todo
    assert len(promises.open) == 1


@pytest.mark.parametrize(
    ("state", "says", "todo"),
    [
        ("true true", "web-1 is paused before the fault", "Run: docker unpause web-1"),
        ("false false", "web-1 is gone before the fault", "Run: docker start web-1"),
    ],
)
def test_what_does_not_run_is_told_before(engine: Engine, promises: Any, state: str, says: str, todo: str) -> None:
    """It was paused or ended by somebody else, who would be surprised to find it running: nothing is changed."""
    engine.state = state
    with pytest.raises(EnvironmentFailed, match=says) as caught:
        engine.applier(promises).check([fault(Pause())])
    assert caught.value.todo == todo
    assert engine.state == state
    assert promises.made == []


def test_what_cannot_be_done_is_told_before(engine: Engine, promises: Any) -> None:
    """An unknown name; a container that would not survive a kill; one that cannot start slowly."""
    with pytest.raises(EnvironmentFailed, match="wev-1 is missing before the fault") as caught:
        engine.applier(promises, "wev-1").check([fault(Pause())])
    assert "docker ps -a --filter name=wev-1" in caught.value.todo
    (engine.folder / "auto-remove").touch()
    engine.applier(promises).check([fault(Pause())])
    with pytest.raises(BadInput, match="--rm; a kill would remove it for good"):
        engine.applier(promises).check([fault(Kill())])
    with pytest.raises(BadInput, match="cannot start slowly"):
        engine.applier(promises).check([fault(SlowStart())])


def test_an_engine_that_does_not_run_is_told(tmp_path: Path, promises: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In docker's own words, with what to start; an undo says so, and goes on being due."""
    stand_in(tmp_path)
    (tmp_path / "no-engine").touch()
    programs = [str(tmp_path / "docker")]
    if real := shutil.which("docker"):
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
        programs.append(real)
    for program in programs:
        applier = ProcessApplier({"shop": [Container("web-1", program)]}, promises)
        with pytest.raises(EnvironmentFailed, match=r"`web-1` cannot be reached: .*onnect to the [Dd]ocker") as caught:
            applier.check([fault(Kill())])
        assert "DOCKER_HOST" in caught.value.todo
        undone = UnpauseContainer(program, "web-1").undo(0.1)
        assert not undone.done
        assert "onnect to the" in undone.what


def test_an_engine_that_hangs_keeps_no_undo_beyond_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts and never answers: the guard has others to look after."""
    program = shutil.which("docker")
    if program is None:
        pytest.skip("there is no docker command here")
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{name}/s")
        silent.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{name}/s")
        undone = UnpauseContainer(program, "web-1").undo(0.5)
    assert (undone.done, "did not answer within" in undone.what) == (False, True)


def test_no_docker_is_told() -> None:
    """With what to install, and the way around."""
    with pytest.raises(EnvironmentFailed, match="no `docker` on PATH"):
        Container.find("web-1", {"PATH": ""})
