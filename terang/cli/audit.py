"""terang audit: check a ledger without trusting anybody."""

import rich_click as click
from click.exceptions import Exit

from terang.cli.options import Place, json_option, place_options
from terang.cli.program import emit, progress
from terang.cli.values import Number


@click.group("audit")
def command() -> None:
    """Check a ledger without trusting anybody."""


@command.command("replay")
@place_options
@click.option("--block", type=Number(0, 2**63), help="Replay up to this block, not the head.")
@json_option
def replay(place: Place, block: int | None, as_json: bool) -> None:
    """Rebuild the ledger from its events and compare every field with the contracts' storage.

    Whatever differs is printed, and the exit code is 5.
    """
    from terang.chain.compile import artifacts
    from terang.chain.connection import Chain
    from terang.chain.deploy import Deployment
    from terang.replay import audit

    compiled = artifacts()
    with Chain(place.url, compiled.errors) as chain:
        deployment = Deployment.load(place.record, chain)
        found = audit.replay(chain, deployment, compiled, upto=block, progress=progress)
    if as_json:
        emit(found.document())
    else:
        click.echo(found.report())
    if found.exit_code:
        raise Exit(found.exit_code)
