"""The acts of the demonstration, phase by phase; each does the same for all tenders at once."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eth_utils.crypto import keccak

from terang.chain.act import Act, Receipt
from terang.demo.cast import Member, Offices
from terang.demo.openers import Openers
from terang.demo.tender import Tender
from terang.errors import TerangError
from terang.i18n import _
from terang.ledger import Ledger, pilot
from terang.ledger.agreements import Agreement, Milestone, amounts
from terang.ledger.ballots import NO, YES, YES_ALTHOUGH_LOW
from terang.ledger.boxes import Boxes
from terang.ledger.tenders import Bid, Lot, Notice
from terang.replay.ranking import is_low
from terang.sealing import documents
from terang.sealing.bidding import open_bid, seal_ballot, seal_bid
from terang.sealing.documents import Store
from terang.sealing.envelope import documents_key
from terang.sealing.messages import WITHDRAWN, Ballot
from terang.vocabulary import BALLOTS, BIDS, Phase


class DocumentsDiffer(TerangError):
    """The documents of a bid, read back after the release, are not those that were sealed."""


@dataclass
class Stage:
    """What all acts need.

    Attributes:
        ledger: where they happen.
        offices: who holds which office.
        openers: make and release keys.
        members: the consortium, by seat.
        store: documents, by the hash of their bytes.
        gas: gas of whole transactions by operation; of `open` and `open_ballot` per envelope.
        documents_read: bids whose documents were read back and are those that were sealed.
    """

    ledger: Ledger
    offices: Offices
    openers: Openers
    members: Mapping[int, Member]
    store: Store
    gas: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    documents_read: int = 0

    def send(self, acts: Sequence[Act], operation: str = "") -> list[Receipt]:
        """Carries out acts and notes the gas of each under the operation's name, if it has one."""
        receipts = self.ledger.send(acts)
        if operation:
            self.gas[operation] += [receipt.gas_used for receipt in receipts]
        return receipts


