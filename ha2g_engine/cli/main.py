# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g …``: the engine from a shell.

Exit status: 0, or 2 for input that cannot be used, or 1 for a failure, with one sentence on
stderr. Heavy imports stand inside the commands so that ``--help`` is quick.
"""

from __future__ import annotations

import sys

import typer

from ha2g_engine.errors import Ha2gError, InputError

from . import checkpoint, data, study
from .gestures import animate, generate
from .learning import evaluate, train
from .machine import bench, doctor, worker
from .words import align, moods

app = typer.Typer(
    name="ha2g",
    help="Speech to gestures: generate, train, and handle checkpoints.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich takes as long to import as all the rest
)
for command in (generate, animate, align, moods, train, evaluate, worker, bench, doctor):
    app.command()(command)
app.add_typer(checkpoint.app, name="checkpoint")
app.add_typer(data.app, name="data")
app.add_typer(study.app, name="study")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    try:
        status = app(args=arguments, standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except Ha2gError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except (KeyboardInterrupt, typer.Abort):
        print("Stopped.", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - the last stop before the user's terminal
        return _unexpected(error)
    return int(status or 0)


def _unexpected(error: Exception) -> int:
    """Click's usage errors show themselves (2); anything else is one sentence (1)."""
    if hasattr(error, "show") and hasattr(error, "exit_code"):
        error.show()
        return int(error.exit_code)
    print(f"ha2g failed ({type(error).__name__}): {error}", file=sys.stderr)
    return 1
