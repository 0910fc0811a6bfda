"""What people try, at random: most of it due, some of it too early, too late, wrong or not theirs.

Every act is done in the model and on the contracts, and must be accepted by both, or refused by
both with the same error.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from eth_utils.crypto import keccak

from .agreeing import SIGNING_DEFECTS, agreement
from .comparing import ALTHOUGH_LOW, NO, RECUSED, WITHDRAWN, YES
from .procedure import (
    BALLOTS,
    BIDS,
    CAP,
    DAY,
    DRAWING,
    GRACE,
    MOST,
    PRICES,
    PROPOSALS,
    QUALITY,
    QUALITY_PRICE,
    TERMINAL,
    Message,
    Refused,
    Rule,
    Tender,
    Terms,
)
from .sealing import DEFECTS, Author
from .state import compare_standing
from .world import AUDITORS, CITIZENS, KEYS, MEMBERS, SUPPLIERS, World, address, secret_of

PEOPLE = (*MEMBERS, *SUPPLIERS, "authority", "treasury", "relay", "stranger")
CATEGORIES = (0, 2)
PRICES_BID = (500, 700, 700, 900, 1000)
T = TypeVar("T")
TEXT = keccak(text="text")
VOIDS = (
    "",
    "LENGTH",
    "VERSION",
    "POINT",
    "SIGNATURE",
    "ACCOUNT",
    "INELIGIBLE",
    "BUYER",
    "TENDER_VERSION",
    "NONCE",
    "PRICE",
    "CEILING",
    "SUPERSEDED",
    "SEAT",
    "REPEATED",
    "MARKS",
    "UNPAIRED",
)


class Idle(Exception):
    """There is nothing yet to which an act of this kind could be done."""


class Acts:
    """One ledger, driven in the model and in the machine together.

    Attributes:
        done: how often each kind of act came to each end; "": accepted.
        voids: how often an opened envelope counted (""), or did not, and why.
    """

    def __init__(self, world: World, done: Counter[tuple[str, str]], voids: Counter[str]) -> None:
        self.world = world
        self.model = world.restart()
        self._touched: set[int] = set()
        self._running: set[int] = set()  # tenders that had not ended when last compared
        self._compared_at = self.model.now
        self.done = done
        self.voids = voids
        self._author = Author(world)
        self._voided = world.contracts["Tenders"].topic("Voided")

    # Doing

    def _do(
        self,
        kind: str,
        expected: Callable[[], object],
        by: str,
        contract: str,
        function: str,
        *args: Any,
    ) -> Any:
        """Does an act in both, and returns what the model says of one that is accepted."""
        answer, refusal = None, ""
        try:
            answer = expected()
        except Refused as refused:
            refusal = refused.args[0]
        came = self.world.send(by, contract, function, *args)
        assert came.refusal == refusal, (kind, by, function, args)
        self.done[kind, refusal] += 1
        if not refusal:
            self._touch(contract, function, args[0])
        if kind == "open" and not refusal:
            self._compare_voids(answer, came.logs)
        return answer

    def _touch(self, contract: str, function: str, about: Any) -> None:
        """Notes the tender that an act changed."""
        if contract == "Reviews" and function != "complain":
            about = self.model.complaints[about].tender.id
        if function == "publish":
            self._touched |= self.model.tenders.keys() - self._running
        elif isinstance(about, int) and about in self.model.tenders:
            self._touched.add(about)

    def compare(self) -> None:
        """Compares the tenders that an act changed; those that have not ended, when time passed."""
        ids = set(self._touched)
        if self.model.now != self._compared_at:
            ids |= self._running
        compare_standing(self.world, self.model, ids)
        self._running = {n for n in self.model.tenders if self.model.standing(n)[0] not in TERMINAL}
        self._touched, self._compared_at = set(), self.model.now

    def _compare_voids(self, reasons: Sequence[str], logs: Sequence[Any]) -> None:
        topic = int.from_bytes(self._voided)
        voided = [int.from_bytes(data[32:64]) for _at, topics, data in logs if topics[0] == topic]
        assert [VOIDS[each] for each in voided] == [each for each in reasons if each]
        self.voids.update(reasons)

    def warp(self, time: int) -> None:
        """Lets time pass; it never goes back."""
        self.world.now = self.model.now = max(self.model.now, time)

    # Choosing

    def _tender(self, luck: Random, *phases: str) -> int:
        """A tender, mostly in one of these phases; sometimes one that is not there."""
        ids = list(self.model.tenders)
        if luck.random() < 0.05:
            return self._any(luck)
        return self._likely(
            luck, [each for each in ids if self.model.standing(each)[0] in phases], ids or [1]
        )

    def _any(self, luck: Random) -> int:
        return luck.randrange(len(self.model.tenders) + 2)

    def _likely(self, luck: Random, fit: Sequence[T], others: Sequence[T]) -> T:
        """One of those that fit; where none does, mostly nothing, else one of the others."""
        if not fit and luck.random() < 0.8:
            raise Idle
        return luck.choice(fit if fit and luck.random() < 0.95 else others)

    def _found(self, id_: int) -> Tender:
        """A tender of this number, or another where there is none, to copy things from."""
        return self.model.tenders.get(id_) or self.model.tenders[1]

    def _someone(self, luck: Random, *likely: str) -> str:
        return luck.choice(likely if likely and luck.random() < 0.9 else PEOPLE)

    def _buyer(self, luck: Random, tender: Tender) -> str:
        return self._someone(luck, self.model.organisations[tender.buyer].account)

    def _key(self, luck: Random) -> int:
        free = sorted(self.model.free_keys)
        return luck.choice(free) if free and luck.random() < 0.97 else luck.randrange(KEYS)

    def idle(self, luck: Random) -> None:
        """Leaves it to others."""
        raise Idle

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
            amendment=luck.choice((0, DAY // 2, DAY)),
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
        found = self.model.organisations.get(organisation)
        back = bool(found and found.is_suspended) ^ (luck.random() < 0.1)
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
        return Terms(
            TEXT,
            category,
            method,
            0,
            self.world.currency,
            luck.choice((0, 900, 1000)),
            rule.minimum_bids if rule else 1,
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
        asked = [n for n, each in self.model.tenders.items() if not all(each.answers)]
        id_ = self._likely(luck, asked, [self._any(luck)])
        found = self._found(id_)
        by = self._buyer(luck, found)
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

    # Sealing

    def seal_bid(self, luck: Random) -> None:
        """One supplier's bid, or its proposal and the price for it."""
        id_ = self._tender(luck, "TENDERING")
        found = self._found(id_)
        who = self._someone(luck, *SUPPLIERS)
        nonce = luck.choice((1, 1, 2, 3, 0))
        price = luck.choice((*PRICES_BID * 2, 0, 1001, WITHDRAWN, WITHDRAWN))
        version = found.version if luck.random() < 0.9 else found.version + luck.choice((-1, 1))
        stages = (PROPOSALS, PRICES) if found.two_envelopes else (BIDS,)
        if luck.random() < 0.2:
            stages = (luck.choice((BIDS, PROPOSALS, PRICES)),)
        for stage in stages:
            defect = luck.choice(DEFECTS) if luck.random() < 0.08 else ""
            box = found.boxes.get(stage, found.first_box)
            message = self._author.bid(id_, stage, box.key, who, price, version, nonce, defect)
            if box.messages and luck.random() < 0.05:
                message = luck.choice(box.messages)  # a copy of another's
            sender = "relay" if luck.random() < 0.1 else self._someone(luck, who)
            self._seal(("bid", "proposal", "price")[stage], sender, id_, stage, message)

    def sound_bid(self, luck: Random, tender: Tender) -> None:
        """A bid that counts, of a supplier that has none in the box."""
        sealed = {each.account for each in tender.first_box.messages}
        who = luck.choice([each for each in SUPPLIERS if each not in sealed] or SUPPLIERS)
        price = luck.choice(PRICES_BID)
        for stage in (PROPOSALS, PRICES) if tender.two_envelopes else (BIDS,):
            message = self._author.bid(
                tender.id, stage, tender.boxes[stage].key, who, price, tender.version, 1
            )
            self._seal(("bid", "proposal", "price")[stage], who, tender.id, stage, message)

    def flood(self, luck: Random) -> None:
        """A relay seals more than one segment of a box holds; a supplier up to its cap."""
        id_ = self._tender(luck, "TENDERING")
        found = self._found(id_)
        stage = luck.choice((*found.boxes,))
        who, times = luck.choice((("relay", 33), (luck.choice(SUPPLIERS), CAP + 1)))
        if stage >= BALLOTS:
            who, times = luck.choice(("relay", *self._panel(found, stage - BALLOTS))), CAP + 1
        for n in range(times):
            envelope = b"\x02" + bytes([n]) * 34
            self._seal("junk", who, id_, stage, Message(envelope, "VERSION"))

    def _seal(self, kind: str, by: str, id_: int, stage: int, message: Message) -> None:
        self._do(
            kind,
            lambda: self.model.seal(by, id_, stage, message),
            by,
            "Ballots" if stage >= BALLOTS else "Tenders",
            "seal",
            id_,
            stage,
            message.envelope,
        )

    def _panel(self, tender: Tender, round_: int) -> list[str]:
        """The accounts that sign for the seats of a panel."""
        panel = tender.rounds[round_].panel
        return [self.model.seats[each].account_at(tender.closes) for each in panel if each]

    def _evaluated(self, luck: Random) -> tuple[int, int]:
        """A tender and a round, mostly one that runs."""
        fit = [
            (n, len(each.rounds) - 1)
            for n, each in self.model.tenders.items()
            if each.rounds and self.model.now < each.boxes[BALLOTS + len(each.rounds) - 1].closes
        ]
        return self._likely(luck, fit, [(self._any(luck), luck.choice((0, 0, 1)))])

    def seal_ballot(self, luck: Random) -> None:
        """One ballot, perhaps a second one, of another's seat, or junk."""
        id_, round_ = self._evaluated(luck)
        found = self._found(id_)
        known = round_ < len(found.rounds)
        panel = self._panel(found, round_) if known else []
        who = self._someone(luck, *panel)
        seat = self.model.seat_ever_of(who) if luck.random() < 0.9 else luck.randrange(12)
        scored = known and found.rounds[round_].question == QUALITY
        self._ballot(luck, id_, round_, who, seat, self._marks(luck, found, scored, wild=True))

    def _marks(self, luck: Random, tender: Tender, scored: bool, wild: bool = False) -> bytes:
        likely = (40, 50, 70, 70, 100, RECUSED) if scored else (YES, YES, ALTHOUGH_LOW, NO, RECUSED)
        if not scored and luck.random() < 0.5:
            likely = (ALTHOUGH_LOW,)
        marks = [luck.choice(likely) for _ in tender.bids]
        if wild and marks and luck.random() < 0.15:
            marks[luck.randrange(len(marks))] = luck.choice((3, 101, 254))
        if wild and luck.random() < 0.05:
            marks = luck.choice((marks[:-1], [*marks, YES]))
        return bytes(marks)

    def _ballot(
        self, luck: Random, id_: int, round_: int, who: str, seat: int, marks: bytes
    ) -> None:
        found = self._found(id_)
        stage = BALLOTS + round_
        box = found.boxes.get(stage, found.first_box)
        defect = luck.choice(DEFECTS) if luck.random() < 0.05 else ""
        message = self._author.ballot(id_, round_, box.key, who, seat, marks, defect)
        by = "relay" if luck.random() < 0.1 else self._someone(luck, who)
        self._seal("ballot", by, id_, stage, message)

    def ballots(self, luck: Random) -> None:
        """Most of a panel votes."""
        id_, round_ = self._evaluated(luck)
        found = self._found(id_)
        if id_ in self.model.tenders and round_ < len(found.rounds):
            self.ballots_of(luck, found, round_)

    def ballots_of(self, luck: Random, tender: Tender, round_: int) -> None:
        scored = tender.rounds[round_].question == QUALITY
        for who in self._panel(tender, round_):
            if luck.random() < 0.92:
                seat = self.model.seat_ever_of(who)
                marks = self._marks(luck, tender, scored)
                self._ballot(luck, tender.id, round_, who, seat, marks)

    # Opening

    def _boxes(self, wanted: Callable[[Tender, int], bool]) -> list[tuple[int, int]]:
        return [
            (n, stage)
            for n, each in self.model.tenders.items()
            for stage in each.boxes
            if wanted(each, stage)
        ]

    def release(self, luck: Random) -> None:
        model = self.model
        due = self._boxes(
            lambda tender, stage: (
                not tender.boxes[stage].released and 0 < model.opens(tender.id, stage) <= model.now
            )
        )
        stage = luck.choice((BIDS, PROPOSALS, PRICES, BALLOTS))
        id_, stage = self._likely(luck, due, [(self._any(luck), stage)])
        self._release(luck, id_, stage)

    def _release(self, luck: Random, id_: int, stage: int) -> None:
        box = self._found(id_).boxes.get(stage, self._found(id_).first_box)
        self.release_now(id_, stage, box.key if luck.random() < 0.95 else luck.randrange(KEYS))

    def release_now(self, id_: int, stage: int, key: int) -> None:
        self._do(
            "release",
            lambda: self.model.release(id_, stage, key),
            "stranger",
            "Ballots" if stage >= BALLOTS else "Tenders",
            "release",
            id_,
            stage,
            secret_of(key),
        )

    def open(self, luck: Random) -> None:
        def is_due(tender: Tender, stage: int) -> bool:
            box = tender.boxes[stage]
            return box.released and not box.is_open

        due = self._boxes(is_due)
        stage = luck.choice((BIDS, PROPOSALS, PRICES, BALLOTS))
        id_, stage = self._likely(luck, due, [(self._any(luck), stage)])
        self._open(luck, id_, stage, wild=True)

    def _open(self, luck: Random, id_: int, stage: int, wild: bool = False) -> None:
        """The next envelopes, mostly up to the end of a segment; or wrong ones."""
        box = self._found(id_).boxes.get(stage)
        left = [each.envelope for each in box.messages[box.opened :]] if box else []
        segment = 8 if stage >= BALLOTS else 32
        given = left[:segment] if luck.random() < 0.5 else left
        if wild and luck.random() < 0.3:
            given = luck.choice((given[:-1], given[1:], [*given, b"junk"], given[::-1], []))
        self.open_now(id_, stage, given)

    def open_now(self, id_: int, stage: int, given: list[bytes]) -> None:
        self._do(
            "open",
            lambda: self.model.open(id_, stage, given),
            "stranger",
            "Ballots" if stage >= BALLOTS else "Tenders",
            "open",
            id_,
            stage,
            given,
        )

    # Evaluation and award

    def draw(self, luck: Random) -> None:
        id_ = self._tender(luck, "EVALUATION")
        self._draw(luck, id_)

    def _draw(self, luck: Random, id_: int) -> None:
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
        self._rank(id_, luck.choice((0, 1, 2, 100, 2**256 - 1)))

    def _rank(self, id_: int, most: int) -> None:
        self._do(
            "rank", lambda: self.model.rank(id_, most), "stranger", "Awards", "rank", id_, most
        )

    def flag(self, luck: Random) -> None:
        id_ = self._tender(luck, "EVALUATION")
        position = luck.randrange(len(self._found(id_).bids) + 1)
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
        self._on_award("finalise", self._tender(luck, "STANDSTILL"))

    def pass_over(self, luck: Random) -> None:
        self._on_award("pass over", self._tender(luck, "EVALUATION"))

    def _on_award(self, kind: str, id_: int) -> None:
        expected = {"finalise": self.model.finalise, "pass over": self.model.pass_over}[kind]
        function = {"finalise": "finalise", "pass over": "passOver"}[kind]
        self._do(kind, lambda: expected(id_), "stranger", "Awards", function, id_)

    def accept(self, luck: Random) -> None:
        id_ = self._tender(luck, "AWARDED")
        winner = self.model.organisations.get(self._found(id_).winner)
        by = self._someone(luck, winner.account if winner else "stranger")
        self._do("accept", lambda: self.model.accept(by, id_), by, "Awards", "accept", id_)

    def sign(self, luck: Random) -> None:
        id_ = self._tender(luck, "AWARDED")
        self._sign(luck, id_, luck.choice(("", luck.choice(SIGNING_DEFECTS))))

    def _sign(self, luck: Random, id_: int, defect: str) -> None:
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
        by = self._someone(luck, *bidders)
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
            if luck.random() < 0.85:
                by = self.model.seats[seat].account_at(found.tender.closes)
                odd = luck.random() < 0.15
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
        self._decide(self._complaint(luck))

    def _decide(self, id_: int) -> None:
        self._do("decide", lambda: self.model.decide(id_), "stranger", "Reviews", "decide", id_)

    def pay_deposit(self, luck: Random) -> None:
        fit = [
            n for n, each in self.model.complaints.items() if each.deposit and each.status != "OPEN"
        ]
        id_ = self._likely(luck, fit, range(len(self.model.complaints) + 2))
        self._pay(id_, self._someone(luck, "treasury", "stranger"))

    def _pay(self, id_: int, by: str) -> None:
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
        self.done["wait", ""] += 1
