"""terang tender: what a buyer does with tenders, and what anybody sees of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import rich_click as click

from terang.cli.documents import (
    bring_option,
    copies_option,
    fetch_option,
    places,
    stores_option,
)
from terang.cli.enquiries import answer, enquire, enquiries
from terang.cli.options import reason_option, receipts_option, store_option, with_options
from terang.cli.program import progress
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import (
    AMOUNT,
    CATEGORY,
    DURATION,
    INSTANT,
    METHOD,
    NUMBER,
    PATH,
    Number,
    Word,
)
from terang.i18n import _
from terang.i18n.show import iso
from terang.vocabulary import Category, Method, Phase


@click.group("tender")
def command() -> None:
    """Publish tenders, amend or cancel them, answer questions, and look at them."""


for each in (enquire, answer, enquiries):
    command.add_command(each)


def _terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say terms which a rule leaves to the buyer."""
    return with_options(
        command,
        click.option(
            "--weight",
            type=AMOUNT,
            help="Quality and price: weight of quality in per cent; the price has the rest.",
        ),
        click.option(
            "--threshold",
            type=Number(0, 100),
            help="Quality and price: least mean mark of a proposal; the rule's without it.",
        ),
        click.option(
            "--minimum-bids",
            type=Number(1, 1_000),
            help="Fewer that count make the tender unsuccessful; the rule's number without it.",
        ),
        click.option(
            "--evaluation",
            type=DURATION,
            help="Time for ballots from the draw, such as 5d; the rule's without it.",
        ),
        click.option(
            "--bid-security",
            type=AMOUNT,
            help="What must stand behind a bid, in per cent of the estimate; the rule's least "
            "without it.",
        ),
    )


def _seconds(length: timedelta | None) -> int | None:
    return int(length.total_seconds()) if length else None


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
@click.option(
    "--lot",
    "lot_ids",
    multiple=True,
    help="Lot id within the process, may be repeated; else all lots of the release.",
)
@click.option(
    "--lots",
    type=PATH,
    help="TOML file of lots: a table [[lots]] each, with an id and what differs between them.",
)
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
@click.option("--category", type=CATEGORY, help="What is bought; else the release's, or goods.")
@click.option(
    "--method",
    type=METHOD,
    help="How bids are compared: lowest-price, or quality-price in two envelopes. Lowest price "
    "without it.",
)
@_terms_options
@click.option(
    "--predecessor",
    type=NUMBER,
    help="The tender that this one repeats; it was cancelled or unsuccessful.",
)
@bring_option
@copies_option
@receipts_option
def publish(
    session: Session,
    file: Path | None,
    ocid: str | None,
    lot_ids: tuple[str, ...],
    lots: Path | None,
    documents: tuple[Path, ...],
    currency: str | None,
    ceiling: Decimal | None,
    closes: datetime | None,
    category: Category | None,
    method: Method | None,
    weight: Decimal | None,
    threshold: int | None,
    minimum_bids: int | None,
    evaluation: timedelta | None,
    bid_security: Decimal | None,
    predecessor: int | None,
    stores: tuple[str, ...],
    copies: int,
    receipts: Path,
) -> None:
    """Publish a tender, or several lots together, on the terms of the rules in force.

    What is published comes from options, from an OCDS release, or from both. Each lot is a tender
    of its own, and bid for alone.
    """
    from terang.documents.receipt import domain_of, permits_of
    from terang.documents.tenders import Published
    from terang.ledger.desk import open_tender
    from terang.ledger.publishing import Wish, lots_of, terms_for
    from terang.ledger.tenders import Notice
    from terang.ocds.publication import Options, publications

    options = Options(ocid, None, currency, ceiling, closes, documents)
    found = publications(options, lot_ids, file)
    for note in dict.fromkeys(note for each in found for note in each.notes):
        progress(note)
    ledger, first = session.ledger, found[0]
    wish = Wish(
        category, method, weight, threshold, minimum_bids, _seconds(evaluation), bid_security
    )
    wanted = lots_of(found, wish, lots)
    published = Published.read(first.documents)
    terms = [terms_for(ledger, each, published.root) for each in wanted]
    notice = Notice(first.ocid, published.uri, predecessor or 0)
    closes_at = int(first.closes.timestamp())
    listed = [(each.id, one) for each, one in zip(wanted, terms, strict=True)]
    act = open_tender(ledger, session.wallet, notice, closes_at, listed)
    if not session.dry_run:
        permit = permits_of(session.signer, domain_of(ledger.tenders.domain))
        published.bring(ledger, places(stores, permit), receipts, progress, copies, closes_at)
    for receipt in session.send([act]):
        numbers = ledger.tenders.published(receipt)
        session.told(
            [receipt],
            _("Tender {tender} is published in block {block}.")
            if len(numbers) == 1
            else _("Tenders {tender} to {last} are published in block {block}, a lot each."),
            tender=numbers[0],
            last=numbers[-1],
            ocid=first.ocid,
            documents=hashed(published.root),
            closes=first.closes.isoformat(),
            lot=wanted[0].id,
            title=first.title,
            currency=wanted[0].currency,
            ceiling=terms[0].ceiling,
            lots=[
                {"tender": number, "lot": lot.id, "currency": lot.currency, "ceiling": one.ceiling}
                for number, lot, one in zip(numbers, wanted, terms, strict=True)
            ],
        )


