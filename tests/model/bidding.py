"""What is sealed and opened: bids, proposals, prices, ballots, junk."""

from collections.abc import Callable
from random import Random

from .authors import DEFECTS
from .comparing import ALTHOUGH_LOW, NO, RECUSED, WITHDRAWN, YES
from .driving import PEOPLE, PRICES_BID
from .facts import (
    BALLOTS,
    BIDS,
    CAP,
    PRICES,
    PROPOSALS,
    QUALITY,
    Message,
    Tender,
)
from .offering import Offering
from .world import KEYS, SUPPLIERS, secret_of


class Bidding(Offering):
    """The acts of suppliers, panel members and openers."""

    # Sealing

    def seal_bid(self, luck: Random) -> None:
        """One supplier's bid, or its proposal and the price for it."""
        id_ = self._tender(luck, "TENDERING")
        found = self._found(id_)
        who = luck.choice((*PEOPLE, "stranger")) if luck.random() < 0.15 else luck.choice(SUPPLIERS)
        nonce = luck.choice((1, 1, 2, 3, 0))
        price = luck.choice((*PRICES_BID * 2, 0, 1001, WITHDRAWN, WITHDRAWN))
        version = found.version if luck.random() < 0.9 else found.version + luck.choice((-1, 1))
        stages = (PROPOSALS, PRICES) if found.two_envelopes else (BIDS,)
        if luck.random() < 0.2:
            stages = (luck.choice((BIDS, PROPOSALS, PRICES)),)
        for stage in stages:
            if stage == PRICES and luck.random() < 0.15:
                nonce += luck.choice((-1, 1)) if nonce else 1
            defect = luck.choice(DEFECTS) if luck.random() < 0.08 else ""
            box = found.boxes.get(stage, found.first_box)
            message = self._author.bid(id_, stage, box.key, who, price, version, nonce, defect)
            if box.messages and luck.random() < 0.05:
                message = luck.choice(box.messages)  # a copy of another's
            sender = "relay" if luck.random() < 0.1 else self._someone(luck, who)
            if who not in SUPPLIERS:
                sender = luck.choice(("relay", *SUPPLIERS))
            self._seal(("bid", "proposal", "price")[stage], sender, id_, stage, message)

    def deposit_now(self, by: str, organisation: int, amount: int) -> None:
        self._do(
            "deposit",
            lambda: self.model.deposit(by, organisation, amount),
            by,
            "Securities",
            "deposit",
            organisation,
            self.world.currency,
            amount,
        )

    def sound_bid(self, luck: Random, tender: Tender) -> None:
        """A bid that counts, of a supplier that has none in the box."""
        sealed = {each.account for each in tender.first_box.messages}
        who = luck.choice([each for each in SUPPLIERS if each not in sealed] or SUPPLIERS)
        price = luck.choice(PRICES_BID)
        organisation = self.model.serving[who].id
        if tender.terms.bid_security and luck.random() < 0.7 and self.model.money[who] > 100:
            self.deposit_now(who, organisation, 100)
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
        if wild and marks and luck.random() < 0.3:
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
                marks = self._marks(luck, tender, scored, wild=luck.random() < 0.1)
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
        self.release_box(luck, id_, stage)

    def release_box(self, luck: Random, id_: int, stage: int) -> None:
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
        self.open_box(luck, id_, stage, wild=True)

    def open_box(self, luck: Random, id_: int, stage: int, wild: bool = False) -> None:
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
