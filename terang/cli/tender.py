"""terang tender: what a buyer does with tenders."""

from datetime import datetime
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
from terang.cli.values import AMOUNT, INSTANT
from terang.i18n import _


@click.group("tender")
def command() -> None:
    """Open tenders."""


@command.command("publish")
@place_options
@signer_options
@click.option("--ocid", required=True, help="Process id in the Open Contracting Data Standard.")
@click.option("--lot", default="", help="Lot id within the process.")
@click.option(
    "--document",
    "documents",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    required=True,
    help="A tender document; may be repeated.",
)
@click.option("--currency", default="IDR", show_default=True, help="ISO 4217 code.")
@click.option("--ceiling", type=AMOUNT, help="Owner's estimate; without it there is no ceiling.")
@click.option(
    "--closes",
    type=INSTANT,
    required=True,
    help="Closing time with its zone, such as 2026-12-01T10:00:00+07:00.",
)
@store_option
@json_option
def publish(
    place: Place,
    signer: Signer,
    ocid: str,
    lot: str,
    documents: tuple[Path, ...],
    currency: str,
    ceiling: Decimal | None,
    closes: datetime,
    store: Path,
    as_json: bool,
) -> None:
    """Publish a tender of lowest price, on the terms of the pilot profile."""
    from terang.ledger.desk import open_tender, pilot_terms, publish_documents
    from terang.ledger.tenders import Notice
    from terang.sealing.documents import Store

    ledger, wallet = place.connect(), signer.unlock()
    root, uri = publish_documents(Store(store), documents)
    terms = pilot_terms(ledger, currency, ceiling, root)
    notice = Notice(ocid, lot, uri)
    tender, receipt = open_tender(ledger, wallet, terms, notice, int(closes.timestamp()))
    found = {
        "tender": tender,
        "block": receipt.block,
        "transaction": "0x" + receipt.transaction.hex(),
        "documents": "0x" + root.hex(),
        "closes": closes.isoformat(),
    }
    if as_json:
        emit(found)
    else:
        click.echo(_("Tender {tender} is published in block {block}.").format(**found))
