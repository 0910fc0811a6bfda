"""terang tender: what a buyer does with tenders, and what anybody sees of them."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import rich_click as click

from terang.cli.documents import (
    bring_option,
    copies_option,
    fetch_option,
    places,
    stores_option,
)
from terang.cli.options import reason_option, receipts_option, store_option
from terang.cli.program import progress
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import AMOUNT, INSTANT, NUMBER, PATH, Word
from terang.i18n import _
from terang.vocabulary import Phase


@click.group("tender")
def command() -> None:
    """Publish tenders, cancel them, and look at them."""


@command.command("publish")
@acting
@click.option(
    "--file",
    type=PATH,
    help="An OCDS release, or a record or package with one; it is kept as a tender document. "
    "Options go before what it says.",
)
@click.option(
    "--ocid", help="Process id in the Open Contracting Data Standard; else the release's."
)
@click.option("--lot", help="Lot id within the process; else that of the release's only lot.")
@click.option(
    "--document",
    "documents",
    type=PATH,
    multiple=True,
    help="A tender document, beside the release; may be repeated.",
)
@click.option("--currency", help="ISO 4217 code; else the release's, or IDR without a release.")
@click.option(
    "--ceiling",
    type=AMOUNT,
    help="Owner's estimate; else the release's value. Without either there is no ceiling.",
)
@click.option(
    "--closes",
    type=INSTANT,
    help="Closing time with its zone, such as 2026-12-01T10:00:00+07:00; else the end of the "
    "release's tender period.",
)
@bring_option
@copies_option
@receipts_option
def publish(
    session: Session,
    file: Path | None,
    ocid: str | None,
    lot: str | None,
    documents: tuple[Path, ...],
    currency: str | None,
    ceiling: Decimal | None,
    closes: datetime | None,
    stores: tuple[str, ...],
    copies: int,
    receipts: Path,
) -> None:
    """Publish a tender of lowest price, on the terms of the pilot profile.

    What is published comes from options, from an OCDS release, or from both.
    """
    from terang.documents.receipt import domain_of, permits_of
    from terang.documents.tenders import Published
    from terang.ledger.desk import open_tender, pilot_terms
    from terang.ledger.tenders import Notice
    from terang.ocds.publication import Options, publication

    found = publication(Options(ocid, lot, currency, ceiling, closes, documents), file)
    for note in found.notes:
        progress(note)
    ledger = session.ledger
    published = Published.read(found.documents)
    terms = pilot_terms(ledger, found.currency, found.ceiling, published.root)
    notice = Notice(found.ocid, published.uri)
    closes_at = int(found.closes.timestamp())
    act = open_tender(ledger, session.wallet, notice, closes_at, [(found.lot, terms)])
    if not session.dry_run:
        permit = permits_of(session.signer, domain_of(ledger.tenders.domain))
        published.bring(
            ledger,
            places(stores, permit),
            receipts,
            progress,
            copies,
            closes_at,
        )
    for receipt in session.send([act]):
        (number,) = ledger.tenders.published(receipt)
        session.told(
            [receipt],
            _("Tender {tender} is published in block {block}."),
            tender=number,
            ocid=found.ocid,
            lot=found.lot,
            title=found.title,
            documents=hashed(published.root),
            currency=found.currency,
            ceiling=terms.ceiling,
            closes=found.closes.isoformat(),
        )


@command.command("cancel")
@acting
@click.argument("tender", type=NUMBER)
@reason_option
@store_option
def cancel(session: Session, tender: int, reason: Path, store: Path) -> None:
    """Cancel a tender before it closes; its envelopes stay shut for ever. The buyer signs."""
    found = session.tender(tender)
    digest = session.filed(store, reason)
    session.carry_out(
        [session.ledger.tenders.cancel(session.wallet, found.id, digest)],
        _("Tender {tender} is cancelled in block {block}."),
        tender=tender,
        reason=hashed(digest),
    )


@command.command("list")
@reading
@click.option(
    "--phase",
    type=Word([each.name.lower() for each in Phase if each]),
    help="Only tenders in this phase, by the chain's clock.",
)
def list_(session: Session, phase: str | None) -> None:
    """List the tenders: number, process, lot, phase, closing time, envelopes."""
    from terang.ledger.overview import entries, listing

    found = entries(session.ledger, session.state, phase)
    session.show(listing(found), [each.document() for each in found])


@command.command("show")
@reading
@click.argument("tender", type=NUMBER)
@stores_option(
    "Tell also which documents of its opened bids can be read in this store; may be repeated.",
    default=False,
)
def show(session: Session, tender: int, stores: tuple[str, ...]) -> None:
    """Show a tender: its terms, its box, and everything that came of it."""
    from terang.ledger.overview import show as shown

    text, document = shown(session.ledger, session.state, session.tender(tender))
    if stores:
        from terang.documents.proposals import standing

        found = standing(session.ledger, session.state, session.tender(tender), places(stores))
        text = "\n".join([text, *(each.standing() for each in found)])
        document |= {"proposals": [each.document() for each in found]}
    session.show(text, document)


@command.command("documents")
@reading
@click.argument("tender", type=NUMBER)
@click.option("--out", type=PATH, help="New folder for the files; else documents-of-tender-TENDER.")
@fetch_option
def documents(session: Session, tender: int, out: Path | None, stores: tuple[str, ...]) -> None:
    """Fetch the documents of a tender, and check them against the hash that its terms have.

    Exit code 5: what the stores have is not what the terms name.
    """
    from terang.documents.tenders import tender_documents

    folder = out or Path(f"documents-of-tender-{tender}")
    root, files = tender_documents(session.tender(tender), places(stores), folder)
    session.show(
        _("The documents of tender {tender}, as its terms name them ({root}): {files}").format(
            tender=tender, root=hashed(root), files=", ".join(map(str, files))
        ),
        {"tender": tender, "documents": hashed(root), "files": [str(each) for each in files]},
    )


@command.command("timeline")
@reading
@click.argument("tender", type=NUMBER)
@click.option("--svg", type=PATH, help="New file for a picture of it, in place of the text.")
def timeline(session: Session, tender: int, svg: Path | None) -> None:
    """Show what happened to a tender, and the times ahead, by the chain's clock."""
    from terang.ledger.overview import draw, path_of

    found = path_of(session.ledger, session.state, session.tender(tender))
    if svg is None:
        session.show(found.text(), found.document())
        return
    draw(found, svg)
    session.show(
        _("The timeline of tender {tender} is in {file}.").format(tender=tender, file=svg),
        found.document() | {"file": str(svg)},
    )
