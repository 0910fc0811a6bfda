"""What an errand needs of a tender that its events tell, so that nobody passes files about."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eth_utils.crypto import keccak

from terang.errors import UsageError
from terang.i18n import _
from terang.ledger.agreements import Agreement, agreement_of
from terang.ledger.desk import read_files
from terang.ledger.tenders import Terms
from terang.replay.evaluation import Ranking, lowness
from terang.sealing.documents import Store
from terang.sealing.messages import WITHDRAWN
from terang.vocabulary import Category, Method, Pass, TaxBasis

if TYPE_CHECKING:
    from terang.replay.state import Box, State, Tender

Kind = Literal["bids", "prices", "ballots"]
"""What a box of a tender holds."""


def tender_at(state: "State", number: int) -> "Tender":
    """Returns a tender by its number.

    Raises:
        UsageError: when there is none.
    """
    if number not in state.tenders:
        raise UsageError(_("There is no tender {tender}. Check its number.").format(tender=number))
    return state.tenders[number]


def box_at(state: "State", number: int, kind: Kind) -> "Box":
    """Returns a box of a tender.

    Args:
        state: the ledger.
        number: the tender.
        kind: "bids", which are proposals where prices have envelopes of their own; those "prices";
            or the "ballots" of its newest panel.

    Raises:
        UsageError: when there is no such tender, it has one envelope only, or no panel yet.
    """
    tender = tender_at(state, number)
    if kind == "bids":
        return tender.box
    if kind == "prices":
        if tender.prices is None:
            raise UsageError(
                _(
                    "Tender {tender} has no box of prices: a bid is one envelope there. "
                    "Leave --prices out."
                ).format(tender=number)
            )
        return tender.prices
    if not tender.award.rounds:
        raise UsageError(
            _("Tender {tender} has no panel yet. `award draw` draws it.").format(tender=number)
        )
    return tender.award.rounds[-1].box


def check_new(path: Path) -> None:
    """Checks that a file can be written without taking the place of another.

    Raises:
        UsageError: when it is there already.
    """
    if path.exists() or path.is_symlink():
        raise UsageError(
            _("{path} is there already. Name another file, or remove it first.").format(path=path)
        )


def terms_of(tender: "Tender") -> Terms:
    """Returns a tender's terms as they were published."""
    terms = tender.terms
    return Terms(
        **{
            **terms,
            "category": Category(terms["category"]),
            "method": Method(terms["method"]),
            "taxBasis": TaxBasis(terms["taxBasis"]),
            "plan": tuple(terms["plan"]),
        }
    )


def signed_agreement(tender: "Tender") -> Agreement:
    """Returns a tender's agreement as both sides signed it.

    Raises:
        UsageError: when none is signed.
    """
    if tender.agreement is None:
        raise UsageError(
            _(
                "Tender {tender} has no signed agreement. "
                "`agreement prepare` makes one once it is awarded."
            ).format(tender=tender.id)
        )
    return agreement_of(tender.agreement.agreement)


def left_to_rank(state: "State", tender: "Tender", chunk: int) -> Sequence[int]:
    """Returns how many bids each transaction of a ranking compares, as far as it can go now.

    Where quality counts that is a pass over the marks, before prices open; later one for the lowest
    price and one for the scores.

    Args:
        state: the ledger as its events tell it.
        tender: whose panel is drawn.
        chunk: at most so many in one transaction.

    Raises:
        UsageError: when nothing is left to rank.
    """
    award = tender.award
    bidders = len(tender.bidders) if award.attempts and not award.standstill else 0
    passes = [bidders - award.ranked]
    if award.part is Pass.LOWEST and bidders and Ranking(state, tender).compare(bidders).lowest:
        passes.append(bidders)
    if passes[0] <= 0:
        raise UsageError(
            _("Tender {tender} has no bids to rank. `award show` tells where it stands.").format(
                tender=tender.id
            )
        )
    return [min(chunk, left - done) for left in passes for done in range(0, left, chunk)]


def low_bids(state: "State", tender: "Tender") -> list[int]:
    """Returns the positions of bids whose open price is abnormally low, and that nobody flagged."""
    is_low = lowness(state, tender)
    flagged = {each.organisation for each in tender.award.history if each.what == "flagged"}
    prices = ((place, each, tender.bids[each].price) for place, each in enumerate(tender.bidders))
    return [
        place
        for place, organisation, price in prices
        if price not in (0, WITHDRAWN) and organisation not in flagged and is_low(price)
    ]


def present_report(tender: "Tender", milestone: int) -> tuple[Agreement, int]:
    """Returns a tender's agreement and the number of a milestone's present report.

    Args:
        tender: the tender.
        milestone: its number, from 1.

    Raises:
        UsageError: when no agreement is signed, or the milestone is unknown or not reported.
    """
    agreement = signed_agreement(tender)
    check_milestone(agreement, milestone)
    found = tender.account.milestones
    reports = found[milestone - 1].reports if milestone <= len(found) else 0
    if not reports:
        raise UsageError(
            _("Milestone {milestone} is not reported yet. Wait for the supplier's report.").format(
                milestone=milestone
            )
        )
    return agreement, reports


def check_milestone(agreement: Agreement, milestone: int) -> None:
    """Checks that an agreement has a milestone of this number, from 1.

    Raises:
        UsageError: when it has not.
    """
    count = len(agreement.milestones)
    if not 1 <= milestone <= count:
        raise UsageError(
            _(
                "The agreement has no milestone {milestone}. Give a number from 1 to {count}."
            ).format(milestone=milestone, count=count)
        )


def read_file(path: Path) -> bytes:
    """Reads one file of reasons, evidence or a record.

    Raises:
        UsageError: when it cannot be read.
    """
    return read_files([path])[path.name]


def filed(folder: Path, path: Path, *, keep: bool) -> bytes:
    """Returns the keccak256 of a file, and keeps its content in the document store.

    Args:
        folder: the store.
        path: the file.
        keep: whether to keep it; a dry run does not.

    Raises:
        UsageError: when it cannot be read.
        StoreError: when the store cannot be written.
    """
    content = read_file(path)
    return Store(folder).put(content) if keep else keccak(content)
