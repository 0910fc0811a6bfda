"""terang bid: what a supplier does with bids."""

import time
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
    help="Number of the bid; a supplier's highest counts. By default the seconds since 1970, so "
    "that a later bid replaces an earlier one.",
)
@click.option(
    "--receipts",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("receipts"),
    show_default=True,
    help="Folder for the receipt.",
)
@store_option
@json_option
def seal(
    place: Place,
    signer: Signer,
    tender: int,
    price: Decimal,
    files: tuple[Path, ...],
    nonce: int | None,
    receipts: Path,
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
    kept = Store(store)
    receipt = submit_bid(
        ledger,
        wallet,
        wallet,
        kept,
        tender,
        price=price_in(ledger, tender, price),
        nonce=nonce or int(time.time()),
        files=read_files(files),
    )
    path = receipt.save(receipts)
    if as_json:
        emit(receipt.as_json())
        return
    click.echo(
        _("Bid {nonce} is sealed for tender {tender} in block {block}.").format(
            nonce=receipt.nonce, tender=receipt.tender, block=receipt.block
        )
    )
    click.echo(
        _(
            "Keep {receipt}, and hand {documents} to the buyer's document store before closing: "
            "without it nobody can read your documents."
        ).format(receipt=path, documents=kept.path(receipt.documents))
    )
