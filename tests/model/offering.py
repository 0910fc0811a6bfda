"""The acts of the authority and of buyers."""

from random import Random

from eth_utils.crypto import keccak

from .comparing import WITHDRAWN
from .driving import CATEGORIES, TEXT, Driver
from .facts import (
    DAY,
    MOST,
    QUALITY_PRICE,
    Rule,
    Terms,
)
from .world import MEMBERS, SUPPLIERS, address


class Offering(Driver):
    """Rules, seats, tenders, answers."""

    # The law

    def begin(self, luck: Random) -> None:
        """A rule for each method, and a first procurement."""
        rules = [self.rule(luck, 2, method) for method in (0, 1)]
        self._set_rules("authority", rules)
        while not self.model.tenders:
            self.publish(luck)

    def rule(self, luck: Random, category: int, method: int) -> Rule:
        """A sound rule with short periods."""
        scored = method == QUALITY_PRICE
        auditors = luck.choice((0, 0, 1))
        return Rule(
            category,
            method,
            tendering=luck.choice((DAY, 2 * DAY)),
            amendment=DAY,
            enquiry=luck.choice((0, DAY // 2, DAY - 1)),
            evaluation=luck.choice((DAY, DAY + 1)),
            standstill=luck.choice((DAY, 3 * DAY)),
            signing=luck.choice((DAY, 4 * DAY)),
            minimum_bids=luck.choice((1, 1, 1, 2)),
            under_estimate=luck.choice((0, 2500)),
            under_mean=luck.choice((0, 2000)),
            review=luck.choice((DAY, 2 * DAY)),
            deposit=luck.choice((0, 100, 100, 1000)),
            agencies=2,
            auditors=auditors,
            citizens=1,
            quorum=2 + (auditors or luck.random() < 0.2),
            review_auditors=2,
            review_citizens=1,
            review_quorum=2,
            threshold=50 if scored else 0,
            weight_least=1000 if scored else 0,
            weight_most=9000 if scored else 0,
            bid_security_least=0,
            bid_security_most=luck.choice((0, 300, 300)),
            performance_security=luck.choice((0, 0, 500)),
            performance_security_low=luck.choice((0, 800)),
        )

    def set_rules(self, luck: Random) -> None:
        rules = []
        for _ in range(luck.choice((1, 1, 2))):
            rule = self.rule(luck, luck.choice(CATEGORIES), luck.choice((0, 1)))
            if luck.random() < 0.4:
                field, values = luck.choice(
                    (
                        ("tendering", (DAY - 1, MOST, MOST + 1)),
                        ("amendment", (rule.tendering, rule.tendering + 1)),
                        ("enquiry", (rule.tendering - 1, rule.tendering)),
                        ("evaluation", (DAY - 1, MOST + 1)),
                        ("standstill", (0, DAY - 1, MOST + 1)),
                        ("signing", (DAY - 1, MOST + 1)),
                        ("review", (DAY - 1, MOST + 1)),
                        ("minimum_bids", (0,)),
                        ("under_estimate", (9999, 10_000)),
                        ("under_mean", (10_000,)),
                        ("deposit", (10_000, 10_001)),
                        ("quorum", (0, 1, 4, 5)),
                        ("agencies", (0, 4, 255)),
                        ("review_quorum", (0, 1, 4)),
                        ("review_citizens", (0, 13, 255)),
                        ("bid_security_least", (1, 301)),
                        ("bid_security_most", (10_000, 10_001)),
                        ("performance_security", (10_000, 10_001)),
                        ("performance_security_low", (10_001,)),
                        ("threshold", (1, 101)),
                        ("weight_least", (0, 9500)),
                        ("weight_most", (0, 10_000)),
                    )
                )
                rule = rule._replace(**{field: luck.choice(values)})
            rules.append(rule)
        self._set_rules(self._someone(luck, "authority"), rules)

    def _set_rules(self, by: str, rules: list[Rule]) -> None:
        self._do("set rules", lambda: self.model.set_rules(by, rules), by, "Rules", "set", rules)

    def repeal(self, luck: Random) -> None:
        category, method = luck.choice((*CATEGORIES, 1)), luck.choice((0, 1))
        by = self._someone(luck, "authority")
        self._do(
            "repeal",
            lambda: self.model.repeal(by, category, method),
            by,
            "Rules",
            "repeal",
            category,
            method,
        )

    def suspend(self, luck: Random) -> None:
        organisation = luck.choice((2, *range(len(MEMBERS) + 1, len(MEMBERS + SUPPLIERS) + 2)))
        by = self._someone(luck, "authority")
        out = [n for n, each in self.model.organisations.items() if each.is_suspended]
        if out and luck.random() < 0.75:
            organisation = luck.choice(out)
        back = (organisation in out) ^ (luck.random() < 0.1)
        act = "reinstate" if back else "suspend"
        expected = getattr(self.model, act)
        self._do(
            act,
            lambda: expected(by, organisation),
            by,
            "Participants",
            act,
            organisation,
            TEXT,
        )

    def remove_seat(self, luck: Random) -> None:
        seat = luck.randrange(3, len(MEMBERS) + 2)
        by = self._someone(luck, "authority")
        self._do(
            "remove seat",
            lambda: self.model.remove_seat(by, seat),
            by,
            "Consortium",
            "remove",
            seat,
            TEXT,
        )

    def change_account(self, luck: Random) -> None:
        seat = luck.randrange(3, len(MEMBERS) + 2)
        found = self.model.seats.get(seat)
        by = self._someone(luck, "authority", found.accounts[-1][1] if found else "authority")
        account = luck.choice((f"{MEMBERS[seat % len(MEMBERS)]} again", luck.choice(MEMBERS)))
        self._do(
            "change account",
            lambda: self.model.change_account(by, seat, account),
            by,
            "Consortium",
            "changeAccount",
            seat,
            address(account),
        )

    # The buyer

    def terms(self, luck: Random, category: int, method: int, rule: Rule | None) -> Terms:
        """Sound terms under a rule."""
        scored = method == QUALITY_PRICE
        ceiling = luck.choice((0, 900, 1000, 1000))
        least, most = (rule.bid_security_least, rule.bid_security_most) if rule else (0, 0)
        return Terms(
            TEXT,
            category,
            method,
            0,
            self.world.currency,
            ceiling,
            rule.minimum_bids if rule else 1,
            luck.choice((least, most, most)) if ceiling else least,
            luck.choice((1000, 5000, 7000, 9000)) if scored else 0,
            luck.choice((50, 60)) if scored else 0,
            rule.evaluation if rule else DAY,
            luck.choice(((10_000,), (3333, 6667))),
        )

    def _spoilt(self, luck: Random, terms: Terms) -> Terms:
        field, values = luck.choice(
            (
                ("documents", (bytes(32),)),
                ("documents", (keccak(text="other"),)),
                ("category", (1, 2)),
                ("method", (0, 1)),
                ("currency", (address("stranger"),)),
                ("ceiling", (WITHDRAWN, WITHDRAWN - 1)),
                ("minimum_bids", (0, 2, 3)),
                ("bid_security", (1, 301)),
                ("weight", (0, 1, 999, 9001)),
                ("threshold", (1, 49, 101)),
                ("evaluation", (terms.evaluation - 1, MOST, MOST + 1)),
                ("plan", ((), (5000, 4999), (10_000, 0), (1,) * 33)),
            )
        )
        return terms._replace(**{field: luck.choice(values)})

    def publish(self, luck: Random) -> None:
        """One lot or several, by either method; sometimes with something wrong."""
        model = self.model
        by = self._someone(luck, "buyer 1", "buyer 1", "buyer 2", "supplier 3")
        lots, periods = [], [DAY]
        for _ in range(luck.choice((1, 1, 1, 2, 3) if luck.random() < 0.97 else (0, 33))):
            category, method = luck.choice(
                [*model.present] if model.present and luck.random() < 0.9 else [(1, 0)]
            )
            rule = model.present.get((category, method))
            terms = self.terms(luck, category, method, rule)
            if luck.random() < 0.12:
                terms = self._spoilt(luck, terms)
            periods.append(rule.tendering if rule else DAY)
            boxes = 1 + (terms.method == QUALITY_PRICE)
            if luck.random() < 0.03:
                boxes = luck.choice((0, 1, 2, 3))
            lots.append((terms, [self._key(luck) for _ in range(boxes)]))
        if len({key for _, keys in lots for key in keys}) < sum(len(keys) for _, keys in lots):
            lots = lots[:1]
        earliest = model.now + max(periods)
        closes = luck.choice((earliest, earliest, earliest + DAY))
        if luck.random() < 0.1:
            closes = luck.choice((earliest - 1, model.now + MOST, model.now + MOST + 1))
        predecessor = 0
        if luck.random() < 0.15:
            predecessor = self._any(luck)
        reference = "x" * (luck.choice((256, 257)) if luck.random() < 0.05 else 4)
        self._do(
            "publish",
            lambda: model.publish(by, closes, lots, predecessor, reference),
            by,
            "Tenders",
            "publish",
            (reference, "uri", predecessor),
            closes,
            [("lot", terms, [self.world.claim(key) for key in keys]) for terms, keys in lots],
        )

    def amend(self, luck: Random) -> None:
        id_ = self._tender(luck, "TENDERING")
        found = self._found(id_)
        by = self._buyer(luck, found)
        old = found.terms
        terms = self.terms(luck, old.category, old.method, found.rule)
        if luck.random() < 0.25:
            terms = self._spoilt(luck, terms)
        closes = found.closes + luck.choice((0, 0, 0, 1, DAY, -1))
        if luck.random() < 0.05:
            closes = self.model.now + MOST + luck.choice((0, 1))
        self._do(
            "amend",
            lambda: self.model.amend(by, id_, terms, closes),
            by,
            "Tenders",
            "amend",
            id_,
            terms,
            "uri",
            closes,
            TEXT,
        )

    def cancel(self, luck: Random) -> None:
        id_ = self._tender(luck, "TENDERING", "OPENING")
        by = self._buyer(luck, self._found(id_))
        self._do("cancel", lambda: self.model.cancel(by, id_), by, "Tenders", "cancel", id_, TEXT)

    def enquire(self, luck: Random) -> None:
        id_ = self._tender(luck, "TENDERING")
        by = self._someone(luck, "relay", *SUPPLIERS)
        text = luck.choice((TEXT, TEXT, TEXT, bytes(32)))
        self._do(
            "enquire",
            lambda: self.model.enquire(by, id_, text),
            by,
            "Tenders",
            "enquire",
            id_,
            text,
        )

    def answer(self, luck: Random) -> None:
        asked = [
            n
            for n, each in self.model.tenders.items()
            if not all(each.answers) and self.model.standing(n)[0] == "TENDERING"
        ]
        id_ = self._likely(luck, asked, [self._any(luck)])
        found = self._found(id_)
        by = self._buyer(luck, found)
        left = [n for n, answered in enumerate(found.answers, 1) if not answered]
        enquiry = luck.choice(left or [1])
        if luck.random() < 0.2:
            enquiry = luck.randrange(len(found.answers) + 2)
        text = luck.choice((TEXT, TEXT, TEXT, bytes(32)))
        self._do(
            "answer",
            lambda: self.model.answer(by, id_, enquiry, text),
            by,
            "Tenders",
            "answer",
            id_,
            enquiry,
            text,
        )
