"""Help texts in the language in force, and usage errors as sentences."""

import copy
import inspect
from collections.abc import Iterator

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


def translated(command: click.Command) -> click.Command:
    """Returns a command with its help in the language in force; texts are message ids.

    Commands are made once, in English; a copy is translated when it is asked for.
    """
    if language() == "en":
        return command
    made = copy.copy(command)
    made.help, made.short_help = _say(command.help), _say(command.short_help)
    made.params = [copy.copy(each) for each in command.params]
    for each in made.params:
        if isinstance(each, click.Option):
            each.help = _say(each.help)
    if isinstance(made, click.Group):
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
