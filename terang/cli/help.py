"""Help texts in the language in force, and usage errors as sentences."""

import copy
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import rich_click as click
from click.exceptions import (
    BadOptionUsage,
    BadParameter,
    ClickException,
    MissingParameter,
    NoSuchOption,
    UsageError,
)

from terang.i18n import _, language

HELP_NAMES = ["-h", "--help"]
"""What asks for a command's help."""


Command = TypeVar("Command", bound=click.Command)


class _Formatter(click.RichHelpFormatter):
    """Writes the word before a command's usage in the language in force."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or _("Usage:"))


class Context(click.RichContext):
    """A command's run; the fixed words of its help are in the language in force."""

    formatter_class = _Formatter

    def make_formatter(self, error_mode: bool = False) -> click.RichHelpFormatter:
        """Returns what writes the help."""
        required, default = _("required"), _("default")
        self.help_config = replace(
            self.help_config,
            options_panel_title=_("Options"),
            commands_panel_title=_("Commands"),
            required_long_string=f"\\[{required}]",
            default_string=f"\\[{default}: {{}}]",
        )
        return super().make_formatter(error_mode)


def commands(
    command: click.Command, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yields a command and every command beneath it, each with its words."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from commands(found, (*words, name))


def translated(command: Command) -> Command:
    """Returns a command with its help in the language in force; texts are message ids.

    Commands are made once, in English; a copy is translated when it is asked for.
    """
    if language() == "en":
        return command
    made = copy.copy(command)
    made.context_class = Context
    made.help, made.short_help = _say(command.help), _say(command.short_help)
    made.options_metavar = _("[OPTIONS]")
    made.params = [copy.copy(each) for each in command.params]
    for each in made.params:
        if isinstance(each, click.Option):
            each.help = _say(each.help)
    # click's own is in English, and gives way
    click.help_option(*HELP_NAMES, help=_("Show this message and exit."))(made)
    if isinstance(made, click.Group):
        made.subcommand_metavar = _("COMMAND [ARGS]...")
        made.commands = {name: translated(each) for name, each in made.commands.items()}
    return made


def sentence(error: ClickException) -> str:
    """Returns one sentence for a command line that is wrong."""
    context = error.ctx if isinstance(error, UsageError) else None
    command = context.command_path if context else "terang"
    see = _("See `{command} --help`.").format(command=command)
    if isinstance(error, NoSuchOption):
        said = _("There is no option {option}.").format(option=error.option_name)
    elif isinstance(error, MissingParameter):
        said = _("{option} is missing.").format(option=_name(error))
    elif isinstance(error, BadParameter):
        return f"{_name(error)}: {error.message}"
    elif isinstance(error, BadOptionUsage):
        said = _("{option} is not used like that.").format(option=error.option_name)
    elif context is not None and isinstance(context.command, click.Group):
        said = _("There is no such command: {words}.").format(words=_quoted(error))
    else:
        said = _("These words are too many, or not in their place.")
    return f"{said} {see}"


def message(text: str) -> str:
    """Returns the message id of a help text: each paragraph on one line."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


def _say(text: str | None) -> str | None:
    return _(message(text)) if text else text


def _quoted(error: ClickException) -> str:
    """The word that click quotes in its own sentence."""
    return error.message.partition("'")[2].rpartition("'")[0]


def _name(error: BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "")
    if isinstance(error.param, click.Argument):
        return error.param.make_metavar()
    return max(error.param.opts, key=len)
