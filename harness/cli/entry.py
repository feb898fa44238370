"""From argv to an exit code: 0 pass, 1 fail, 2 unknown, 3 bad usage or configuration, 4 environment, 130 interrupted."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from types import FrameType

import click
import typer.main

from harness.cli import doctor, fault, run, runs, schema  # noqa: F401  # each registers its commands
from harness.cli.app import app
from harness.cli.terminal import complain
from harness.errors import HarnessError, Interrupted

BUG = 4


def main() -> None:
    """The console script."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(argv: list[str]) -> int:
    """Run one command and say how it ended. Every error is a message and a documented code; a traceback means a bug of ours."""
    _heed_signals()
    command = typer.main.get_command(app)
    try:
        code = command.main(argv, prog_name="harness", standalone_mode=False)
    except HarnessError as error:
        complain(str(error))
        return error.exit_code
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.Abort:
        complain("Interrupted.")
        return Interrupted.exit_code
    except click.ClickException as error:  # click itself would exit with 2, which means `unknown` here
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "harness"
        complain(f"{error.format_message()}\n  See `{where} --help`.")
        return 3
    except BrokenPipeError:
        # Whoever read our output went away (`harness runs ls | head`). Keep Python from complaining once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        complain(f"The system refused: {error}.\n  If this is no full disk or missing permission, please report it.")
        return BUG
    except Exception:  # noqa: BLE001  # the last resort: say that it is our bug, with everything needed to report it
        traceback.print_exc()
        complain("This is a bug in harness. Please report it with the lines above.")
        return BUG
    return code if isinstance(code, int) else 0


def _heed_signals() -> None:
    """The first Ctrl-C, SIGTERM or SIGHUP raises Interrupted where the program stands; later ones wait for the healing."""
    heard: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        if len(heard) == 1:
            raise Interrupted(f"Interrupted by {signal.Signals(number).name}.")
        complain("Still healing and saving; the guard ends everything even if this process is killed.")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
