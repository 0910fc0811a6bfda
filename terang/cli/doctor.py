"""terang doctor: whether all that Terang needs is there."""

import os
from pathlib import Path

import rich_click as click
from click.exceptions import Exit

from terang.cli.options import (
    Place,
    json_option,
    keystore_option,
    outbox_option,
    place_options,
)
from terang.cli.program import emit
from terang.errors import FAILED


@click.command("doctor")
@place_options
@keystore_option
@outbox_option
@json_option
def command(place: Place, keystore: Path | None, outbox: Path, as_json: bool) -> None:
    """Look at Python, programs, chain, clock, keys and deployment, and say what to do."""
    from dataclasses import asdict

    from terang.doctor import Subject, examine

    named = (os.environ.get(each) for each in ("TERANG_PASSWORD_FILE", "TERANG_SEED"))
    secrets = tuple(Path(each) for each in named if each)
    checks = examine(Subject(place.url, place.record, outbox, secrets, keystore))
    if as_json:
        emit([asdict(each) for each in checks])
    else:
        for each in checks:
            click.echo(f"{'✓' if each.ok else '✗'} {each.name}: {each.found}")
            if each.advice:
                click.echo(f"    {each.advice}")
    if not all(each.ok for each in checks):
        raise Exit(FAILED)
