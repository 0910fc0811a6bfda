"""All acts: those of the award and of complaints, and the passing of time."""

from random import Random

from .agreeing import SIGNING_DEFECTS, agreement
from .backing import Backing
from .driving import TEXT
from .facts import (
    BALLOTS,
    DAY,
    DRAWING,
    GRACE,
    Terms,
)
from .world import AUDITORS, CITIZENS


class Acts(Backing):
    """What anybody can try."""

    # Evaluation and award

    def draw(self, luck: Random) -> None:
        id_ = self._tender(luck, "EVALUATION")
        self.draw_for(luck, id_)

    def draw_for(self, luck: Random, id_: int) -> None:
        terms = self._found(id_).terms
        if luck.random() < 0.05:
            terms = terms._replace(ceiling=terms.ceiling + 1)
        self.draw_now(id_, terms, self._key(luck))

    def draw_now(self, id_: int, terms: Terms, key: int) -> None:
        self._do(
            "draw",
            lambda: self.model.draw(id_, terms, key),
            "stranger",
            "Awards",
            "draw",
            id_,
            terms,
            self.world.claim(key),
        )

    def recuse(self, luck: Random) -> None:
        id_, round_ = self._evaluated(luck)
        found = self._found(id_)
        panel = self._panel(found, round_) if round_ < len(found.rounds) else []
        by = self._someone(luck, *panel)
        self._do(
            "recuse",
            lambda: self.model.recuse(by, id_, round_),
            by,
            "Ballots",
            "recuse",
            id_,
            round_,
            TEXT,
        )

    def rank(self, luck: Random) -> None:
        id_ = self._tender(luck, "EVALUATION")
        self.rank_next(id_, luck.choice((0, 1, 2, 100, 2**256 - 1)))

    def rank_next(self, id_: int, most: int) -> None:
        self._do(
            "rank", lambda: self.model.rank(id_, most), "stranger", "Awards", "rank", id_, most
        )

    def flag(self, luck: Random) -> None:
        low = [
            (n, position)
            for n, each in self.model.tenders.items()
            if self.model.standing(n)[0] == "EVALUATION"
            for position, bid in enumerate(each.bids.values())
            if bid.counts and each.is_low(bid.price)
        ]
        id_, position = self._likely(luck, low, [(self._any(luck), luck.randrange(4))])
        self._do(
            "flag",
            lambda: self.model.flag(id_, position),
            "stranger",
            "Awards",
            "flag",
            id_,
            position,
        )

    def finalise(self, luck: Random) -> None:
        self.on_award("finalise", self._tender(luck, "STANDSTILL"))

    def pass_over(self, luck: Random) -> None:
        self.on_award("pass over", self._tender(luck, "EVALUATION"))

    def on_award(self, kind: str, id_: int) -> None:
        expected = {"finalise": self.model.finalise, "pass over": self.model.pass_over}[kind]
        function = {"finalise": "finalise", "pass over": "passOver"}[kind]
        self._do(kind, lambda: expected(id_), "stranger", "Awards", function, id_)

    def accept(self, luck: Random) -> None:
        id_ = self._tender(luck, "AWARDED")
        winner = self.model.organisations.get(self._found(id_).winner)
        by = self._someone(luck, winner.account if winner else "stranger")
        terms = self._found(id_).terms
        if luck.random() < 0.05:
            terms = terms._replace(ceiling=terms.ceiling + 1)
        self._do(
            "accept",
            lambda: self.model.accept(by, id_, terms),
            by,
            "Awards",
            "accept",
            id_,
            terms,
        )

    def sign(self, luck: Random) -> None:
        id_ = self._tender(luck, "AWARDED")
        self.sign_for(luck, id_, luck.choice(("", luck.choice(SIGNING_DEFECTS))))

    def sign_for(self, luck: Random, id_: int, defect: str) -> None:
        args = agreement(self.world, self.model, self._found(id_), id_, defect)
        self._do(
            "sign",
            lambda: self.model.sign(id_, defect),
            "stranger",
            "Agreements",
            "sign",
            *args,
        )

    # Complaints

    def complain(self, luck: Random) -> None:
        id_ = self._tender(luck, "STANDSTILL")
        found = self._found(id_)
        bidders = [self.model.organisations[each].account for each in found.bids]
        rich = [each for each in bidders if self.model.money[each] > 1]
        by = self._someone(luck, *(rich if rich and luck.random() < 0.7 else bidders))
        terms = found.terms
        if luck.random() < 0.05:
            terms = terms._replace(ceiling=terms.ceiling + 1)
        grounds = luck.choice((TEXT,) * 9 + (bytes(32),))
        self._do(
            "complain",
            lambda: self.model.complain(by, id_, terms, grounds),
            by,
            "Reviews",
            "complain",
            id_,
            terms,
            grounds,
        )

    def _complaint(self, luck: Random) -> int:
        fit = [n for n, each in self.model.complaints.items() if each.status == "OPEN"]
        return self._likely(luck, fit, range(len(self.model.complaints) + 2))

    def vote(self, luck: Random) -> None:
        id_ = self._complaint(luck)
        found = self.model.complaints.get(id_)
        closes = found.tender.closes if found else 0
        seats = found.panels[-1] if found else []
        panel = [self.model.seats[each].account_at(closes) for each in seats]
        by = self._someone(luck, *panel) if panel else self._someone(luck, *AUDITORS, *CITIZENS)
        self._vote(id_, by, luck.choice((0, 0, 1, 2, 3)), luck.random() < 0.3)

    def votes(self, luck: Random) -> None:
        """Most of a panel votes, mostly alike."""
        id_ = self._complaint(luck)
        if id_ in self.model.complaints:
            self.votes_on(luck, id_)

    def votes_on(self, luck: Random, id_: int) -> None:
        found = self.model.complaints[id_]
        ruling, abusive = luck.choice(((0, False), (0, True), (1, False), (2, False), (3, False)))
        for seat in list(found.panels[-1]):
            if luck.random() < 0.92:
                by = self.model.seats[seat].account_at(found.tender.closes)
                odd = luck.random() < 0.08
                self._vote(id_, by, 0 if odd else ruling, False if odd else abusive)

    def _vote(self, id_: int, by: str, ruling: int, abusive: bool) -> None:
        self._do(
            "vote",
            lambda: self.model.vote(by, id_, ruling, abusive),
            by,
            "Reviews",
            "vote",
            id_,
            ruling,
            abusive,
            TEXT,
        )

    def decide(self, luck: Random) -> None:
        self.decide_on(self._complaint(luck))

    def decide_on(self, id_: int) -> None:
        self._do("decide", lambda: self.model.decide(id_), "stranger", "Reviews", "decide", id_)

    def pay_deposit(self, luck: Random) -> None:
        fit = [
            n for n, each in self.model.complaints.items() if each.deposit and each.status != "OPEN"
        ]
        id_ = self._likely(luck, fit, range(len(self.model.complaints) + 2))
        self.pay_out(id_, self._someone(luck, "treasury", "stranger"))

    def pay_out(self, id_: int, by: str) -> None:
        self._do(
            "pay deposit",
            lambda: self.model.pay_deposit(by, id_),
            by,
            "Reviews",
            "payDeposit",
            id_,
        )

    # Time

    def deadlines(self) -> list[int]:
        """When something begins or ends."""
        times = set()
        for tender in self.model.tenders.values():
            times |= {tender.closes - tender.rule.enquiry, tender.closes + GRACE + DRAWING}
            times |= {tender.standstill_ends, tender.sign_by + 1}
            for stage, box in tender.boxes.items():
                opens = self.model.opens(tender.id, stage)
                times |= {box.closes, opens, opens + GRACE}
                if stage >= BALLOTS:
                    times.add(box.closes + GRACE + DRAWING)
        times |= {each.decide_by for each in self.model.complaints.values()}
        return sorted(each for each in times if each >= self.model.now)

    def wait(self, luck: Random) -> None:
        """Time passes, to just before, at, or just after one of the next deadlines."""
        coming = self.deadlines() or [self.model.now + DAY]
        time = coming[0] if luck.random() < 0.8 else luck.choice(coming[:4])
        self.warp(time + luck.choice((-1, 0, 0, 1)))
        self._counts.done["wait", ""] += 1
