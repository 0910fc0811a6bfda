"""The story goes on under other rules: lots, two envelopes, complaints, and who does not sign.

Seven more tenders:

    12 a lot that is asked about; ranked three times: a complaint is upheld, another is abusive, the
       winner neither signs nor accepts, and no other bid is acceptable
    13 its other lot, amended: a winner is excluded; a complaint lapses; the buyer does not sign
    14 two envelopes, amended so late that the closing moves: the best price is abnormally low and
       accepted; a review cancels
    15 two envelopes: the key of the prices is withheld
    16 two envelopes: no proposal reaches the threshold
    17 two envelopes: cancelled
    18 two envelopes: the best price is abnormally low and not accepted; the next one wins
"""

from typing import Any

from eth_utils.crypto import keccak

from terang.replay.ranking import NO, RECUSED, YES, YES_ALTHOUGH_LOW
from terang.sealing.bidding import seal_ballot
from terang.sealing.envelope import Sealer
from terang.sealing.messages import Ballot, Bid, Proposal
from terang.vocabulary import BALLOTS, EVER, Licence, Remedy

from .story import (
    DAY,
    GOODS,
    LOWEST_PRICE,
    NUMBER,
    QUALITY_PRICE,
    RULE,
    TOKEN,
    VOTERS,
    WORKS,
    Place,
    Story,
    account,
    wallet,
)

SERVICES = 1
MORE_KEYS = 25  # one more than are taken
LOW = {
    **RULE,
    "abnormalUnderEstimate": 2_000,
    "bidSecurityLeast": 100,
    "bidSecurityMost": 100,
    "performanceSecurity": 1_000,
}
SCORED = {
    **RULE,
    "category": SERVICES,
    "method": QUALITY_PRICE,
    "abnormalUnderMean": 3_000,
    "complaintDeposit": 0,
    "threshold": 40,
    "weightLeast": 3_000,
    "weightMost": 7_000,
}
REVIEWERS = ("auditor", "citizen")


