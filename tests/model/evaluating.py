"""Panels, ranking and award."""

from collections.abc import Sequence

from eth_utils.crypto import keccak

from .comparing import is_responsive, lot, order, passes, score, seed
from .facts import BALLOTS, LOW_PRICES, Box, Round, Tender, Terms, need
from .tendering import Tendering


class Evaluating(Tendering):
    """From the draw of a panel to the signature."""

    # Panels

    def seed(self, tender: Tender, round_: int) -> bytes:
        """Of the box that was opened before; lots that closed together share the first."""
        if round_:
            box = tender.boxes[BALLOTS + round_ - 1]
        else:
            tender = self._first_lot(tender)
            box = tender.first_box
        secret = self.secret_of(box.key) if box.released else 0
        return seed(secret, [keccak(each.envelope) for each in box.messages], tender.id, round_)

    def _first_lot(self, tender: Tender) -> Tender:
        for id_ in range(tender.id - tender.lot, tender.id):
            found = self.tenders[id_]
            box = found.first_box
            withheld = self.is_withheld(found, found.first_stage)
            if not box.shut and box.closes == tender.closes and not withheld:
                need(box.released, "BallotsFirstLotSealed")
                return found
        return tender

    def secret_of(self, key: int) -> int:
        """The secret of an opening key; whoever makes the keys says it."""
        raise NotImplementedError

    def pool(
        self, tender: Tender, seed_: bytes, class_: int, barred: Sequence[int] = ()
    ) -> list[int]:
        """The seats of a class that may be drawn, in the order of the draw."""
        time = tender.closes
        seats = [
            n for n, each in self.seats.items() if each.class_ == class_ and each.admitted < time
        ]
        return [
            each
            for each in order(seats, seed_, class_)
            if self.seats[each].was_seated(time)
            and self.seats[each].organisation != tender.buyer
            and each not in barred
        ]

    def draw(self, tender: int, terms: Terms, key: int) -> None:
        self._in_phase(tender, "EVALUATION")
        found = self.tenders[tender]
        number = len(found.rounds)
        if found.attempts:
            need(self.outcome(found, number - 1) == "NO_QUORUM", "AwardsRoundRunning")
        need(terms == found.terms, "AwardsTerms")
        rule = found.rule
        seed_ = self.seed(found, number)
        panel: list[int] = []
        for class_, wanted in enumerate((rule.agencies, rule.auditors, rule.citizens)):
            panel += self.pool(found, seed_, class_)[:wanted]
        need(key in self.free_keys, "OpeningKeysKeyTaken")
        self.free_keys.discard(key)
        found.rounds.append(Round(found.question, panel))
        found.attempts += 1
        if found.question == LOW_PRICES:
            found.low = number
        else:
            found.judged = number
        found.boxes[BALLOTS + number] = Box(self.now + terms.evaluation, key)

    def recuse(self, by: str, tender: int, round_: int) -> None:
        box = self._box(tender, BALLOTS + round_)
        need(box and self.now < box.closes, "BallotsClosed")
        found = self.tenders[tender]
        seat = self._voter(found, round_, by)
        need(seat, "BallotsNotOnPanel")
        rule, panel = found.rule, found.rounds[round_]
        class_ = self.seats[seat].class_
        wanted = (rule.agencies, rule.auditors, rule.citizens)[class_]
        before = wanted + panel.reserves[class_]
        drawn = self.pool(found, self.seed(found, round_), class_)
        panel.reserves[class_] += 1
        found.recused.add(seat)
        panel.panel[panel.panel.index(seat)] = drawn[before] if before < len(drawn) else 0

    # Ranking and award

    def flag(self, tender: int, position: int) -> None:
        need(tender in self.tenders, "TendersUnknown")
        found = self.tenders[tender]
        bids = list(found.bids.values())
        need(position < len(bids), "BidsUnknown")
        need(bids[position].counts and found.is_low(bids[position].price), "AwardsNotLow")
        self._in_phase(tender, "EVALUATION")

    def rank(self, tender: int, most: int) -> None:
        need(tender not in self.tenders or not self.tenders[tender].standstill_ends, "AwardsRanked")
        self._in_phase(tender, "EVALUATION")
        found = self.tenders[tender]
        need(
            found.attempts and self.outcome(found, len(found.rounds) - 1) == "VALID",
            "AwardsNotEvaluated",
        )
        need(most, "AwardsNothingToRank")
        found.ranked = min(found.ranked + most, len(found.bids))
        if found.ranked < len(found.bids):
            return
        found.ranked = 0
        if found.two_envelopes and not found.quality_decided:
            self._decide_quality(found)
        elif found.two_envelopes and not found.lowest:
            found.lowest = min((price for _, price, _ in self._acceptable(found)), default=0)
            found.unacceptable = not found.lowest
        else:
            self._choose(found)

    def _decide_quality(self, tender: Tender) -> None:
        marks = (tender.rounds[tender.judged].marks(i) for i in range(len(tender.bids)))
        if any(passes(each, tender.terms.threshold) for each in marks):
            tender.quality_decided = self.now
        else:
            tender.unacceptable = True

    def _acceptable(self, tender: Tender) -> list[tuple[int, int, list[int]]]:
        """Organisation, price and marks of each bid that may win."""
        found = []
        for position, (organisation, bid) in enumerate(tender.bids.items()):
            if organisation in tender.excluded or not bid.counts:
                continue
            marks = tender.rounds[tender.judged].marks(position)
            low = tender.is_low(bid.price)
            if tender.two_envelopes:
                good = passes(marks, tender.terms.threshold)
                if low and tender.low is not None:
                    good &= is_responsive(tender.rounds[tender.low].marks(position), low=True)
            else:
                good = is_responsive(marks, low)
            if good:
                found.append((organisation, bid.price, marks))
        return found

    def _choose(self, tender: Tender) -> None:
        """The best bid is to be awarded, unless its price is low and no panel was asked yet."""
        acceptable = self._acceptable(tender)
        if not acceptable:
            tender.unacceptable = True
            return
        seed_ = self.seed(tender, tender.judged) if len(acceptable) > 1 else b""

        def rank(candidate: tuple[int, int, list[int]]) -> tuple[int, int, bytes]:
            organisation, price, marks = candidate
            quality = 0
            if tender.two_envelopes:
                quality = score(marks, tender.terms.weight, tender.lowest, price)
            return -quality, price, lot(seed_, organisation)

        winner, price, _marks = min(acceptable, key=rank)
        if tender.two_envelopes and tender.low is None and tender.is_low(price):
            self._ask(tender, LOW_PRICES)
            return
        tender.winner = winner
        tender.standstill_ends = self.now + tender.rule.standstill
        tender.rankings += 1

    def _ask(self, tender: Tender, question: int) -> None:
        tender.question, tender.attempts = question, 0
        self._rank_again(tender)

    def _rank_again(self, tender: Tender) -> None:
        tender.lowest = tender.ranked = tender.winner = 0
        tender.standstill_ends = tender.sign_by = 0

    def _exclude_winner(self, tender: Tender) -> None:
        tender.excluded.add(tender.winner)
        self._rank_again(tender)

    def finalise(self, tender: int) -> None:
        self._in_phase(tender, "STANDSTILL")
        found = self.tenders[tender]
        need(self.now >= found.standstill_ends, "AwardsStandstill")
        need(not self.open_complaints(found), "AwardsComplaints")
        found.sign_by = self.now + found.rule.signing

    def accept(self, by: str, tender: int, terms: Terms) -> None:
        self._in_phase(tender, "AWARDED")
        found = self.tenders[tender]
        need(self._organisation_of(by) == found.winner, "AwardsNotTheWinner")
        need(not found.accepted, "AwardsAlreadyAccepted")
        need(terms == found.terms, "AwardsTerms")
        self._secure(found)
        found.accepted = True

    def pass_over(self, tender: int) -> None:
        self._in_phase(tender, "EVALUATION")
        found = self.tenders[tender]
        need(found.sign_by, "AwardsNotPassable")
        self._forfeit_bid_security(found)
        self._exclude_winner(found)

    def sign(self, tender: int, defect: str) -> None:
        """Registers an agreement whose first defect, if it has one, is told."""
        need(self.standing(tender)[0] == "AWARDED", "AgreementsPhase")
        need(not defect, defect)
        self._secure(self.tenders[tender])
        self.tenders[tender].signed = True
