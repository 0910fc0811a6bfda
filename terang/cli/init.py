"""terang init: a settings file to begin with."""

import rich_click as click

from terang.cli import settings
from terang.cli.options import json_option
from terang.cli.program import emit
from terang.errors import UsageError
from terang.i18n import _


@click.command("init")
@json_option
def command(as_json: bool) -> None:
    """Write terang.toml into this folder: every setting, in a comment, with what it means."""
    from terang.chain.files import write_whole

    path = settings.FILE
    if path.exists():
        raise UsageError(
            _("{path} is there already. Change it with an editor, or remove it first.").format(
                path=path
            )
        )
    write_whole(path, settings.template().encode())
    if as_json:
        emit({"file": str(path)})
    else:
        click.echo(
            _("{path} is written. `{command}` shows what holds.").format(
                path=path, command="terang config"
            )
        )
