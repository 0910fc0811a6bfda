"""terang node: a local chain that stays."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import rich_click as click

from terang.cli.options import json_option, setting_option
from terang.cli.program import emit, progress
from terang.cli.settings import BY_NAME
from terang.cli.values import DURATION, INSTANT, PATH, Number
from terang.errors import UsageError
from terang.i18n import _

_state_option = setting_option(
    "--state", "state", type=PATH, help="Folder of the local chain's state (TERANG_STATE)."
)


def _standing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the option that says which folder; the command gets its `standing` chain."""

    @wraps(command)
    def run(state: Path, **others: Any) -> Any:
        from terang.chain.standing import Standing

        return command(standing=Standing(state, progress), **others)

    return _state_option(json_option(run))


@click.group("node")
def command() -> None:
    """Run a local chain that stays."""


@command.command("start")
@_standing
@click.option(
    "--port",
    type=Number(1, 65_535),
    help="TCP port on this machine; by default 8545, or any free one when that is taken.",
)
def start(standing: Any, port: int | None, as_json: bool) -> None:
    """Start the chain in the background, where it stopped; one that runs already is left alone."""
    earlier = standing.running()
    found = earlier or standing.start(port)
    if as_json:
        emit({"url": found.url, "pid": found.pid, "started": earlier is None})
        return
    said = (
        _("The chain runs at {url}; its state is kept in {folder}. `{command}` stops it.")
        if earlier is None
        else _("The chain runs already, at {url}; its state is kept in {folder}.")
    )
    click.echo(said.format(url=found.url, folder=standing.folder, command="terang node stop"))
    url = BY_NAME["url"]
    if found.url != os.environ.get(url.variable, url.default):
        click.echo(_("Tell the other commands where:"))
        click.echo(f"export TERANG_URL={found.url}")


@command.command("stop")
@_standing
def stop(standing: Any, as_json: bool) -> None:
    """Stop the chain, its state saved."""
    stopped = standing.stop()
    if as_json:
        emit({"stopped": stopped})
    elif stopped:
        click.echo(
            _("The chain has stopped. `{command}` goes on where it is, from {folder}.").format(
                folder=standing.folder, command="terang node start"
            )
        )
    else:
        click.echo(_("No chain runs for {folder}.").format(folder=standing.folder))


@command.command("status")
@_standing
def status(standing: Any, as_json: bool) -> None:
    """Show whether the chain runs, where, its newest block and its time."""
    from terang.chain.connection import Chain

    found = standing.running()
    if found is None:
        if as_json:
            emit({"running": False})
        else:
            click.echo(
                _("No chain runs for {folder}. `{command}` starts one.").format(
                    folder=standing.folder, command="terang node start"
                )
            )
        return
    with Chain(found.url) as chain:
        head = chain.head()
    if as_json:
        emit(
            {
                "running": True,
                "url": found.url,
                "pid": found.pid,
                "block": head.number,
                "time": head.time.isoformat(),
            }
        )
        return
    click.echo(
        _("The chain runs at {url}. Block {block}, of {time}.").format(
            url=found.url, block=head.number, time=head.time.isoformat()
        )
    )


@command.command("advance")
@_standing
@click.option("--by", type=DURATION, help="How far, such as 7d or 12h.")
@click.option("--to", type=INSTANT, help="A time with its zone, such as 2026-12-01T10:00:00+07:00.")
def advance(standing: Any, by: timedelta | None, to: datetime | None, as_json: bool) -> None:
    """Move the chain's clock ahead, and make a block at that time."""
    from terang.chain.connection import Chain

    if (by is None) == (to is None):
        raise UsageError(_("Give either --by or --to."))
    found = standing.running()
    if found is None:
        raise UsageError(
            _("No chain runs for {folder}. `{command}` starts one.").format(
                folder=standing.folder, command="terang node start"
            )
        )
    with Chain(found.url) as chain:
        moment = int(to.timestamp()) if to else chain.now + int((by or timedelta()).total_seconds())
        chain.advance_to(moment)
        head = chain.head()
    if as_json:
        emit({"block": head.number, "time": head.time.isoformat()})
    else:
        click.echo(
            _("The chain is at {time} now, in block {block}.").format(
                time=head.time.isoformat(), block=head.number
            )
        )
