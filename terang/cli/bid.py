"""terang bid: what a supplier does with bids."""

from decimal import Decimal
from pathlib import Path

import rich_click as click

from terang.cli.options import (
    Place,
    Signer,
    json_option,
    place_options,
    signer_options,
    store_option,
)
from terang.cli.program import emit
from terang.cli.values import AMOUNT
from terang.i18n import _


@click.group("bid")
def command() -> None:
    """Seal bids."""


@command.command("seal")
@place_options
@signer_options
@click.option("--tender", type=click.IntRange(min=1), required=True, help="Number of the tender.")
@click.option("--price", type=AMOUNT, required=True, help="In the tender's currency.")
@click.option(
    "--file",
    "files",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    required=True,
    help="A document of the bid; may be repeated.",
)
@click.option(
    "--nonce",
    type=click.IntRange(min=1, max=2**32 - 1),
    default=1,
    show_default=True,
    help="Number of the bid; a supplier's highest counts.",
)
@store_option
@json_option
def seal(
    place: Place,
    signer: Signer,
    tender: int,
    price: Decimal,
    files: tuple[Path, ...],
    nonce: int,
    store: Path,
    as_json: bool,
) -> None:
    """Encrypt the documents, sign the bid, and put its envelope into the tender's box.

    Nobody can read the bid before the tender closes, and nothing more is to be done for it to open.
    The account that sends it is visible; a relay hides it (a coming release).
    """
    from terang.ledger.desk import price_in, read_files, submit_bid
    from terang.sealing.documents import Store

    ledger, wallet = place.connect(), signer.unlock()
    receipt = submit_bid(
        ledger,
        wallet,
        wallet,
        Store(store),
        tender,
        price=price_in(ledger, tender, price),
        nonce=nonce,
        files=read_files(files),
    )
    found = receipt.as_json()
    if as_json:
        emit(found)
    else:
        click.echo(
            _("The bid is sealed in block {block}: envelope {envelope}. Keep this receipt.").format(
                **found
            )
        )