@command.command("amend")
@acting
@click.argument("tender", type=NUMBER)
@reason_option
@click.option(
    "--document",
    "documents",
    type=PATH,
    multiple=True,
    help="A document of the new version; may be repeated. Without it they stay as they are.",
)
@click.option("--ceiling", type=AMOUNT, help="Another owner's estimate.")
@click.option(
    "--closes",
    type=INSTANT,
    help="A later closing time with its zone; it moves by itself where the rule asks for more.",
)
@_terms_options
@bring_option
@copies_option
@receipts_option
def amend(
    session: Session,
    tender: int,
    reason: Path,
    documents: tuple[Path, ...],
    ceiling: Decimal | None,
    closes: datetime | None,
    weight: Decimal | None,
    threshold: int | None,
    minimum_bids: int | None,
    evaluation: timedelta | None,
    bid_security: Decimal | None,
    stores: tuple[str, ...],
    copies: int,
    receipts: Path,
) -> None:
    """Change a tender before it closes. The buyer signs.

    Bids sealed before are void, and whoever sealed one seals again. Category and method stay.
    """
    from eth_utils.crypto import keccak

    from terang.documents.places import bring
    from terang.documents.receipt import domain_of, permits_of
    from terang.documents.tenders import Published
    from terang.ledger.facts import read_file
    from terang.ledger.publishing import Wish, amended

    ledger, state, found = session.ledger, session.state, session.tender(tender)
    published = Published.read(documents) if documents else None
    wish = Wish(None, None, weight, threshold, minimum_bids, _seconds(evaluation), bid_security)
    closes_at = int(closes.timestamp()) if closes else found.box.closes_at
    root = published.root if published else None
    terms = amended(ledger, state, found, wish, ceiling, root, closes_at)
    uri, reasons = published.uri if published else found.notice["documentsUri"], read_file(reason)
    act = ledger.tenders.amend(session.wallet, tender, terms, uri, closes_at, keccak(reasons))
    if not session.dry_run:
        stored = places(stores, permits_of(session.signer, domain_of(ledger.tenders.domain)))
        if published:
            published.bring(ledger, stored, receipts, progress, copies, closes_at)
        bring(
            ledger, stored, reasons, keccak(reasons), receipts, progress,
            copies=copies, closes=closes_at,
        )  # fmt: skip
    for receipt in session.send([act]):
        version, closing = ledger.tenders.amended(receipt)
        session.told(
            [receipt],
            _(
                "Tender {tender} is at version {version} in block {block}, and closes {closes}. "
                "Bids for the version before are void."
            ),
            tender=tender,
            version=version,
            closes=iso(closing),
            documents=hashed(terms.documents),
            reason=hashed(keccak(reasons)),
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