def publish(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The buyers publish; every tender closes at the same time."""
    ledger = stage.ledger
    closes_at = ledger.chain.now + pilot.TENDERING
    receipts = stage.send(
        [
            ledger.tenders.publish(
                each.buyer.wallet,
                Notice(each.process.chain_ocid, f"documents/{each.terms.documents.hex()}"),
                closes_at,
                [Lot(each.lot.chain_lot, each.terms, (each.bid_key,))],
            )
            for each in tenders
        ],
        "publish",
    )
    for each, receipt in zip(tenders, receipts, strict=True):
        (each.id,) = ledger.tenders.published(receipt)


def seal(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The bidders encrypt their documents and sign; the relay puts the envelopes into the boxes."""
    ledger = stage.ledger
    acts = []
    for each in tenders:
        box = ledger.tenders.box(each.id, BIDS)
        for bid in each.lot.bids:
            files = _proposal(each, bid.bidder, bid.price)
            sealed = seal_bid(
                each.bidders[bid.bidder].wallet,
                box,
                each.bid_key.public_key,
                price=bid.price,
                version=1,
                nonce=bid.nonce,
                files=files,
            )
            stage.store.put(sealed.ciphertext)
            each.sealed.append((sealed, files))
            acts.append(ledger.tenders.seal(stage.offices.relay, each.id, BIDS, sealed.envelope))
    receipts = iter(stage.send(acts, "seal"))
    for each in tenders:
        own = [next(receipts) for _bid in each.sealed]
        each.envelopes = ledger.tenders.envelopes(own)
        each.counts["sealed"] = len(each.envelopes)


def cancel(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The buyers cancel what is published as cancelled; those bids stay sealed for ever."""
    stage.send(
        [
            stage.ledger.tenders.cancel(
                each.buyer.wallet, each.id, stage.store.put((each.lot.cancelled or "").encode())
            )
            for each in tenders
        ]
    )


def open_bids(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The boxes close, the openers release, everything opens, and the documents are read back."""
    ledger, operator = stage.ledger, stage.offices.operator
    _close_boxes(stage, ledger.tenders, [(each.id, BIDS) for each in tenders])
    sealed = [(each.id, BIDS, each.bid_key) for each in tenders]
    secrets, gas = stage.openers.release(operator, ledger.tenders, sealed)
    stage.gas["release"] += gas
    groups = [ledger.tenders.open(operator, each.id, BIDS, each.envelopes) for each in tenders]
    receipts = iter(stage.send([act for group in groups for act in group]))
    for each, group, secret in zip(tenders, groups, secrets, strict=True):
        own = [next(receipts) for _act in group]
        _note_gas(stage, "open", own, len(each.envelopes))
        events = ledger.tenders.events(own)
        each.counts["opened"] = sum(event.name == "BidOpened" for event in events)
        each.counts["void"] = sum(event.name == "Voided" for event in events)
        _read_documents(stage, each, secret)


def draw(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The released secrets draw the panels."""
    ledger = stage.ledger
    for each in tenders:
        each.drawn = stage.openers.pool.popleft()
    stage.send(
        [
            ledger.awards.draw(stage.offices.operator, each.id, each.terms, each.ballot_key)
            for each in tenders
        ]
    )


def cast_ballots(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The panels seal ballots that follow each bid's published status."""
    ledger = stage.ledger
    ids = [each.id for each in tenders]
    bids = ledger.tenders.bids(ids)
    acts = []
    for each, panel in zip(tenders, ledger.ballots.panels(ids), strict=True):
        box = ledger.ballots.box(each.id, BALLOTS)
        places = [each.bidder_of(bid.organisation) for bid in bids[each.id]]
        marks = _marks(each, bids[each.id])
        reasons = stage.store.put(_reasons(each, places))
        for seat in panel:
            ballot = Ballot(seat, reasons, marks).sign(stage.members[seat].wallet, box)
            envelope = seal_ballot(ballot, box, each.ballot_key.public_key)
            acts.append(ledger.ballots.seal(stage.offices.relay, each.id, BALLOTS, envelope))
    receipts = stage.send(acts, "cast")
    by_tender: dict[int, list[bytes]] = defaultdict(list)
    for event in ledger.ballots.events(receipts):
        by_tender[event.args["tenderId"]].append(event.args["envelope"])
    for each in tenders:
        each.ballots = by_tender[each.id]


def open_ballots(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The ballot boxes close, the openers release, the ballots open, and the bids are ranked."""
    ledger, operator = stage.ledger, stage.offices.operator
    _close_boxes(stage, ledger.ballots, [(each.id, BALLOTS) for each in tenders])
    sealed = [(each.id, BALLOTS, each.ballot_key) for each in tenders]
    _secrets, gas = stage.openers.release(operator, ledger.ballots, sealed)
    stage.gas["release"] += gas
    groups = [ledger.ballots.open(operator, each.id, BALLOTS, each.ballots) for each in tenders]
    receipts = iter(stage.send([act for group in groups for act in group]))
    for each, group in zip(tenders, groups, strict=True):
        _note_gas(stage, "open_ballot", [next(receipts) for _act in group], len(each.ballots))
    stage.send([ledger.awards.rank(operator, each.id, len(each.bidders)) for each in tenders])


def finalise(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The standstill passes, and whoever is first in rank is awarded."""
    ledger = stage.ledger
    winners = ledger.awards.winners([each.id for each in tenders])
    for each, winner in zip(tenders, winners, strict=True):
        each.winner, each.price = each.bidder_of(winner.organisation), winner.price
    ledger.chain.advance_to(ledger.chain.now + pilot.rule().standstill_period)
    stage.send([ledger.awards.finalise(stage.offices.operator, each.id) for each in tenders])


def sign(stage: Stage, tenders: Sequence[Tender]) -> None:
    """Both sides sign the same terms; one transaction carries both signatures."""
    ledger = stage.ledger
    starts_at = ledger.chain.now
    acts = []
    for each in tenders:
        each.agreed = _agreement(stage, each, starts_at)
        signatures = [
            (side.wallet.address, ledger.agreements.signature(side.wallet, each.agreement))
            for side in (each.buyer, each.supplier)
        ]
        acts.append(
            ledger.agreements.sign(
                stage.offices.operator, each.terms, each.agreement, signatures[0], signatures[1]
            )
        )
    stage.send(acts, "sign")


def fund(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The treasury issues money for each agreement and pays it into escrow."""
    ledger, treasury = stage.ledger, stage.offices.treasury
    by_currency: dict[str, int] = defaultdict(int)
    mints = []
    for each in tenders:
        by_currency[each.lot.currency] += each.price
        commitment = keccak(text=f"commitment for tender {each.id}: {each.price}")
        mints.append(
            ledger.token(each.lot.currency).mint(treasury, treasury.address, each.price, commitment)
        )
    escrow = ledger.escrow.contract.address
    stage.send(mints)
    stage.send(
        [
            ledger.token(currency).approve(treasury, escrow, amount)
            for currency, amount in by_currency.items()
        ]
    )
    stage.send(
        [ledger.escrow.fund(treasury, each.agreement, each.price) for each in tenders],
        "fund",
    )


def pay(stage: Stage, tenders: Sequence[Tender]) -> None:
    """Milestone by milestone: the supplier reports, two inspectors accept, the second one pays."""
    escrow = stage.ledger.escrow
    for milestone in range(len(pilot.PLAN)):
        reports = []
        for each in tenders:
            evidence = f"evidence for milestone {milestone} of tender {each.id}".encode()
            reports.append(
                escrow.report(
                    each.supplier.wallet, each.agreement, milestone, stage.store.put(evidence)
                )
            )
        stage.send(reports)
        *others, last = stage.offices.inspectors[: pilot.APPROVALS]
        for inspector, operation in [*((each, "") for each in others), (last, "accept")]:
            accepts = [escrow.accept(inspector, each.agreement, milestone, 1) for each in tenders]
            stage.send(accepts, operation)


def close(stage: Stage, tenders: Sequence[Tender]) -> None:
    """The treasury closes the agreements; nothing is left in them."""
    escrow, treasury = stage.ledger.escrow, stage.offices.treasury
    stage.send([escrow.close(treasury, each.agreement) for each in tenders])


def look(stage: Stage, tenders: Sequence[Tender]) -> None:
    """Asks the chain where each tender stands, and what its escrow says."""
    ids = [each.id for each in tenders]
    phases, accounts = stage.ledger.awards.phases(ids), stage.ledger.escrow.accounts(ids)
    for each, phase, account in zip(tenders, phases, accounts, strict=True):
        each.phase, each.paid, each.closed = phase, account.paid, account.closed


def standing(tenders: Sequence[Tender], phase: Phase) -> list[Tender]:
    """Returns the tenders that stand in this phase."""
    return [each for each in tenders if each.phase is phase]


def _close_boxes(stage: Stage, boxes: Boxes, places: Sequence[tuple[int, int]]) -> None:
    """Moves the chain's time to the last closing of these boxes."""
    stage.ledger.chain.advance_to(max(boxes.closing_times(places)))


def _note_gas(stage: Stage, operation: str, receipts: Sequence[Receipt], envelopes: int) -> None:
    stage.gas[operation].append(sum(receipt.gas_used for receipt in receipts) // envelopes)


def _proposal(tender: Tender, bidder: int, price: int) -> dict[str, bytes]:
    """The files of a made-up proposal that carries the published price."""
    content = {
        "ocid": tender.process.ocid,
        "lot": tender.lot.lot,
        "title": tender.lot.title,
        "tenderer": tender.process.bidders[bidder].name,
        "price": str(price),
        "currency": tender.lot.currency,
    }
    return {"proposal.json": as_document(content)}


def _marks(tender: Tender, bids: Sequence[Bid]) -> bytes:
    """What a ballot answers: the published status of each bid, in the order of opening."""
    counting, rule = tender.lot.counting(), pilot.rule(tender.terms.category)
    prices = [each.price for each in bids if each.price != WITHDRAWN]

    def answer(bid: Bid) -> int:
        if not counting[tender.bidder_of(bid.organisation)].responsive:
            return NO
        low = is_low(
            bid.price,
            tender.terms.ceiling,
            sum(prices),
            len(prices),
            rule.abnormal_under_estimate,
            rule.abnormal_under_mean,
        )
        return YES_ALTHOUGH_LOW if low else YES

    return bytes(map(answer, bids))


def _reasons(tender: Tender, places: Sequence[int]) -> bytes:
    """The written reasons of a panel: the published status of each bid, in the order of opening."""
    counting = tender.lot.counting()
    return as_document(
        {
            "tender": tender.id,
            "bids": [
                {
                    "tenderer": tender.process.bidders[index].name,
                    "status": counting[index].status,
                    "responsive": counting[index].responsive,
                }
                for index in places
            ],
        }
    )


def _read_documents(stage: Stage, tender: Tender, secret: int) -> None:
    """Reads every bid's documents as anybody can who has the released secret, and compares them."""
    box = stage.ledger.tenders.box(tender.id, BIDS)
    for envelope, (_sealed, files) in zip(tender.envelopes, tender.sealed, strict=True):
        bid, z = open_bid(envelope, secret, box)
        archive = documents.decrypt(documents_key(box.id, z), stage.store.get(bid.documents))
        if documents.unpack(archive) != files:
            raise DocumentsDiffer(
                _("The documents of a bid of tender {tender} are not those sealed. Report this.")
                .format(tender=tender.id)
            )  # fmt: skip
        stage.documents_read += 1


def _agreement(stage: Stage, tender: Tender, starts_at: int) -> Agreement:
    supplier = tender.supplier
    contract = {
        "tender": tender.id,
        "buyer": tender.buyer.name,
        "supplier": supplier.name,
        "price": str(tender.price),
        "currency": tender.lot.currency,
    }
    return Agreement(
        tenderId=tender.id,
        buyer=tender.buyer.id,
        supplier=supplier.id,
        price=tender.price,
        currency=tender.terms.currency,
        documents=stage.store.put(as_document(contract)),
        startsAt=starts_at,
        payee=supplier.wallet.address,
        refundTo=stage.offices.treasury.address,
        milestones=tuple(
            Milestone(
                amount,
                starts_at + place * pilot.MILESTONE_DAYS * pilot.DAY,
                keccak(text=f"milestone {place} of tender {tender.id}"),
            )
            for place, amount in enumerate(amounts(tender.price, tender.terms.plan), 1)
        ),
        inspectors=tuple(each.address for each in stage.offices.inspectors),
        approvals=pilot.APPROVALS,
    )


def as_document(content: Mapping[str, object]) -> bytes:
    """Returns content as the bytes of a JSON file."""
    return json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace")
