"""terang deploy: create a ledger."""

from pathlib import Path

import rich_click as click

from terang.cli.options import (
    json_option,
    key_options,
    network_option,
    record_option,
    record_path,
    unlock,
    url_option,
)
from terang.cli.program import emit, progress
from terang.i18n import _


@click.command("deploy")
@url_option
@network_option
@record_option
@key_options
@click.option(
    "--administrator",
    help="Address that holds the administration; the deployer's own by default.",
)
@click.option(
    "--currency",
    "currencies",
    multiple=True,
    default=("IDR",),
    show_default=True,
    help="ISO 4217 code of a currency that the treasury issues; may be repeated.",
)
@json_option
def command(
    url: str,
    network: str,
    record: Path | None,
    keystore: Path,
    password_file: Path | None,
    administrator: str | None,
    currencies: tuple[str, ...],
    as_json: bool,
) -> None:
    """Create all contracts of a ledger and write the record of it."""
    from dataclasses import asdict

    from terang.chain.compile import artifacts
    from terang.chain.connection import Chain
    from terang.ledger.founding import found

    wallet = unlock(keystore, password_file)
    compiled = artifacts()
    path = record_path(network, record)
    with Chain(url, compiled.errors) as chain:
        deployment = found(
            chain, wallet, compiled, path, network, administrator, currencies, progress
        )
    if as_json:
        emit(asdict(deployment))
        return
    for name, each in deployment.contracts.items():
        click.echo(f"{each.address}  {name}")
    click.echo(
        _("The administration is held by {administrator} alone. Record: {path}").format(
            administrator=deployment.administrator, path=path
        )
    )
