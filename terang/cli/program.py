"""The root of the commands: loads a noun only when it is used, and turns errors into sentences."""

import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from typing import Any

import rich_click as click

from terang import __version__
from terang.cli import settings
from terang.cli.help import HELP_NAMES, Context, sentence, translated
from terang.cli.values import shown
from terang.errors import FAILED, USAGE, TerangError
from terang.i18n import LANGUAGES, _, set_language

_NOUNS = (
    "agreement",
    "audit",
    "award",
    "ballot",
    "bid",
    "complaint",
    "config",
    "consortium",
    "demo",
    "deploy",
    "doctor",
    "documents",
    "init",
    "keys",
    "milestone",
    "next",
    "node",
    "opener",
    "participant",
    "relay",
    "rules",
    "security",
    "simulate",
    "tender",
    "treasury",
    "wallet",
)

_CONTEXT = {"help_option_names": HELP_NAMES}


class _Nouns(click.RichGroup):
    """Imports a noun's module when it is asked for, so that --help stays quick."""

    context_class = Context

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        translated(self)._format_help(context, formatter)  # now that --lang is read

    def _format_help(self, context: Any, formatter: Any) -> None:
        super().format_help(context, formatter)

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(_NOUNS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _NOUNS:
            return None
        command: click.Command = importlib.import_module(f"terang.cli.{name}").command
        return translated(command)


def _speak(_context: click.Context, _parameter: click.Parameter, code: str | None) -> None:
    if code is not None:
        if code not in LANGUAGES:
            raise click.BadParameter(
                _("There is no language {code}. Say en or id.").format(code=shown(code))
            )
        set_language(code)


@click.group(cls=_Nouns, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="terang")
@click.option(
    "--lang",
    expose_value=False,
    is_eager=True,
    callback=_speak,
    help="Language, en or id (TERANG_LANG); without it the locale decides.",
)
def root() -> None:
    """A public ledger of government contracts."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the program and exits.

    Settings come from options, then from the environment (`TERANG_…`), then from `.env`, then from
    `terang.toml`.

    Args:
        arguments: the command line without the program's name; that of the process by default.
    """
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        settings.load()
        code = root.main(args=arguments, prog_name="terang", standalone_mode=False)
    except TerangError as error:
        return _complain(str(error), error.exit_code)
    except click.Abort:
        return _complain(_("Stopped."), FAILED)
    except click.ClickException as error:
        return _complain(sentence(error), USAGE)
    except KeyboardInterrupt:
        return _complain(_("Stopped."), 130)
    except BrokenPipeError:
        # whoever read our output has gone; nothing more can be said to them
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        reason = _("{what}: {reason}. Correct that, then run again.")
        what = error.filename or _("Cannot write the output")
        return _complain(reason.format(what=what, reason=error.strerror or error), FAILED)
    except Exception as error:
        return _complain(_fault(error), FAILED)
    return code if isinstance(code, int) else 0  # click returns the code of an Exit


def _fault(error: Exception) -> str:
    """Keeps the traceback of what should not have happened, and says where."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="terang-fault-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        traceback.print_exception(error, file=log)
    return _(
        "This is a fault of Terang ({kind}), not yours. Report it with what you did and {log}."
    ).format(kind=type(error).__name__, log=log.name)


def _complain(sentence: str, code: int) -> int:
    click.echo(f"terang: {sentence}", err=True)
    return code


def progress(line: str) -> None:
    """Tells one line of progress, on stderr."""
    click.echo(line, err=True)


def emit(document: Any) -> None:
    """Prints one JSON document on stdout."""
    import json

    # escapes what UTF-8 cannot hold, such as a lone surrogate in published data
    text = json.dumps(document, ensure_ascii=False, indent=2)
    click.echo(text.encode("utf-8", "backslashreplace").decode())
