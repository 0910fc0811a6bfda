"""terang tender: what a buyer does with tenders."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import rich_click as click

from terang.cli.options import store_option
from terang.cli.session import Session, acting, hashed
from terang.cli.values import AMOUNT, INSTANT, PATH
from terang.i18n import _


@click.group("tender")
def command() -> None:
    """Open tenders."""


@command.command("publish")
@acting
@click.option("--ocid", required=True, help="Process id in the Open Contracting Data Standard.")
@click.option("--lot", default="", help="Lot id within the process.")
@click.option(
    "--document",
    "documents",
    type=PATH,
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
def publish(
    session: Session,
    ocid: str,
    lot: str,
    documents: tuple[Path, ...],
    currency: str,
    ceiling: Decimal | None,
    closes: datetime,
    store: Path,
) -> None:
    """Publish a tender of lowest price, on the terms of the pilot profile."""
    from terang.ledger.desk import open_tender, pilot_terms, publish_documents
    from terang.ledger.tenders import Notice
    from terang.sealing.documents import Store

    ledger = session.ledger
    root, uri = publish_documents(Store(store), documents)
    terms = pilot_terms(ledger, currency, ceiling, root)
    act = open_tender(
        ledger, session.wallet, terms, Notice(ocid, lot, uri), int(closes.timestamp())
    )
    for receipt in session.send([act]):
        session.told(
            [receipt],
            _("Tender {tender} is published in block {block}."),
            tender=ledger.tenders.published(receipt),
            documents=hashed(root),
            closes=closes.isoformat(),
        )
