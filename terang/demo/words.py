"""What the page of a run says beside the ledger, in each language."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from terang.demo.acts import Stage
from terang.demo.document import row
from terang.demo.tender import Tender
from terang.i18n import LANGUAGES, _, speaking
from terang.ledger.plan import Currency
from terang.ocds import read_plans
from terang.portal.names import Names, Words


def names(stage: Stage, tenders: Sequence[Tender], file: Path) -> dict[str, Names]:
    """Returns the words beside the ledger, by language.

    Args:
        stage: the ledger and its consortium.
        tenders: what ran.
        file: the publications. They are read once more for each language, since what the reader
            says of them is written in the language in force.
    """
    found = {}
    for code in LANGUAGES:
        with speaking(code):
            found[code] = _names(stage, tenders, file)
    return found


def _names(stage: Stage, tenders: Sequence[Tender], file: Path) -> Names:
    plans = {
        (process.line, lot.lot): (process, lot)
        for process in read_plans(file)
        for lot in process.lots
    }
    words = {}
    for tender in tenders:
        process, lot = plans[tender.process.line, tender.lot.lot]
        told = row(replace(tender, process=process, lot=lot))
        words[tender.id] = Words(
            title=process.title,
            lot_title=lot.title,
            published_winner=told["published_winner"],
            agrees=told["agrees"],
            why=told["why"],
            reason=told["reason"],
            assumed=told["assumed"],
        )
    return Names(
        chain="Anvil",
        about=_(
            "This ledger ran on one machine, with a made-up consortium and shortened periods. "
            "Buyers, bidders, prices and statuses are those of the published data."
        ),
        organisations={
            each.id: each.name
            for tender in tenders
            for each in (tender.buyer, *tender.bidders.values())
        },
        seats={member.seat: member.name for member in stage.members.values()},
        tenders=words,
        currencies={
            tender.terms.currency: Currency(tender.lot.currency, tender.lot.decimals)
            for tender in tenders
        },
    )
