"""terang deploy: create a ledger."""

import rich_click as click

from terang.cli.options import Account, Place, account_options, json_option, place_options
from terang.cli.program import emit, progress
from terang.cli.values import ADDRESS
from terang.i18n import _


@click.command("deploy")
@place_options
@account_options
@click.option(
    "--administrator",
    type=ADDRESS,
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
    place: Place,
    account: Account,
    administrator: str | None,
    currencies: tuple[str, ...],
    as_json: bool,
) -> None:
    """Create all contracts of a ledger and write the record of it."""
    from dataclasses import asdict

    from terang.chain.compile import artifacts
    from terang.chain.connection import Chain
    from terang.ledger.founding import currency, found

    tokens = [currency(code) for code in dict.fromkeys(currencies)]
    wallet = account.unlock()
    compiled = artifacts()
    with Chain(place.url, compiled.errors) as chain:
        deployment = found(
            chain,
            wallet,
            compiled,
            place.record,
            place.network,
            administrator,
            tokens,
            progress,
        )
    if as_json:
        emit(asdict(deployment))
        return
    for name, each in deployment.contracts.items():
        click.echo(f"{each.address}  {name}")
    click.echo(
        _("The administration is held by {administrator} alone. Record: {path}").format(
            administrator=deployment.administrator, path=place.record
        )
    )
