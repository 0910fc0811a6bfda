"""terang bid: what a supplier does with bids."""

import time
from decimal import Decimal
from pathlib import Path

import rich_click as click

from terang.cli.options import setting_option, store_option
from terang.cli.session import Session, acting, reading
from terang.cli.values import AMOUNT, NUMBER, PATH
from terang.i18n import _


@click.group("bid")
def command() -> None:
    """Seal bids and follow them."""


@command.command("seal")
@acting
@click.option("--tender", type=NUMBER, required=True, help="Number of the tender.")
@click.option("--price", type=AMOUNT, required=True, help="In the tender's currency.")
@click.option(
    "--file",
    "files",
    type=PATH,
    multiple=True,
    required=True,
    help="A document of the bid; may be repeated.",
)
@click.option(
    "--nonce",
    type=NUMBER,
    help="Number of the bid; a supplier's highest counts. By default the seconds since 1970, so "
    "that a later bid replaces an earlier one.",
)
@setting_option(
    "--receipts", "receipts", type=PATH, help="Folder for the receipt (TERANG_RECEIPTS)."
)
@store_option
def seal(
    session: Session,
    tender: int,
    price: Decimal,
    files: tuple[Path, ...],
    nonce: int | None,
    receipts: Path,
    store: Path,
) -> None:
    """Encrypt the documents, sign the bid, and put its envelope into the tender's box.

    Nobody can read the bid before the tender closes, and nothing more is to be done for it to open.
    The account that sends it is visible; a relay hides it (a coming release).
    """
    from terang.ledger.desk import complete, prepare_bid, price_in, read_files
    from terang.ledger.tenders import BIDS
    from terang.sealing.documents import Store

    ledger, kept = session.ledger, Store(store)
    envelope, receipt = prepare_bid(
        ledger,
        session.signer,
        kept,
        tender,
        price=price_in(ledger, tender, price),
        nonce=nonce or int(time.time()),
        files=read_files(files),
    )
    if not session.dry_run:
        receipt.save(receipts)  # before it is sent: whatever happens then, its owner knows the bid
    for sent in session.send([ledger.tenders.seal(session.signer, tender, BIDS, envelope)]):
        done = complete(ledger, sent, receipts)
        session.show(
            _(
                "Bid {nonce} is sealed for tender {tender} in block {block}.\n"
                "Keep {receipt}, and hand {documents} to the buyer's document store before "
                "closing: without it nobody can read your documents."
            ).format(
                nonce=done.nonce,
                tender=done.tender,
                block=done.block,
                receipt=done.path(receipts),
                documents=kept.path(done.documents),
            ),
            done.as_json(),
        )


@command.command("status")
@reading
@click.argument("receipt", type=PATH)
def status(session: Session, receipt: Path) -> None:
    """Follow a bid by its receipt: sealed, opened or void, awarded or not, signed, paid."""
    from terang.ledger.desk import BidReceipt
    from terang.replay.follow import follow

    found = follow(session.state, BidReceipt.load(receipt))
    session.show(found.text(), found.document())


@command.command("open")
@acting
@click.argument("tender", type=NUMBER)
def open_(session: Session, tender: int) -> None:
    """Open the released box of bids of a tender. Anyone may."""
    session.carry_out(
        session.opening.open(session.wallet, tender, ballots=False),
        _("The bids of tender {tender} are opened, the last in block {block}."),
        tender=tender,
    )
