"""What the README's `pip install` lines give: a command that works far from the checkout, and says which extra it lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.stack import find_toxiproxy
from tests.e2e.command import ROOT, Command

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("installed")]

LEAN, WITH_THE_SHOP = "pip install .", "pip install '.[reference]'"


class Installed:
    """A virtual environment of its own, into which the README's lines install."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.bin = place / "venv" / "bin"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / "venv"], check=True)
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        assert uv is not None, "make test brings uv into .venv"
        (self.bin / "pip").write_text(f'#!/bin/sh\nexec "{uv}" pip "$@"\n')  # pip's work in a tenth of its time
        (self.bin / "pip").chmod(0o755)

    def install(self, line: str) -> None:
        """A line of the README, typed in the checkout. Versions are the committed ones, so that no new release decides."""
        env = {
            **os.environ,
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(self.bin.parent),
            "UV_CONSTRAINT": str(ROOT / "requirements/run.txt"),
            "UV_BUILD_CONSTRAINT": str(ROOT / "requirements/build.txt"),
        }
        done = subprocess.run(["sh", "-c", line], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`harness ARGUMENTS` in an empty folder, with nothing of this checkout's environment."""
        there = self.place / "far"
        there.mkdir(exist_ok=True)
        env = {"HARNESS_TOXIPROXY": str(find_toxiproxy(os.environ, progress=lambda _: None)), "VIRTUAL_ENV": ""}
        return Command((str(self.bin / "harness"), *arguments), there, env).run(timeout=120)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with Python alone."""
    return Installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def lean(empty: Installed) -> Installed:
    """After the first line."""
    empty.install(LEAN)
    return empty


@pytest.fixture(scope="module")
def with_the_shop(empty: Installed) -> Installed:
    """After the second. The tests of the first stand before those of the second, as the README has the lines."""
    empty.install(WITH_THE_SHOP)
    return empty


def test_the_lean_installation_checks_a_service(lean: Installed) -> None:
    """It holds a stranger's service against its description, and finds what is wrong there."""
    program = ROOT / "tests/integration/contract/faulty_shop.py"
    shop = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True)
    try:
        assert shop.stdout is not None
        url = f"http://127.0.0.1:{shop.stdout.readline().strip()}"
        token = "Authorization: Bearer s3cret-token"
        done = lean.run("check", url, "-H", token, "--budget", "30s", "--phases", "coverage")
    finally:
        shop.terminate()
        shop.communicate()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "list_items" in done.stdout
    assert "500" in done.stdout


@pytest.mark.parametrize("command", [("demo",), ("check", "reference"), ("up", "--ui-port", "0")])
def test_the_lean_installation_names_the_extra(lean: Installed, command: tuple[str, ...]) -> None:
    """What needs the bundled service ends with exit 4 and the line to type."""
    done = lean.run(*command)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "pip install '.[reference]'" in done.stderr


def test_what_is_installed_is_ours_alone(lean: Installed) -> None:
    """Types, the Toxiproxy module and both names of the command travel along; tests and reports do not."""
    (packages,) = lean.bin.parent.glob("lib/python*/site-packages")
    assert (packages / "harness/py.typed").is_file()
    assert (packages / "harness/stack/toxiproxy_module/go.sum").is_file()
    assert (lean.bin / "api-harness").is_file()
    assert not (packages / "tests").exists()
    assert not (packages / "reports").exists()


def test_the_extra_brings_the_bundled_service(with_the_shop: Installed) -> None:
    """Its servers, migrations, contracts and providers start far from the checkout, and keep what consumers rely on."""
    done = with_the_shop.run("pact", "verify", "reference")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout


def test_the_extra_brings_the_bundled_scenarios(with_the_shop: Installed) -> None:
    """By their names, from the installed package."""
    done = with_the_shop.run("run", "demo", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "payments" in done.stdout
