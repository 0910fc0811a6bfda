"""terang bid: what a supplier does with bids."""

from decimal import Decimal
from pathlib import Path

import rich_click as click

from terang.cli.options import (
    connect,
    json_option,
    key_options,
    network_option,
    record_option,
    record_path,
    unlock,
    url_option,
)
from terang.cli.program import emit
from terang.cli.values import AMOUNT
from terang.i18n import _


@click.group("bid")
def command() -> None:
    """Seal bids."""


@command.command("seal")
@url_option
@network_option
@record_option
@key_options
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
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("documents"),
    show_default=True,
    help="Folder that keeps documents by their hash.",
)
@json_option
def seal(
    url: str,
    network: str,
    record: Path | None,
    keystore: Path,
    password_file: Path | None,
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

    ledger = connect(url, record_path(network, record))
    wallet = unlock(keystore, password_file)
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
