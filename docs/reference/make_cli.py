"""Writes cli.md, the reference of every command: `python docs/reference/make_cli.py`.

A test compares what is written with what the commands say of themselves.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from terang.cli.help import commands, message
from terang.cli.program import root
from terang.i18n import speaking

PAGE = Path(__file__).with_name("cli.md")


def entry(words: str, command: click.Command) -> Iterator[str]:
    """Yields the lines about one command."""
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    named = "".join(f" {each.make_metavar()}" for each in arguments)
    yield from (f"## {words}", "", f"`{words}{named} [OPTIONS]`", "")
    yield from (message(command.help or ""), "")
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        yield from ("| option | takes | meaning |", "|---|---|---|")
    for each in options:
        kind = "" if each.is_flag else each.type.name.replace("|", ", ")
        marks = [" required" if each.required else "", " repeatable" if each.multiple else ""]
        meaning = message(each.help or "").replace("|", "\\|") + default(each)
        name = max(each.opts, key=len)
        yield f"| `{name}` | {kind}{','.join(filter(None, marks))} | {meaning} |"
    yield ""


def default(option: click.Option) -> str:
    """Returns what holds where an option is not given, as a sentence of its own."""
    value = option.default
    if value is None or callable(value) or option.is_flag or value == "":
        return ""
    written = ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return f" Default: `{written}`." if written else ""


def render() -> str:
    """Returns the page."""
    lines = [
        "# Commands",
        "",
        "Written by `python docs/reference/make_cli.py`. Every command takes `--help`; before the",
        "noun, `--lang en|id`. Exit codes: 0 done, 1 failed, 2 usage, 3 chain unreachable,",
        "4 reverted, 5 verification found a difference.",
        "",
    ]
    with speaking("en"):
        for words, command in commands(root, ("terang",)):
            if not isinstance(command, click.Group):
                lines += entry(" ".join(words), command)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
