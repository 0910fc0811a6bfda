"""Commands of `terang tender` about questions and answers."""

from pathlib import Path

import rich_click as click

from terang.cli.options import store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import NUMBER, PATH
from terang.i18n import _


@click.command("enquire")
@acting
@click.argument("tender", type=NUMBER)
@click.argument("file", type=PATH)
@store_option
def enquire(session: Session, tender: int, file: Path, store: Path) -> None:
    """Ask the buyer about a tender; FILE is the question, and its hash goes on chain.

    A supplier that could bid signs, or a relay: the record does not name who asks, but shows the
    account that sends.
    """
    found = session.tender(tender)
    digest = session.filed(store, file)
    tenders = session.ledger.tenders
    for receipt in session.send([tenders.enquire(session.wallet, found.id, digest)]):
        session.told(
            [receipt],
            _("Question {enquiry} about tender {tender} is asked in block {block}."),
            tender=tender,
            enquiry=tenders.enquired(receipt),
            question=hashed(digest),
        )


@click.command("answer")
@acting
@click.argument("tender", type=NUMBER)
@click.argument("enquiry", type=NUMBER)
@click.argument("file", type=PATH)
@store_option
def answer(session: Session, tender: int, enquiry: int, file: Path, store: Path) -> None:
    """Answer question ENQUIRY about a tender, once; FILE is the answer. The buyer signs."""
    found = session.tender(tender)
    digest = session.filed(store, file)
    session.carry_out(
        [session.ledger.tenders.answer(session.wallet, found.id, enquiry, digest)],
        _("Question {enquiry} about tender {tender} is answered in block {block}."),
        tender=tender,
        enquiry=enquiry,
        answer=hashed(digest),
    )


@click.command("enquiries")
@reading
@click.argument("tender", type=NUMBER)
def enquiries(session: Session, tender: int) -> None:
    """List the questions about a tender and their answers, by the hashes of their texts."""
    from terang.ledger.dossier import enquiries as listed

    session.show(*listed(session.state, session.tender(tender)))
