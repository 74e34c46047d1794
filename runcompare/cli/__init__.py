"""The command line: parses, calls the library, prints. Commands load when they are used.

Exit codes: 0 written; 1 a gate that was asked for; 2 usage, config or internal; 3 data could not be had;
4 authentication; 130 interrupted; 141 nobody read all of the output.
"""

import errno
import gc
import os
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click
from click.exceptions import Exit

from runcompare.cli.commands import COMMANDS, COMPLETION_VARIABLE, OTHER_WORDS, SECTIONS
from runcompare.cli.printing import CUT, message, safe_line, stdout_failed
from runcompare.errors import DataError, RuncompareError, did_you_mean
from runcompare.version import __version__

__all__ = ["cli", "main"]

FULL = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EBADF})
TRAINING = ("ablate", "replicate", "train")  # commands that train, or start programs that do


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is run; help needs none of them."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in SECTIONS:
            with formatter.section(section):
                formatter.write_dl([(name, one.help) for name, one in COMMANDS.items() if one.section == section])

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        entry = COMMANDS[name]
        if not ctx.args and not _wanted(ctx, name):
            return click.Command(name, short_help=entry.help)
        command: click.Command = getattr(import_module(f"runcompare.cli.{entry.module}"), name.replace("-", "_"))
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        ctx.meta["runcompare.command"] = args[0] if args else None
        if args and args[0] not in TRAINING:
            # Read when numpy and scipy load. Comparing needs no matrix products, and each idle thread of OpenBLAS spins
            # for 50 ms or more: a quarter of a report's CPU time on 2 cores, more on many.
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
            # What is imported and read stays until the end; to look through it for cycles takes a tenth.
            gc.set_threshold(2_000_000, 20, 20)
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command '{args[0]}'. {_meant(args)}".rstrip())
        return super().resolve_command(ctx, args)


def _meant(args: list[str]) -> str:
    """The command that may be meant: one called alike, one of another tool's name, or two runs to compare."""
    if args[0] in OTHER_WORDS:
        return f"Did you mean '{OTHER_WORDS[args[0]]}'?"
    if near := did_you_mean(args[0], COMMANDS):
        return near
    sides = [word for word in args if not word.startswith("-")]
    return f"To compare two runs: runcompare report {shlex.join(sides)}" if len(sides) == 2 else ""


def _wanted(ctx: click.Context, name: str) -> bool:
    return ctx.meta.get("runcompare.command") == name


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="runcompare")
def cli() -> None:
    """Is the new run really better, or is that noise? What did it cost? What should we run next?

    Start with `runcompare runs` to list your runs, then `runcompare report CANDIDATE BASELINE`.
    """


def main(args: list[str] | None = None) -> None:
    """Entry point of the `runcompare` script. Always raises SystemExit."""
    if COMPLETION_VARIABLE in os.environ:
        import runcompare.cli.completion  # noqa: F401  (registers how bash is answered)
    if sys.stdout is None:
        message("Can't write stdout: it is closed.", "Say where: runcompare ... > FILE")
        raise SystemExit(DataError.exit_code)
    if not _is_somewhere():
        message("The current folder is gone.", "Change to one that is there: cd FOLDER")
        raise SystemExit(DataError.exit_code)
    try:
        code = cli.main(args, prog_name="runcompare", standalone_mode=False)
        sys.stdout.flush()
        raise SystemExit(code if isinstance(code, int) else 0)
    except Exit as stop:
        raise SystemExit(stop.exit_code) from None
    except click.ClickException as error:
        error.message = safe_line(error.message)  # type: ignore[misc]  # a wrong word may be a secret in the wrong place
        error.show()
        raise SystemExit(error.exit_code) from None
    except (KeyboardInterrupt, click.Abort):
        message("interrupted")
        raise SystemExit(130) from None
    except BrokenPipeError as error:
        stdout_failed(error)
        raise SystemExit(CUT) from None
    except RuncompareError as error:
        message(error.message, error.hint)
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        if error.errno in FULL and error.filename is None:  # of help, which click prints
            message(stdout_failed(error).message)
            raise SystemExit(DataError.exit_code) from None
        if error.filename is not None:
            message(f"{os.fsdecode(error.filename)}: {error.strerror}.", "Check its permissions, or name another.")
            raise SystemExit(DataError.exit_code) from None
        _bug(error)
    except Exception as error:
        _bug(error)


def _is_somewhere() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


def _bug(error: Exception) -> NoReturn:
    if os.environ.get("RUNCOMPARE_DEBUG"):
        raise error
    if COMPLETION_VARIABLE in os.environ:  # a half-typed line is no place for messages
        raise SystemExit(1) from None
    message(
        f"internal error: {type(error).__name__}: {error}",
        "This is a bug in runcompare. Set RUNCOMPARE_DEBUG=1 to see where, and please report it.",
    )
    raise SystemExit(2) from None
