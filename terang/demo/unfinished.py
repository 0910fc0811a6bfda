"""Tenders that a kept ledger has beside those that ran: one at each point where somebody must act.

Each is a made-up repetition of one that ran to its end, so that parties, bids and panels are there.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Self

from eth_utils.crypto import keccak

from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender

_KEYS = 16  # for the bids and ballots of all of them, and of a few that people publish


class Unfinished(NamedTuple):
    """Numbers of the tenders, by what is to be done.

    Attributes:
        work: an agreement, funded for its first milestone, which is reported: inspectors accept.
        award: awarded: both sides sign.
        panel: bids are open and the panel is drawn: its members cast.
        box: closed: openers give their shares.
        bids: open: suppliers bid.
    """

    work: int
    award: int
    panel: int
    box: int
    bids: int

    @classmethod
    def after(cls, tenders: Sequence[Tender]) -> Self:
        """Returns the numbers that they have on a ledger where these tenders ran."""
        return cls(*range(len(tenders) + 1, len(tenders) + 6))


def model(tenders: Sequence[Tender]) -> Tender | None:
    """Returns the tender that is repeated: the first that was paid and closed, if any was."""
    return next((each for each in tenders if each.closed), None)


def go_on(stage: Stage, tenders: Sequence[Tender]) -> None:
    """Publishes the unfinished tenders and takes each to its point, in twelve days or more.

    Args:
        stage: the run; its figures stay those of the tenders that ran.
        tenders: what ran; nothing happens when none of them was paid and closed.
    """
    repeated = model(tenders)
    if repeated is None:
        return
    own = replace(stage, gas=defaultdict(list))
    if len(own.openers.pool) < _KEYS:
        own.openers.make_keys(_KEYS)
    work, award, panel, box, bids = (_again(own, repeated, n) for n in Unfinished.after(tenders))

    agreed = [work, award]
    acts.publish(own, agreed)
    acts.seal(own, agreed)
    acts.open_bids(own, agreed)
    acts.draw(own, agreed)
    acts.cast_ballots(own, agreed)
    acts.open_ballots(own, agreed)
    closing = [panel, box]
    acts.publish(own, closing)  # in time to close when the others are awarded and at work
    acts.seal(own, closing)
    acts.finalise(own, agreed)
    acts.sign(own, [work])
    _begin(own, work)
    acts.open_bids(own, [panel])
    acts.draw(own, [panel])
    acts.publish(own, [bids])


def _again(stage: Stage, tender: Tender, number: int) -> Tender:
    process = replace(tender.process, chain_ocid=f"ocds-terang-example-{number}")
    key = stage.openers.pool.popleft()
    return Tender(process, tender.lot, tender.buyer, tender.bidders, tender.terms, key)


def _begin(stage: Stage, tender: Tender) -> None:
    """The treasury issues the whole price and pays in the first milestone, which is reported."""
    ledger, treasury, agreement = stage.ledger, stage.offices.treasury, tender.agreement
    first = agreement.milestones[0].amount
    commitment = keccak(text=f"commitment for tender {tender.id}: {tender.price}")
    token = ledger.token(tender.lot.currency)
    stage.send([token.mint(treasury, treasury.address, tender.price, commitment)])
    stage.send([token.approve(treasury, ledger.escrow.contract.address, first)])
    stage.send([ledger.escrow.fund(treasury, agreement, first)])
    evidence = stage.store.put(f"evidence for milestone 0 of tender {tender.id}".encode())
    stage.send([ledger.escrow.report(tender.supplier.wallet, agreement, 0, evidence)])
