"""The procedure from tender to signature, in plain Python: what the contracts must agree with.

Written from the rules of procurement and from what the contracts promise in their documentation,
not from how they do it: nothing is packed, chunked or cached. What may not be done raises `Refused`
with the name of the contracts' error and changes nothing.
"""

from eth_utils.crypto import keccak

from terang.sealing.curve import words

from .evaluating import Evaluating
from .facts import (
    AUDITOR,
    CANCEL,
    CITIZEN,
    EXCLUDE,
    NONE,
    QUALITY,
    RE_EVALUATE,
    RESPONSIVENESS,
    Complaint,
    Tender,
    Terms,
    need,
)


class Procedure(Evaluating):
    """All of it, with the complaints."""

    # Complaints

    def complain(self, by: str, tender: int, terms: Terms, grounds: bytes) -> None:
        need(self.standing(tender)[0] == "STANDSTILL", "ReviewsPhase")
        found = self.tenders[tender]
        need(self.now < found.standstill_ends, "ReviewsTooLate")
        tenderer = self._organisation_of(by)
        need(tenderer in found.bids, "ReviewsNotATenderer")
        need(
            all(
                (each.tender, each.award, each.tenderer) != (found, found.rankings, tenderer)
                for each in self.complaints.values()
            ),
            "ReviewsAlreadyComplained",
        )
        need(terms == found.terms, "ReviewsTerms")
        need(any(grounds), "ReviewsGrounds")
        deposit = found.bids[found.winner].price * found.rule.deposit // 10_000
        if deposit:
            need(by in self.allowed, "ERC20InsufficientAllowance")
            need(self.money[by] >= deposit, "ERC20InsufficientBalance")
        self.money[by] -= deposit
        self.money["reviews"] += deposit
        complaint = Complaint(found, tenderer, found.rankings, by, deposit)
        self.complaints[len(self.complaints) + 1] = complaint
        self._review(complaint)

    def _review(self, complaint: Complaint) -> None:
        """Draws the next panel: auditors and citizens who never were on one of the tender."""
        tender, attempt = complaint.tender, len(complaint.panels)
        more = attempt // 2
        evaluators = [seat for each in tender.rounds for seat in each.panel]
        barred = [*evaluators, *tender.recused]
        domain = keccak(text="Terang review panel v1")
        before = self.seed(tender, len(tender.rounds))
        seed_ = keccak(words(domain, before, complaint.award, attempt))
        rule = tender.rule
        panel = self.pool(tender, seed_, AUDITOR, barred)[: rule.review_auditors + more]
        panel += self.pool(tender, seed_, CITIZEN, barred)[: rule.review_citizens + more]
        complaint.panels.append(panel)
        complaint.votes = {}
        complaint.quorum = rule.review_quorum + more
        complaint.decide_by = self.now + rule.review

    def vote(self, by: str, complaint: int, ruling: int, abusive: bool) -> None:
        found = self._open_complaint(complaint)
        need(self.now < found.decide_by, "ReviewsVotingOver")
        need(not abusive or ruling == NONE, "ReviewsAbusiveRemedy")
        seat = self.seat_ever_of(by)
        need(
            seat in found.panels[-1] and self.seats[seat].account_at(found.tender.closes) == by,
            "ReviewsNotOnPanel",
        )
        need(seat not in found.votes, "ReviewsAlreadyVoted")
        found.votes[seat] = ruling, abusive

    def decide(self, complaint: int) -> None:
        found = self._open_complaint(complaint)
        tender, votes = found.tender, list(found.votes.values())
        phase, _ = self.standing(tender.id)
        if phase != "STANDSTILL" or tender.rankings != found.award:
            found.status = "MOOT"
            return
        seats = len(found.panels[-1])
        all_voted = len(votes) == seats >= found.quorum
        need(all_voted or self.now >= found.decide_by, "ReviewsVoting")
        if len(votes) >= found.quorum:
            found.status = "DECIDED"
            found.abusive = 2 * sum(abusive for _, abusive in votes) > len(votes)
            for remedy in (RE_EVALUATE, EXCLUDE, CANCEL):
                if 2 * sum(ruling == remedy for ruling, _ in votes) > len(votes):
                    found.ruling = remedy
            self._remedy(tender, found.ruling)
        elif len(found.panels) == 4:
            found.status = "LAPSED"
        else:
            self._review(found)

    def _open_complaint(self, complaint: int) -> Complaint:
        found = self.complaints.get(complaint)
        need(found and found.status == "OPEN", "ReviewsNotOpen")
        assert found
        return found

    def _remedy(self, tender: Tender, remedy: int) -> None:
        if remedy == CANCEL:
            tender.cancelled = True
        elif remedy == EXCLUDE:
            self._exclude_winner(tender)
        elif remedy == RE_EVALUATE:
            self._ask(tender, QUALITY if tender.two_envelopes else RESPONSIVENESS)
            tender.low = None

    def pay_deposit(self, by: str, complaint: int) -> None:
        found = self.complaints.get(complaint)
        need(found and found.status != "OPEN", "ReviewsStillOpen")
        assert found
        need(found.deposit, "ReviewsNoDeposit")
        if found.abusive:
            need(by == "treasury", "ReviewsNotTreasury")
        self.money[by if found.abusive else found.depositor] += found.deposit
        self.money["reviews"] -= found.deposit
        found.deposit = 0
