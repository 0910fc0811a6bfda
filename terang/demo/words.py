"""What the page of a run says beside the ledger, in each language."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from terang.demo.acts import Stage
from terang.demo.cast import Member
from terang.demo.document import row
from terang.demo.tender import Tender
from terang.i18n import LANGUAGES, N_, _, speaking
from terang.ledger.plan import Currency
from terang.ocds import LotPlan, ProcessPlan, read_plans
from terang.portal.names import Names, Words
from terang.vocabulary import SeatClass

_SEATS = {
    SeatClass.AGENCY: N_("Agency {number}"),
    SeatClass.AUDITOR: N_("Auditor {number}"),
    SeatClass.CITIZEN: N_("Citizen {number}"),
}


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
    ran = [(tender.process, tender.lot) for tender in tenders]
    plans = [(process, lot) for process in read_plans(file) for lot in process.lots]
    if [_key(*each) for each in plans] != [_key(*each) for each in ran]:
        plans = ran  # the file has changed since: keep the words of the first reading
    words = {}
    for tender, (process, lot) in zip(tenders, plans, strict=True):
        told = row(replace(tender, process=process, lot=lot))
        words[tender.id] = Words(
            title=process.title,
            lot_title=lot.title,
            published_winner=told["published_winner"],
            agrees=told["agrees"],
            why=told["why"],
            reason=lot.cancelled or "",
            assumed=told["assumed"],
            estimate=None if lot.ceiling else lot.estimate,
        )
    return Names(
        chain=stage.ledger.chain.client,
        check=_("This chain ended with the run. On a ledger that stays:"),
        about=_(
            "This ledger ran on one machine, with a made-up consortium, shortened periods and, "
            "after the start, simulated times. Buyers, bidders, prices and statuses are those of "
            "the published data."
        ),
        organisations={
            each.id: each.name
            for tender in tenders
            for each in (tender.buyer, *tender.bidders.values())
        },
        seats=_seats(stage.members.values()),
        tenders=words,
        currencies={
            tender.terms.currency: Currency(tender.lot.currency, tender.lot.decimals)
            for tender in tenders
        },
    )


def _key(process: ProcessPlan, lot: LotPlan) -> tuple[int, str, str, int]:
    return process.line, process.ocid, lot.lot, len(process.bidders)


def _seats(members: Iterable[Member]) -> dict[int, str]:
    """Names seats by class and number within it."""
    found: dict[int, str] = {}
    count: Counter[SeatClass] = Counter()
    for each in sorted(members, key=lambda member: member.seat):
        count[each.seat_class] += 1
        found[each.seat] = _(_SEATS[each.seat_class]).format(number=count[each.seat_class])
    return found
