"""What is due next: so that random runs get somewhere, and so that each one ends.

`further` does the next thing of a tender with everybody's help. `drain` brings all tenders to an
end with nobody's but a stranger's: no buyer, no panel, no reviewer, and perhaps no openers.
"""

from contextlib import suppress
from random import Random

from .acts import Acts
from .driving import Idle
from .facts import BALLOTS, DRAWING, GRACE, PRICES, TERMINAL, Tender


class Course:
    """Leads the tenders of one ledger onwards."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._model = acts.model

    def further(self, luck: Random) -> None:
        """The next thing of a tender that has not ended."""
        running = [n for n in self._model.tenders if self._model.standing(n)[0] not in TERMINAL]
        if not running:
            self._acts.publish(luck)
            return
        id_ = running[0] if luck.random() < 0.6 else luck.choice(running)
        tender = self._model.tenders[id_]
        {
            "TENDERING": self._tendering,
            "OPENING": lambda luck, tender: self._opened(luck, tender, tender.first_stage),
            "PRICE_OPENING": lambda luck, tender: self._opened(luck, tender, PRICES),
            "EVALUATION": self._evaluation,
            "STANDSTILL": self._standstill,
            "AWARDED": self._awarded,
        }[self._model.standing(id_)[0]](luck, tender)

    def _tendering(self, luck: Random, tender: Tender) -> None:
        if len(tender.first_box.messages) < luck.choice((1, 2, 3, 4)):
            self._acts.sound_bid(luck, tender)
        elif luck.random() < 0.5:
            acts = self._acts
            with suppress(Idle):  # nothing may be left to answer
                luck.choice((acts.amend, acts.enquire, acts.answer, acts.seal_bid))(luck)
        else:
            self._acts.warp(tender.closes)

    def _opened(self, luck: Random, tender: Tender, stage: int) -> None:
        """Releases the secret of a box and opens it."""
        box = tender.boxes[stage]
        if not box.released:
            self._acts.release_box(luck, tender.id, stage)
        if box.released and not box.is_open:
            self._acts.open_box(luck, tender.id, stage)

    def _evaluation(self, luck: Random, tender: Tender) -> None:
        last = len(tender.rounds) - 1
        if tender.sign_by:
            self._acts.on_award("pass over", tender.id)
        elif not tender.attempts or (outcome := self._model.outcome(tender, last)) == "NO_QUORUM":
            self._acts.draw_for(luck, tender.id)
        elif outcome == "VALID":
            self._acts.rank_next(tender.id, luck.choice((1, 100)))
        elif self._model.now >= tender.boxes[BALLOTS + last].closes:
            self._opened(luck, tender, BALLOTS + last)
        elif luck.random() < 0.15:
            self._acts.recuse(luck)
        elif tender.boxes[BALLOTS + last].messages and luck.random() < 0.8:
            self._acts.warp(tender.boxes[BALLOTS + last].closes)
        else:
            self._acts.ballots_of(luck, tender, last)

    def _standstill(self, luck: Random, tender: Tender) -> None:
        model = self._model
        open_ = [
            n
            for n, each in model.complaints.items()
            if each.status == "OPEN" and each.tender is tender
        ]
        if open_ and luck.random() < 0.25:
            self._acts.warp(tender.standstill_ends)
            self._acts.on_award("finalise", tender.id)
        elif open_ and luck.random() < 0.75:
            found = model.complaints[open_[0]]
            if not found.votes and model.now < found.decide_by and luck.random() < 0.8:
                self._acts.votes_on(luck, open_[0])
                return
            if len(found.votes) < len(found.panels[-1]):
                self._acts.warp(found.decide_by)
            self._acts.decide_on(open_[0])
        elif model.now < tender.standstill_ends and luck.random() < 0.65:
            self._acts.complain(luck)
        else:
            self._acts.warp(tender.standstill_ends)
            self._acts.on_award("finalise", tender.id)

    def _awarded(self, luck: Random, tender: Tender) -> None:
        choice = luck.random()
        if choice < 0.25:
            self._acts.sign_for(luck, tender.id, "")
        elif choice < 0.55:
            self._acts.accept(luck)
        else:
            self._acts.warp(tender.sign_by + 1)

    def drain(self, openers: bool, drawers: bool) -> None:
        """Every tender ends and every deposit leaves, whatever happened before.

        Args:
            openers: whether the openers still release what is due.
            drawers: whether the stranger draws a panel before it must.
        """
        model = self._model
        for id_ in list(model.tenders):
            for _ in range(200):
                if model.standing(id_)[0] in TERMINAL:
                    break
                self._end(model.tenders[id_], openers, drawers)
            else:
                raise AssertionError(f"tender {id_} does not end: {model.standing(id_)}")
        for id_, complaint in model.complaints.items():
            if complaint.status == "OPEN":
                self._acts.decide_on(id_)
            if complaint.deposit:
                self._acts.pay_out(id_, "treasury" if complaint.abusive else "stranger")

    def _end(self, tender: Tender, openers: bool, drawers: bool) -> None:
        """What a stranger can do about a tender, or the passing of time."""
        model, acts, id_ = self._model, self._acts, tender.id
        phase, _ = model.standing(id_)
        if phase == "TENDERING":
            acts.warp(tender.closes)
        elif phase == "OPENING":
            self._end_box(tender, tender.first_stage, openers)
        elif phase == "PRICE_OPENING":
            self._end_box(tender, PRICES, openers)
        elif phase == "STANDSTILL":
            acts.warp(tender.standstill_ends)
            for number, complaint in model.complaints.items():
                while complaint.status == "OPEN" and complaint.tender is tender:
                    acts.warp(complaint.decide_by)
                    acts.decide_on(number)
            if model.standing(id_)[0] == "STANDSTILL":
                acts.on_award("finalise", id_)
        elif phase == "AWARDED":
            acts.warp(tender.sign_by + 1)
        else:
            self._end_evaluation(tender, openers, drawers)

    def _end_box(self, tender: Tender, stage: int, openers: bool) -> None:
        box = tender.boxes[stage]
        opens = self._model.opens(tender.id, stage)
        if box.released:
            rest = [each.envelope for each in box.messages[box.opened :]]
            self._acts.open_now(tender.id, stage, rest)
        elif openers:
            self._acts.warp(opens)
            self._acts.release_now(tender.id, stage, box.key)
        else:
            self._acts.warp(opens + GRACE)

    def _end_evaluation(self, tender: Tender, openers: bool, drawers: bool) -> None:
        model, acts = self._model, self._acts
        last = len(tender.rounds) - 1
        if tender.sign_by:
            acts.on_award("pass over", tender.id)
        elif not tender.attempts or model.outcome(tender, last) == "NO_QUORUM":
            if not drawers and (tender.attempts or not tender.rounds):
                closed = tender.boxes[BALLOTS + last].closes if tender.rounds else tender.closes
                acts.warp(closed + GRACE + DRAWING)
            else:
                acts.draw_now(tender.id, tender.terms, min(model.free_keys))
        elif model.outcome(tender, last) == "VALID":
            acts.rank_next(tender.id, 100)
        else:
            self._end_box(tender, BALLOTS + last, openers)
