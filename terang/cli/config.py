"""terang config: the settings, and where each comes from."""

import rich_click as click

from terang.cli import settings
from terang.cli.options import json_option
from terang.cli.program import emit
from terang.i18n import _


@click.command("config")
@json_option
def command(as_json: bool) -> None:
    """Show every setting, its value and where that comes from; secrets are hidden.

    An option goes before the environment, that before .env, that before terang.toml.
    """
    shown = [
        {
            "setting": each.setting.name,
            "variable": each.setting.variable,
            "value": _("(hidden)") if each.setting.secret and each.value else each.value,
            "source": each.source,
        }
        for each in settings.found()
    ]
    if as_json:
        emit(shown)
        return
    for line, each in zip(shown, settings.SETTINGS, strict=True):
        click.echo(f"{line['setting']} = {line['value'] or '-'}   [{line['source']}]")
        click.echo(f"    {line['variable']}: {_(each.meaning)}")
