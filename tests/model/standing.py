"""Where a tender stands."""

from .facts import BALLOTS, DRAWING, GRACE, PRICES, Box, Tender, need
from .law import Law


class Standing(Law):
    """Phases and failures: what time, openers and panels made of a tender."""

    def standing(self, tender: int) -> tuple[str, str]:
        """The phase of a tender, and why if it is unsuccessful."""
        found = self.tenders.get(tender)
        if not found:
            return "NONE", "NONE"
        box = found.first_box
        if box.shut:
            return "CANCELLED", "NONE"
        if self.now < box.closes:
            return "TENDERING", "NONE"
        if self.is_withheld(found, found.first_stage):
            return "UNSUCCESSFUL", "WITHHELD"
        if not box.is_open:
            return "OPENING", "NONE"
        bids = len(found.bids) if found.two_envelopes else len(found.prices)
        if bids < found.terms.minimum_bids:
            return "UNSUCCESSFUL", "TOO_FEW_BIDS"
        return self._evaluating(found)

    def _evaluating(self, tender: Tender) -> tuple[str, str]:
        if tender.cancelled:
            return "CANCELLED", "NONE"
        if tender.unacceptable:
            return "UNSUCCESSFUL", "NO_BID_ACCEPTABLE"
        if tender.signed:
            return "CONTRACTED", "NONE"
        if tender.sign_by:
            if self.now <= tender.sign_by:
                return "AWARDED", "NONE"
            return ("UNSUCCESSFUL", "NOT_SIGNED") if tender.accepted else ("EVALUATION", "NONE")
        if tender.standstill_ends:
            return "STANDSTILL", "NONE"
        if not tender.rounds:
            return self._drawn_by(tender.closes)
        if not tender.attempts:
            return "EVALUATION", "NONE"
        last = len(tender.rounds) - 1
        outcome = self.outcome(tender, last)
        if outcome == "WITHHELD":
            return "UNSUCCESSFUL", "WITHHELD"
        if outcome == "NO_QUORUM":
            if tender.attempts == 2:
                return "UNSUCCESSFUL", "NO_QUORUM"
            return self._drawn_by(tender.boxes[BALLOTS + last].closes)
        if tender.quality_decided:
            if self.is_withheld(tender, PRICES):
                return "UNSUCCESSFUL", "WITHHELD"
            if not tender.boxes[PRICES].is_open:
                return "PRICE_OPENING", "NONE"
        return "EVALUATION", "NONE"

    def _drawn_by(self, closed: int) -> tuple[str, str]:
        if self.now < closed + GRACE + DRAWING:
            return "EVALUATION", "NONE"
        return "UNSUCCESSFUL", "NOT_DRAWN"

    def _in_phase(self, tender: int, phase: str) -> None:
        need(self.standing(tender)[0] == phase, "AwardsPhase")

    def _box(self, tender: int, stage: int) -> Box | None:
        return self.tenders[tender].boxes.get(stage) if tender in self.tenders else None

    def opens(self, tender: int, stage: int) -> int:
        """From when the secret of a box may come out; 0: not known yet."""
        found = self.tenders[tender]
        return found.quality_decided if stage == PRICES else found.boxes[stage].closes

    def is_withheld(self, tender: Tender, stage: int) -> bool:
        opens = self.opens(tender.id, stage)
        return bool(opens) and self.now >= opens + GRACE and not tender.boxes[stage].released

    def outcome(self, tender: Tender, round_: int) -> str:
        if self.is_withheld(tender, BALLOTS + round_):
            return "WITHHELD"
        if not tender.boxes[BALLOTS + round_].is_open:
            return "RUNNING"
        enough = len(tender.rounds[round_].ballots) >= tender.rule.quorum
        return "VALID" if enough else "NO_QUORUM"

    def _voter(self, tender: Tender, round_: int, account: str) -> int:
        """The seat on a panel whose ballots an account signs; 0 for none."""
        seat = self.seat_ever_of(account)
        if not seat or round_ >= len(tender.rounds) or seat not in tender.rounds[round_].panel:
            return 0
        return seat if self.seats[seat].account_at(tender.closes) == account else 0

    def open_complaints(self, tender: Tender) -> int:
        return sum(
            each.status == "OPEN" and (each.tender, each.award) == (tender, tender.rankings)
            for each in self.complaints.values()
        )