class Procedure(Story):
    """Tells both."""

    def more(self) -> None:
        self.other_rules()
        self.publication()
        self.panels()
        self.first_rankings()
        self.first_complaints()
        self.low_prices()
        self.second_complaints()
        self.ends()

    # Chapters

    def other_rules(self) -> None:
        self.make_keys(MORE_KEYS)
        self.places = iter([(2, place) for place in range(MORE_KEYS)])
        self.prices: dict[int, Place] = {}
        self.do("administrator", "Rules", "set", [LOW, SCORED])
        self.do("administrator", "Rules", "repeal", GOODS, LOWEST_PRICE)
        for name in ("rival", "supplier"):
            cash = keccak(text=f"cash of the {name}")
            self.do("treasury", TOKEN, "mint", account(name), 1000, cash)
            self.do(name, TOKEN, "approve", self.contract("Reviews").address, 1000)
            self.do(name, TOKEN, "approve", self.contract("Securities").address, 300)
        self.secure()

    def secure(self) -> None:
        """What stands behind the bids for tenders 12 and 13; 20 are needed."""
        token = self.contract(TOKEN).address
        guarantor = (Licence.GUARANTOR, account("registrar"), EVER)
        self.do("administrator", "Participants", "grant", *guarantor)
        for name, amount in (("rival", 170), ("supplier", 30)):
            self.do(name, "Securities", "deposit", NUMBER[name], token, amount)
        self.do("supplier", "Securities", "giveNotice", NUMBER["supplier"], token, 10)
        self.do(
            "registrar", "Securities", "guarantee", NUMBER["rival"], token, 500,
            self.chain.now + 300 * DAY, keccak(text="letter of guarantee"),
        )  # fmt: skip

    def publication(self) -> None:
        self.closes_at = self.chain.now + 4 * DAY
        self.procure("buyer", 12, [self.terms(WORKS), self.terms(WORKS)], 3)
        for tender in (14, 15, 16, 17, 18):
            self.procure("ministry", tender, [self.terms(SERVICES)])
        for who, question in (("supplier", "how large?"), ("relay", "what colour?")):
            self.do(who, "Tenders", "enquire", 12, keccak(text=question))
        self.do("buyer", "Tenders", "answer", 12, 1, keccak(text="large"))
        self.do("ministry", "Tenders", "cancel", 17, keccak(text="no need"))
        self.propose(14, "rival", 500, nonce=1)  # void: for the version before
        self.amend("buyer", 13, {"minimumBids": 2})
        self.chain.advance_to(self.closes_at - DAY // 2)
        self.amend("ministry", 14, {"ceiling": 1150})
        for tender, who, price in (
            (12, "supplier", 1500),  # abnormally low
            (12, "rival", 1900),
            (13, "supplier", 1700),
            (13, "rival", 1800),
        ):
            self.offer(tender, who, price)
        for who, price in (("supplier", 1000), ("rival", 600), ("buyer", 1100)):
            self.propose(14, who, price, version=2)
            self.propose(18, who, price)
        self.propose(18, "rival", 650, nonce=2)
        for tender in (15, 16):
            self.propose(tender, "supplier", 700)
        self.void_envelopes()

    def panels(self) -> None:
        self.chain.advance_to(self.closes_at)
        self.drawn: dict[int, Place] = {}
        for tender in (12, 13, 15, 16, 18):
            self.open("Tenders", tender, tender // 15, self.tenders[tender][1])
            self.drawn[tender] = self.draw(tender)
        leaving = self.panel(13)[0]
        self.vote_of(13, leaving, [NO, NO])  # void: its seat leaves
        self.do(VOTERS[leaving], "Ballots", "recuse", 13, 0, keccak(text="my cousin bids"))
        self.vote(13, 0, self.drawn[13], [YES, YES])
        self.vote(12, 0, self.drawn[12], [YES_ALTHOUGH_LOW, YES])
        self.vote(15, 0, self.drawn[15], [80], [60])
        self.vote(16, 0, self.drawn[16], [10], [RECUSED])
        self.vote(18, 0, self.drawn[18], [90, 80, 70], [RECUSED, 60, 70])
        self.chain.advance_to(self.closes_at + DAY // 2)
        self.open("Tenders", 14, 1, self.tenders[14][1])
        self.drawn[14] = self.draw(14)
        self.vote(14, 0, self.drawn[14], [50, 95, 60], [60, 85, 50])
        self.chain.advance_to(self.chain.now + DAY)

    def first_rankings(self) -> None:
        for tender in self.drawn:
            self.open("Ballots", tender, BALLOTS, self.drawn[tender])
        self.do("somebody", "Awards", "flag", 12, 0)
        for tender, most in (
            (12, 1),
            (12, 9),
            (13, 9),
            (14, 2),
            (14, 9),
            (15, 9),
            (16, 9),
            (18, 9),
        ):
            self.do("somebody", "Awards", "rank", tender, most)
        for tender in (14, 18):
            self.open("Tenders", tender, 2, self.prices[tender])
            for most in (1, 9):  # the lowest price in two chunks; it is low
                self.do("somebody", "Awards", "rank", tender, most)

    def first_complaints(self) -> None:
        for tender, who in ((12, "rival"), (12, "supplier"), (13, "rival")):
            self.complain(tender, who)
        self.review(1, Remedy.RE_EVALUATE)
        self.do("somebody", "Reviews", "decide", 2)  # moot: the award is gone
        self.review(3, Remedy.EXCLUDE)
        for complaint in (1, 2, 3):
            self.do("somebody", "Reviews", "payDeposit", complaint)
        self.do("somebody", "Awards", "rank", 13, 9)
        self.complain(13, "supplier")
        self.drawn[12] = self.draw(12)
        self.vote(12, 1, self.drawn[12], [NO, YES])

    def low_prices(self) -> None:
        for tender, answer in ((14, YES_ALTHOUGH_LOW), (18, NO)):
            self.drawn[tender] = self.draw(tender)
            self.vote(tender, 1, self.drawn[tender], [YES, answer, YES])
        self.chain.advance_to(self.chain.now + DAY)
        for tender in (12, 14, 18):
            self.open("Ballots", tender, BALLOTS + 1, self.drawn[tender])
        for tender in (12, 14, 14, 18, 18):
            self.do("somebody", "Awards", "rank", tender, 9)

    def second_complaints(self) -> None:
        self.complain(12, "supplier")
        self.complain(14, "supplier")
        self.review(5, Remedy.NONE, abusive=True)
        self.review(6, Remedy.CANCEL)
        self.do("treasury", "Reviews", "payDeposit", 5)
        for _panel in range(4):  # nobody votes on the fourth: it lapses
            self.chain.advance_to(self.chain.now + DAY)
            self.do("somebody", "Reviews", "decide", 4)

    def ends(self) -> None:
        self.chain.advance_to(self.chain.now + 3 * DAY)
        for tender in (12, 13, 18):
            self.do("somebody", "Awards", "finalise", tender)
        self.do("rival", "Awards", "accept", 13, self.tenders[13][0])  # 170, and 10 are pledged
        rival, token = NUMBER["rival"], self.contract(TOKEN).address
        self.do("rival", "Securities", "deposit", rival, token, 50)
        self.chain.advance_to(self.chain.now + 14 * DAY + 5)
        self.do("somebody", "Awards", "passOver", 12)
        self.do("somebody", "Awards", "rank", 12, 9)
        self.do("rival", "Securities", "giveNotice", rival, token, 5)
        supplier = NUMBER["supplier"]
        for tender in (12, 13):
            self.do("somebody", "Securities", "settle", tender, supplier)
        self.do("supplier", "Securities", "withdraw", supplier, token, account("supplier"))
        self.do("somebody", "Securities", "giveBack", 13)
        self.do("treasury", "Securities", "collect", token)

    # Acts

    def terms(self, category: int) -> dict[str, Any]:
        scored = category == SERVICES
        return {
            "documents": keccak(text="documents of the procedure"),
            "category": category,
            "method": QUALITY_PRICE if scored else LOWEST_PRICE,
            "taxBasis": 0,
            "currency": self.contract(TOKEN).address,
            "ceiling": 0 if scored else 2000,
            "minimumBids": 1,
            "bidSecurity": 0 if scored else 100,
            "weight": 6_000 if scored else 0,
            "threshold": 50 if scored else 0,
            "evaluationPeriod": DAY,
            "plan": (10_000,),
        }

    def procure(
        self, who: str, first: int, lots: list[dict[str, Any]], predecessor: int = 0
    ) -> None:
        notice = {"ocid": "ocds-2", "documentsUri": "more", "predecessor": predecessor}
        given = []
        for tender, terms in enumerate(lots, first):
            places = [next(self.places) for _box in range(1 + terms["method"])]
            self.tenders[tender], self.prices[tender] = (terms, places[0]), places[-1]
            claims = [self.claim(each) for each in places]
            given.append({"id": f"lot {tender}", "terms": terms, "claims": claims})
        self.do(who, "Tenders", "publish", notice, self.closes_at, given)

    def amend(self, who: str, tender: int, changes: dict[str, Any]) -> None:
        terms, place = self.tenders[tender]
        self.tenders[tender] = {**terms, **changes}, place
        reason, uri = keccak(text="a mistake"), "other documents"
        said = (tender, self.tenders[tender][0], uri, self.closes_at, reason)
        self.do(who, "Tenders", "amend", *said)

    def offer(self, tender: int, who: str, price: int) -> None:
        version = 2 if tender == 13 else 1
        self.price(tender, 0, Bid(account(who), price, bytes(32), version, 1), who)

    def propose(
        self, tender: int, who: str, price: int, *, nonce: int = 1, version: int = 1
    ) -> None:
        """Both envelopes."""
        documents = keccak(text=f"proposal of the {who}")
        proposal = Proposal(account(who), documents, version, nonce)
        signed = proposal.sign(wallet(who), self.box("Tenders", tender, 1))
        self.seal_as(who, tender, 1, signed.pack(), self.tenders[tender][1])
        self.price(tender, 2, Bid(account(who), price, bytes(32), version, nonce), who)

    def price(self, tender: int, stage: int, bid: Bid, who: str) -> None:
        signature = wallet(who).sign_typed(bid.typed_data(self.box("Tenders", tender, stage)))
        place = self.prices[tender] if stage else self.tenders[tender][1]
        plaintext = Bid(*list(vars(bid).values())[:-1], signature).pack()
        self.seal_as(who, tender, stage, plaintext, place)

    def seal_as(self, who: str, tender: int, stage: int, plaintext: bytes, place: Place) -> None:
        sealer = Sealer(self.key(place), self.box("Tenders", tender, stage).id, plaintext)
        sender = who if who == "rival" else "relay"
        self.do(sender, "Tenders", "seal", tender, stage, sealer.seal(plaintext))

    def void_envelopes(self) -> None:
        """Proposals and prices that do not count."""
        rival = Bid(account("rival"), 500, bytes(32), 2, 1)
        for price, nonce in ((500, 1), (500, 2), (0, 1), (1151, 1)):  # repeated, unpaired, …
            self.price(14, 2, Bid(rival.account, price, bytes(32), 2, nonce), "rival")
        self.price(14, 2, Bid(account("clerk"), 500, bytes(32), 2, 0), "clerk")
        self.put("Tenders", 14, 2, b"too short", self.prices[14])
        for who, version, nonce in (("rival", 2, 1), ("rival", 2, 0), ("supplier", 2, 2)):
            proposal = Proposal(account("rival"), bytes(32), version, nonce)
            signature = wallet(who).sign_typed(proposal.typed_data(self.box("Tenders", 14, 1)))
            plaintext = Proposal(account("rival"), bytes(32), version, nonce, signature).pack()
            self.put("Tenders", 14, 1, plaintext)
        self.put("Tenders", 14, 1, b"too short")

    def panel(self, tender: int) -> list[int]:
        return list(self.chain.view(self.contract("Ballots"), "panelOf", tender, 0))

    def vote_of(self, tender: int, seat: int, marks: list[int]) -> None:
        box, place = self.box("Ballots", tender, BALLOTS), self.drawn[tender]
        ballot = Ballot(seat, bytes(32), bytes(marks)).sign(wallet(VOTERS[seat]), box)
        envelope = seal_ballot(ballot, box, self.key(place))
        self.do(VOTERS[seat], "Ballots", "seal", tender, BALLOTS, envelope)

    def complain(self, tender: int, who: str) -> None:
        grounds = keccak(text=f"the {who} complains")
        self.do(who, "Reviews", "complain", tender, self.tenders[tender][0], grounds)

    def review(self, complaint: int, ruling: Remedy, *, abusive: bool = False) -> None:
        for name in REVIEWERS:
            reasons = keccak(text=f"the {name} explains")
            self.do(name, "Reviews", "vote", complaint, ruling, abusive, reasons)
        self.do("somebody", "Reviews", "decide", complaint)
