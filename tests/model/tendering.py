"""Tenders and what is sealed for them: the buyer's acts, bids, ballots."""

from collections.abc import Sequence

from .comparing import WITHDRAWN
from .facts import (
    BALLOTS,
    BIDS,
    CAP,
    GRACE,
    HEADER,
    LENGTHS,
    MOST,
    PRICES,
    PROPOSALS,
    QUALITY,
    QUALITY_PRICE,
    RELAY_CAP,
    Bid,
    Box,
    Message,
    Round,
    Rule,
    Tender,
    Terms,
    need,
)
from .securing import Securing


class Tendering(Securing):
    """From publication to the opening of boxes."""

    # The buyer's acts

    def publish(
        self,
        by: str,
        closes: int,
        lots: Sequence[tuple[Terms, Sequence[int]]],
        predecessor: int = 0,
        reference: str = "",
    ) -> None:
        """Publishes a procurement; each lot comes with the numbers of its keys."""
        found = self.serving.get(by)
        need(found and found.is_buyer and not found.is_suspended, "TendersNotABuyer")
        assert found
        need(0 < len(lots) <= 32, "TendersLots")
        need(len(reference) <= 256, "TendersReference")
        if predecessor:
            ended = self.standing(predecessor)[0]
            need(
                ended in ("UNSUCCESSFUL", "CANCELLED")
                and self.tenders[predecessor].buyer == found.id,
                "TendersPredecessor",
            )
        taken: set[int] = set()
        made: list[Tender] = []
        first = len(self.tenders) + 1
        for place, (terms, keys) in enumerate(lots):
            need(terms.documents == lots[0][0].documents, "TendersLotDocuments")
            rule = self.present.get((terms.category, terms.method))
            need(rule, "TendersNoRule")
            assert rule
            need(self.now + rule.tendering <= closes <= self.now + MOST, "TendersClosingTime")
            self._check_terms(terms, rule)
            tender = Tender(first + place, found.id, rule, place, terms)
            stages = (PROPOSALS, PRICES) if tender.two_envelopes else (BIDS,)
            need(len(keys) == len(stages), "TendersClaims")
            for stage, key in zip(stages, keys, strict=True):
                need(key in self.free_keys - taken, "OpeningKeysKeyTaken")
                taken.add(key)
                tender.boxes[stage] = Box(closes, key)
            if tender.two_envelopes:
                tender.question = QUALITY
            made.append(tender)
        self.free_keys -= taken
        self.tenders |= {each.id: each for each in made}

    def amend(self, by: str, tender: int, terms: Terms, closes: int) -> None:
        found = self._tendering(by, tender)
        rule = found.rule
        need((terms.category, terms.method) == (rule.category, rule.method), "TendersKind")
        self._check_terms(terms, rule)
        need(
            closes >= found.closes and (closes == found.closes or closes <= self.now + MOST),
            "TendersClosingTime",
        )
        found.terms = terms
        found.version += 1
        for box in found.boxes.values():
            box.closes = max(closes, self.now + rule.amendment)

    def cancel(self, by: str, tender: int) -> None:
        for box in self._tendering(by, tender).boxes.values():
            box.shut = True

    def enquire(self, by: str, tender: int, question: bytes) -> None:
        need(self.standing(tender)[0] == "TENDERING", "TendersNotTendering")
        need(self._could_bid(by) or by == "relay", "TendersNotEligible")
        found = self.tenders[tender]
        need(self.now < found.closes - found.rule.enquiry, "TendersEnquiriesOver")
        need(any(question), "EnquiriesEmpty")
        found.answers.append(False)

    def answer(self, by: str, tender: int, enquiry: int, text: bytes) -> None:
        found = self._tendering(by, tender)
        need(any(text), "EnquiriesEmpty")
        need(0 < enquiry <= len(found.answers), "EnquiriesUnknown")
        need(not found.answers[enquiry - 1], "EnquiriesAnswered")
        found.answers[enquiry - 1] = True

    def _tendering(self, by: str, tender: int) -> Tender:
        """The tender, for acts of its buyer while bids are sealed."""
        need(self.standing(tender)[0] == "TENDERING", "TendersNotTendering")
        found = self.tenders[tender]
        need(self._organisation_of(by) == found.buyer, "TendersNotTheBuyer")
        return found

    def _could_bid(self, account: str) -> int:
        found = self.serving.get(account)
        return found.id if found and found.is_supplier and not found.is_suspended else 0

    def _check_terms(self, terms: Terms, rule: Rule) -> None:
        most = 100 if rule.method == QUALITY_PRICE else 0
        need(any(terms.documents), "TendersDocuments")
        need(terms.currency == self.currency, "TendersCurrency")
        need(terms.ceiling != WITHDRAWN, "TendersCeiling")
        need(terms.minimum_bids >= rule.minimum_bids, "TendersMinimumBids")
        need(
            rule.bid_security_least <= terms.bid_security <= rule.bid_security_most
            and (terms.ceiling or not terms.bid_security),
            "TendersBidSecurity",
        )
        need(rule.weight_least <= terms.weight <= rule.weight_most, "TendersWeight")
        need(rule.threshold <= terms.threshold <= most, "TendersThreshold")
        need(rule.evaluation <= terms.evaluation <= MOST, "TendersEvaluationPeriod")
        need(len(terms.plan) <= 32 and all(terms.plan), "TendersPlan")
        need(sum(terms.plan) == 10_000, "TendersPlan")

    # Boxes

    def seal(self, by: str, tender: int, stage: int, message: Message) -> None:
        box = self._box(tender, stage)
        need(box, "SealedBoxUnknown")
        assert box
        need(self.now < box.closes and not box.shut, "SealedBoxClosed")
        found = self.tenders[tender]
        most = HEADER + (101 + len(found.bids) if stage >= BALLOTS else LENGTHS[stage])
        need(HEADER < len(message.envelope) <= most, "SealedBoxLength")
        if by == "relay":
            who: object = by
        elif stage >= BALLOTS:
            who = self._voter(found, stage - BALLOTS, by)
        else:
            who = self._could_bid(by)
        need(who, "SealedBoxSender")
        cap = RELAY_CAP if by == "relay" else CAP
        versions = 1 if stage >= BALLOTS else found.version
        need(box.sealed_by[who] < cap * versions, "SealedBoxCap")
        box.sealed_by[who] += 1
        box.messages.append(message)

    def release(self, tender: int, stage: int, key: int) -> None:
        """Publishes the secret of the key with this number."""
        box = self._box(tender, stage)
        need(not (box and box.released), "SealedBoxAlreadyReleased")
        need(box and not box.shut, "SealedBoxNotReleasable")
        assert box
        opens = self.opens(tender, stage)
        need(opens and opens <= self.now < opens + GRACE, "SealedBoxNotReleasable")
        need(key == box.key, "SealedBoxWrongSecret")
        box.released = True

    def open(self, tender: int, stage: int, envelopes: Sequence[bytes]) -> list[str]:
        """Opens the next envelopes, and returns why each does not count; empty: it does."""
        box = self._box(tender, stage)
        need(box and box.released, "SealedBoxNotReleased")
        assert box
        need(envelopes, "SealedBoxNothingToOpen")
        upto, last = box.opened + len(envelopes), len(box.messages)
        need(upto <= last, "SealedBoxTooMany")
        segment = 8 if stage >= BALLOTS else 32
        need(upto == last or upto % segment == 0, "SealedBoxIncompleteSegment")
        messages = box.messages[box.opened : upto]
        need(list(envelopes) == [each.envelope for each in messages], "SealedBoxWrongEnvelopes")
        box.opened = upto
        found = self.tenders[tender]
        if stage >= BALLOTS:
            return [self._ballot(found, found.rounds[stage - BALLOTS], each) for each in messages]
        return [self._bid(found, stage, each) for each in messages]

    def _bid(self, tender: Tender, stage: int, message: Message) -> str:
        """Records a bid, a proposal or a price, or says why it does not count."""
        if message.defect:
            return message.defect
        bidder = self.serving.get(message.account)
        if not bidder:
            return "ACCOUNT"
        if not bidder.is_supplier or bidder.was_suspended(tender.closes):
            return "INELIGIBLE"
        if bidder.id == tender.buyer:
            return "BUYER"
        if message.version != tender.version:
            return "TENDER_VERSION"
        if message.nonce == 0:
            return "NONCE"
        if stage != PROPOSALS:
            if message.price == 0:
                return "PRICE"
            if tender.terms.ceiling and tender.terms.ceiling < message.price != WITHDRAWN:
                return "CEILING"
        earlier = tender.bids.get(bidder.id, Bid(0, 0))
        if stage == PRICES:
            if message.nonce > earlier.nonce:
                return "UNPAIRED"
            if message.nonce < earlier.nonce or earlier.price:
                return "SUPERSEDED"
        elif message.nonce <= earlier.nonce:
            return "SUPERSEDED"
        elif not self.is_backed(tender, bidder.id):
            return "SECURITY"
        price = 0 if stage == PROPOSALS else message.price
        tender.bids[bidder.id] = Bid(price, message.nonce)
        return ""

    def _ballot(self, tender: Tender, round_: Round, message: Message) -> str:
        if message.defect in ("LENGTH", "VERSION", "POINT"):
            return message.defect
        if len(message.marks) != len(tender.bids):
            return "LENGTH"
        if not message.seat or message.seat not in round_.panel:
            return "SEAT"
        account = self.seats[message.seat].account_at(tender.closes)
        if message.defect or message.account != account:
            return "SIGNATURE"
        if message.seat in round_.ballots:
            return "REPEATED"
        allowed = range(101) if round_.question == QUALITY else range(3)
        if not all(each in allowed or each == 255 for each in message.marks):
            return "MARKS"
        round_.ballots[message.seat] = message.marks
        return ""
