import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from harness.load.tracebacks import own_traceback

_TWO_KEYS = "from harness.load.keys import idempotency_key as k; print(k()); print(k())"


def _keys(**env: str) -> list[str]:
    base = {k: v for k, v in os.environ.items() if k not in ("HARNESS_RUN", "HARNESS_WORKER")}
    out = subprocess.run([sys.executable, "-c", _TWO_KEYS], env={**base, **env}, capture_output=True, check=True)
    return out.stdout.decode().split()


def test_keys_are_run_worker_sequence() -> None:
    """The audit leads each effect back to its run."""
    assert _keys(HARNESS_RUN="r1", HARNESS_WORKER="2") == ["r1-2-1", "r1-2-2"]


def test_keys_under_plain_locust_differ_between_processes() -> None:
    """Nobody set a run: two processes still share no key."""
    assert not set(_keys()) & set(_keys())


def test_importing_the_room_imports_no_locust() -> None:
    """Locust patches the process that imports it; the run's own process must stay as it is."""
    code = "import sys, harness.load; print('locust' in sys.modules, 'gevent' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert out.stdout.split() == [b"False", b"False"]


def test_a_traceback_holds_only_the_authors_frames(tmp_path: Path) -> None:
    """Frames of the harness and of libraries are left out; the error and its place stay."""
    path = tmp_path / "mine.py"
    path.write_text("import json\ndef broken():\n    return json.loads('{')\n")
    scope: dict[str, object] = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    try:
        scope["broken"]()  # type: ignore[operator]
    except ValueError as error:
        text = own_traceback(error, path)
    assert f'File "{path}", line 3, in broken' in text
    assert "JSONDecodeError" in text
    assert "decoder.py" not in text
    assert __file__ not in text


def test_the_import_machinery_is_nobodys_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file names are none: in the locustfile's own folder they looked as if they lay there."""
    path = tmp_path / "mine.py"
    path.write_text("import no_such_module_here\n")
    monkeypatch.chdir(tmp_path)
    spec = spec_from_file_location("mine", path)
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(ModuleNotFoundError) as caught:
        spec.loader.exec_module(module_from_spec(spec))
    text = own_traceback(caught.value, path)
    assert text.splitlines()[1:3] == [f'  File "{path}", line 1, in <module>', "    import no_such_module_here"]
    assert "importlib" not in text
