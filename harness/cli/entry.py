"""From argv to an exit code: 0 pass, 1 fail, 2 unknown, 3 bad usage or configuration, 4 environment, 130 interrupted."""

from __future__ import annotations

import sys
import traceback

import typer
import typer.main
from typer.exceptions import TyperException

from harness.cli import (  # noqa: F401  # each registers its commands
    breakpoints,
    check,
    compare,
    diff,
    doctor,
    fault,
    guarding,
    init,
    mark,
    matrix,
    pacts,
    run,
    runs,
    schema,
    selftest,
    trend,
    ui,
    up,
)
from harness.cli.app import app
from harness.cli.memory import give_back
from harness.cli.signals import heed_signals, let_it_end
from harness.cli.terminal import complain, hush, open_standard_streams
from harness.errors import BadInput, HarnessError, Interrupted

BUG = 4


def main() -> None:
    """The console script, once its signals are seen to."""
    give_back()
    try:
        code = run_command(sys.argv[1:])
        let_it_end()
    except Interrupted as end:  # between the command's end and the line above: it is told, and never taken for a `fail`
        complain(end.what)
        code = Interrupted.exit_code
    sys.exit(code)


def run_command(argv: list[str]) -> int:
    """Run one command and say how it ended. Every error is a message and a documented code; a traceback means a bug of ours."""
    open_standard_streams()
    try:
        heed_signals()
        command = typer.main.get_command(app)
        code = command.main(argv, prog_name="harness", standalone_mode=False)
    except HarnessError as error:
        complain(str(error))
        return error.exit_code
    except Interrupted as end:
        complain(end.what)
        return Interrupted.exit_code
    except typer.Exit as end:
        return int(end.exit_code)
    except typer.Abort:
        complain("Interrupted.")
        return Interrupted.exit_code
    except TyperException as error:  # click itself would exit with 2, which means `unknown` here
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "harness"
        complain(f"{getattr(error, 'format_message', error.__str__)()}\n  See `{where} --help`.")
        return BadInput.exit_code
    except BrokenPipeError:
        # What `terminal` prints never gets here. What is left (help, a pipe of ours) has no verdict, so it must not be a pass.
        hush(sys.stdout)
        return BUG
    except OSError as error:
        complain(f"The system refused: {error}.\n  If this is no full disk or missing permission, please report it.")
        return BUG
    except Exception:  # noqa: BLE001  # the last resort: say that it is our bug, with everything needed to report it
        traceback.print_exc()
        complain("This is a bug in harness. Please report it with the lines above.")
        return BUG
    return code if isinstance(code, int) else 0
