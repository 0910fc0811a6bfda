"""A small ledger on which everything happens that an event can tell.

Three openers (one of each class, two release); eleven tenders:

    1  no ballot in the first evaluation; paid in the second, after a report that is rejected
    2  cancelled with a bid inside
    3  unsuccessful: its one bid is withdrawn; beside it envelopes void for every reason
    4  unsuccessful: the panel accepts no bid
    5  in a token that does not deliver: kept, claimed, renounced, closed
    6  unsuccessful: the key of its bids is withheld
    7  unsuccessful: the key of its ballots is withheld
    8  unsuccessful: twice without a ballot, by a panel of everybody who may sit
    9  awarded, and never signed: its winner may be passed over
    10 unsuccessful: nobody draws its panel
    11 unsuccessful: no ballot, and nobody draws a second panel
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from terang.chain.act import Act
from terang.chain.compile import Artifacts
from terang.chain.compile import artifacts as compiled
from terang.chain.connection import Chain
from terang.chain.contract import Contract, Event
from terang.chain.deploy import Deployment, Step, deploy
from terang.chain.send import Sender
from terang.identity.typed_data import PARTICIPANTS, Domain, accept_key
from terang.identity.wallet import Wallet
from terang.ledger.plan import Currency, steps
from terang.replay import audit
from terang.replay.fold import fold
from terang.replay.money import planned
from terang.replay.ranking import NO, YES
from terang.replay.rules import SEGMENTS
from terang.replay.state import WITHDRAWN, State
from terang.sealing.bidding import seal_ballot, seal_bid
from terang.sealing.ceremony import BatchResult
from terang.sealing.curve import PublicKey
from terang.sealing.envelope import Box, Sealer
from terang.sealing.epoch import EpochContext, encryption_key, key_id, set_hash
from terang.sealing.messages import Ballot, Bid
from terang.sealing.opener import Opener
from terang.vocabulary import BALLOTS, Licence, Power, Role

DAY = 86_400
EVER = 2**48 - 1
KEYS = 21  # one more than are taken
TOKEN = "TreasuryToken_IDR"
AGENCY, AUDITOR, CITIZEN = 0, 1, 2
GOODS, WORKS, SOCIAL = 0, 2, 3
LOWEST_PRICE, QUALITY_PRICE = 0, 1
RULE = {
    "category": WORKS,
    "method": LOWEST_PRICE,
    "tenderingPeriod": DAY,
    "amendmentPeriod": DAY,
    "enquiryPeriod": DAY // 2,
    "evaluationPeriod": DAY,
    "standstillPeriod": 5 * DAY,
    "signingPeriod": 14 * DAY,
    "minimumBids": 1,
    "abnormalUnderEstimate": 0,
    "abnormalUnderMean": 0,
    "reviewPeriod": DAY,
    "complaintDeposit": 100,
    "agencies": 2,
    "auditors": 0,
    "citizens": 0,
    "quorum": 2,
    "reviewAuditors": 1,
    "reviewCitizens": 1,
    "reviewQuorum": 2,
    "threshold": 0,
    "weightLeast": 0,
    "weightMost": 0,
    "bidSecurityLeast": 0,
    "bidSecurityMost": 0,
    "performanceSecurity": 0,
    "performanceSecurityLow": 0,
}
WHOLE_PANEL = {"category": GOODS, "agencies": 9, "auditors": 2, "citizens": 2, "quorum": 7}
MEMBERS = {
    "agency": AGENCY,
    "second agency": AGENCY,
    "former agency": AGENCY,
    "third agency": AGENCY,
    "fourth agency": AGENCY,
    "fifth agency": AGENCY,
    "auditor": AUDITOR,
    "citizen": CITIZEN,
    "leaver": AGENCY,  # leaves between closing and draw
    "ministry": AGENCY,  # never on the panel of its own tender
}
OPENERS = {"agency": 1, "auditor": 7, "citizen": 8}
ROLES = {
    **dict.fromkeys(MEMBERS, Role.MEMBER),
    "ministry": Role.BUYER | Role.MEMBER,
    "buyer": Role.BUYER | Role.SUPPLIER,  # so it has no seat
    "newcomer": Role.MEMBER,  # takes its seat between closing and draw
    "supplier": Role.SUPPLIER,
    "rival": Role.SUPPLIER,
    "debarred": Role.SUPPLIER,
}
NUMBER = {name: place for place, name in enumerate(ROLES, 1)}
INSPECTORS = ("inspector", "second inspector", "third inspector")  # two must accept
VOTERS = {
    1: "agency",
    2: "deputy",
    4: "third agency",
    5: "fourth agency",
    6: "fifth agency",
    9: "leaver",
    10: "ministry",
    11: "newcomer",
}

STUBBORN = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
contract Stubborn {
    mapping(address => uint256) public balanceOf;
    bool private _willing;
    function mint(address to, uint256 amount) external { balanceOf[to] += amount; }
    function relent() external { _willing = true; }
    function transfer(address to, uint256 amount) external returns (bool) {
        if (_willing) (balanceOf[msg.sender] -= amount, balanceOf[to] += amount);
        return _willing;
    }
    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        (balanceOf[from] -= amount, balanceOf[to] += amount);
        return true;
    }
}
"""


Place = tuple[int, int]
"""A key: its batch, and its index there."""


def wallet(role: str) -> Wallet:
    return Wallet.from_key(keccak(text=role))


def account(role: str) -> str:
    return wallet(role).address


@dataclass(frozen=True)
class Told:
    """What the story left: the chain as it is, and its events."""

    chain: Chain
    deployment: Deployment
    artifacts: Artifacts
    events: tuple[Event, ...]
    times: Mapping[int, int]
    block: int
    time: int
    _kept: dict[int, State] = field(default_factory=dict)

    def before(self, place: int) -> State:
        """A copy of the ledger before the event at a place."""
        if place not in self._kept:
            state = audit.empty_state(self.deployment)
            self._kept[place] = fold(state, self.events[:place], self.times)
        return deepcopy(self._kept[place])

    def first_part(self) -> "Told":
        """The story without what `procedure` adds to it."""
        end = next(
            place
            for place, each in enumerate(self.events)
            if each.name == "BatchOpened" and each.args["batch"] == 2
        )
        return replace(self, events=self.events[:end])


class Story:
    """Tells it, act by act; each act is by whoever plays the role."""

    def __init__(self, chain: Chain, artifacts: Artifacts, folder: Path) -> None:
        self.chain, self.artifacts = chain, artifacts
        self.deployment = self._deploy(
            artifacts, steps(account("administrator"), [Currency("IDR", 2)])
        )
        (folder / "contracts").mkdir()
        (folder / "contracts" / "Stubborn.sol").write_text(STUBBORN, encoding="utf-8")
        made = compiled(folder)
        self.stubborn = self._deploy(made, [Step("Stubborn", "Stubborn")]).contract(
            "Stubborn", made
        )
        self.batches: list[BatchResult] = []
        self.places = iter([(1, place) for place in range(KEYS)])  # batch and index of free keys
        self.tenders: dict[int, tuple[dict[str, Any], Place]] = {}  # terms, the key of its bids

    def tell(self) -> Told:
        self.people()
        self.laws()
        self.consortium()
        self.ceremony()
        self.tendering()
        self.evaluations()
        self.paid_in_full()
        self.not_delivered()
        self.more()
        head = self.chain.head()
        events, times = self.events()
        return Told(
            self.chain, self.deployment, self.artifacts, events, times, head.number, head.timestamp
        )

    # Chapters

    def people(self) -> None:
        holders = (("former relay", Licence.RELAY), ("registrar", Licence.REGISTRAR),
                   ("treasury", Licence.TREASURY), ("relay", Licence.RELAY))  # fmt: skip
        for name, licence in holders:
            self.do("administrator", "Participants", "grant", licence, account(name), EVER)
        former = (Licence.RELAY, account("former relay"))
        self.do("administrator", "Participants", "revoke", *former)
        for name, role in ROLES.items():
            record = keccak(text=name)
            self.do("registrar", "Participants", "register", record, role, account(name))
        for name in ("former clerk", "clerk"):
            self.authorise("supplier", name, Power.BID, self.chain.now + DAY, EVER)
        late = self.chain.now + 8 * DAY  # a registrar's key begins seven days later at the earliest
        self.authorise("registrar", "retiring clerk", Power.BID, late, late + 300 * DAY)
        for act in ("suspend", "reinstate", "suspend"):
            self.chain.advance_to(self.chain.now + 5)
            self.do("administrator", "Participants", act, NUMBER["debarred"], keccak(text=act))

    def laws(self) -> None:
        rules = [RULE, {**RULE, **WHOLE_PANEL}]
        self.do("administrator", "Rules", "set", rules)

    def consortium(self) -> None:
        for name, seat_class in MEMBERS.items():
            seat = (NUMBER[name], seat_class, account(name))
            self.do("administrator", "Consortium", "admit", *seat)
        self.do("administrator", "Consortium", "remove", 3, keccak(text="left"))
        self.chain.advance_to(self.chain.now + 5)
        self.do("second agency", "Consortium", "changeAccount", 2, account("deputy"))

    def ceremony(self) -> None:
        seats = list(OPENERS.values())
        self.do("administrator", "OpeningKeys", "startEpoch", seats, 2, 2)
        contract, openers = self.contract("OpeningKeys").address, set_hash(seats, 2, 2)
        seeds = [keccak(text=f"seed of the {name}") for name in OPENERS]
        where = (self.chain.chain_id, contract, 1)
        members = {
            index: encryption_key(seed, *where, openers) for index, seed in enumerate(seeds, 1)
        }
        context = EpochContext(*where, members, 2, openers)
        self.openers = [Opener(seed, context, index) for index, seed in enumerate(seeds, 1)]
        for name, key in zip(OPENERS, members.values(), strict=True):
            self.do(name, "OpeningKeys", "enrol", 1, key.format())
        self.make_keys(KEYS)

    def make_keys(self, count: int) -> None:
        number = len(self.batches) + 1
        self.do("agency", "OpeningKeys", "openBatch", 1, count)
        deals = {each.index: each.deal(number, count) for each in self.openers}
        for name, deal in zip(OPENERS, deals.values(), strict=True):
            self.do(name, "OpeningKeys", "deal", 1, number, deal)
        # junk, which proves nothing: whatever it says, nobody is left out
        self.do("agency", "OpeningKeys", "accuse", 1, number, 2, b"junk")
        self.chain.advance_to(self.chain.now + 3600)
        made = [each.accept(number, count, deals) for each in self.openers][-1]
        for name in OPENERS:
            self.do(name, "OpeningKeys", "confirm", 1, number, made.root, made.transcript)
        self.batches.append(made)

    def tendering(self) -> None:
        closes_at = self.chain.now + 7 * DAY
        for tender in range(1, 12):
            self.publish(tender, closes_at)
        for tender, who, price, nonce in (
            (1, "supplier", 1200, 1),
            (1, "supplier", 1001, 2),
            (1, "rival", 1001, 1),
            (1, "rival", 900, 1),  # void: superseded, its nonce was used
            (1, "debarred", 1, 1),  # void: ineligible
            (2, "supplier", 1, 1),
            (4, "rival", 2000, 1),  # as much as the ceiling
            (4, "supplier", 1, 1),
            (4, "supplier", WITHDRAWN, 2),
            *((tender, "rival", 700, 1) for tender in (6, 7, 8, 10, 11)),
            (9, "rival", 5000, 1),  # there is no ceiling
            (5, "clerk", 1000, 1),
        ):
            self.bid(tender, who, price, nonce)
        self.void_bids(3, closes_at)
        self.do("buyer", "Tenders", "cancel", 2, keccak(text="no money"))
        self.do("supplier", "Participants", "revokeKey", account("former clerk"))
        self.do("registrar", "Participants", "revokeKey", account("retiring clerk"))
        self.chain.advance_to(closes_at)
        self.do("administrator", "Consortium", "remove", 9, keccak(text="left later"))
        newcomer = (NUMBER["newcomer"], AGENCY, account("newcomer"))
        self.do("administrator", "Consortium", "admit", *newcomer)
        for tender in (1, 3, 4, 7, 8, 9, 10, 11, 5):
            self.open("Tenders", tender, 0, self.tenders[tender][1])

    def evaluations(self) -> None:
        drawn = {tender: self.draw(tender) for tender in (7, 8, 9, 11, 1, 4, 5)}
        self.vote(4, 0, drawn[4], [YES, YES], [NO, YES])  # a tie, and a bid that is withdrawn
        for tender in (9, 5):
            self.vote(tender, 0, drawn[tender], [YES])
        self.chain.advance_to(self.chain.now + DAY)
        for tender in (8, 9, 11, 1, 4, 5):
            self.open("Ballots", tender, BALLOTS, drawn[tender])
        repeated = self.draw(8)
        second = self.draw(1)
        self.void_ballots(1, 1, second)
        self.chain.advance_to(self.chain.now + DAY)
        self.open("Ballots", 8, BALLOTS + 1, repeated)
        self.open("Ballots", 1, BALLOTS + 1, second)
        for tender, most in ((9, 9), (1, 1), (1, 1), (4, 9), (5, 9)):
            self.do("somebody", "Awards", "rank", tender, most)
        self.chain.advance_to(self.chain.now + 5 * DAY)
        for tender in (9, 1, 5):
            self.do("somebody", "Awards", "finalise", tender)

    def paid_in_full(self) -> None:
        winner, agreement = self.sign(1)
        escrow = self.contract("Escrow").address
        self.do("treasury", TOKEN, "mint", account("treasury"), 5000, keccak(text="cash"))
        self.do("treasury", TOKEN, "approve", escrow, 1001)
        for amount in (600, 401):
            self.do("treasury", "Escrow", "fund", agreement, amount)
        for milestone, report in ((0, 1), (1, 1), (1, 2)):
            evidence = keccak(text=f"evidence {milestone} {report}")
            self.do(winner, "Escrow", "report", agreement, milestone, evidence)
            self.do("inspector", "Escrow", "accept", agreement, milestone, report)
            rejecting = {(1, 1): INSPECTORS[1:], (1, 2): INSPECTORS[2:]}
            for name in rejecting.get((milestone, report), ()):
                refusal = (milestone, report, keccak(text=f"{name}: unfinished"))
                self.do(name, "Escrow", "reject", agreement, *refusal)
            if (milestone, report) != (1, 1):
                self.do("second inspector", "Escrow", "accept", agreement, milestone, report)
        self.do("treasury", "Escrow", "close", agreement)

    def not_delivered(self) -> None:
        winner, agreement = self.sign(5)
        self.send("treasury", self.stubborn, "mint", account("treasury"), 1000)
        self.do("treasury", "Escrow", "fund", agreement, 1000)
        self.do(winner, "Escrow", "report", agreement, 0, keccak(text="evidence"))
        for inspector in INSPECTORS[:2]:
            self.do(inspector, "Escrow", "accept", agreement, 0, 1)
        self.do(winner, "Escrow", "renounce", agreement)
        self.send("treasury", self.stubborn, "relent")
        self.do("buyer", "Escrow", "close", agreement)
        for seconds in (14 * DAY, 1):  # the last second in which tender 9 can be signed, the next
            self.chain.advance_to(self.chain.now + seconds)
        kept = (self.stubborn.address, account(winner))
        self.do(winner, "Escrow", "claim", *kept, account("bank"))

    def more(self) -> None:
        """What a longer story tells after that."""

    # Acts

    def authorise(self, who: str, name: str, powers: Power, since: int, until: int) -> None:
        """Lets a new key serve the supplier, with the key's consent."""
        key = (NUMBER["supplier"], account(name), powers, since, until)
        participants = self.contract("Participants")
        domain = Domain(PARTICIPANTS, self.chain.chain_id, participants.address)
        consent = wallet(name).sign_typed(accept_key(domain, *key))
        self.do(who, "Participants", "authoriseKey", *key, consent)

    def publish(self, tender: int, closes_at: int) -> None:
        token = self.contract(TOKEN).address
        terms = {
            "documents": keccak(text=f"documents of tender {tender}"),
            "category": GOODS if tender == 8 else WORKS,
            "method": 0,
            "taxBasis": 1,
            "currency": self.stubborn.address if tender == 5 else token,
            "ceiling": 0 if tender == 9 else 2000,
            "minimumBids": 1,
            "bidSecurity": 0,
            "weight": 0,
            "threshold": 0,
            "evaluationPeriod": DAY,
            "plan": (3_333, 6_667),
        }
        place = next(self.places)
        notice = {"ocid": "ocds-1", "documentsUri": "documents", "predecessor": 0}
        buyer = "ministry" if tender == 8 else "buyer"
        lot = {"id": str(tender), "terms": terms, "claims": [self.claim(place)]}
        self.do(buyer, "Tenders", "publish", notice, closes_at, [lot])
        self.tenders[tender] = terms, place

    def bid(self, tender: int, who: str, price: int, nonce: int) -> None:
        sealed = seal_bid(
            wallet(who),
            self.box("Tenders", tender, 0),
            self.key(self.tenders[tender][1]),
            price=price,
            version=1,
            nonce=nonce,
            files={"bid.txt": b"text"},
        )
        sender = who if who == "rival" else "relay"
        self.do(sender, "Tenders", "seal", tender, 0, sealed.envelope)

    def void_bids(self, tender: int, closes_at: int) -> None:
        """A bid that is withdrawn, and more than a segment of envelopes that do not count."""
        validities = {
            "actor": (Power.ACT, self.chain.now + DAY, EVER),
            "begins too late": (Power.BID, closes_at, EVER),
            "ends too early": (Power.BID, closes_at - 2, closes_at - 1),
            "begins in time": (Power.BID, closes_at - 1, EVER),
            "ends in time": (Power.BID, closes_at - 1, closes_at),
        }
        for name, validity in validities.items():
            self.authorise("supplier", name, *validity)
        box, rival = self.box("Tenders", tender, 0), Bid(account("rival"), 500, bytes(32), 1, 1)
        self.bid(tender, "supplier", 500, 1)
        self.bid(tender, "supplier", WITHDRAWN, 2)
        for nonce, name in enumerate(validities, 3):
            self.bid(tender, name, WITHDRAWN, nonce)
        for who, bid in (
            ("agency", replace(rival, account=account("agency"))),  # no supplier
            ("rival", replace(rival, price=0)),
            ("rival", replace(rival, nonce=0)),
            ("rival", replace(rival, version=2)),
            ("rival", replace(rival, price=2001)),
            ("supplier", rival),  # not its signature
            ("nobody", replace(rival, account=account("nobody"))),
            ("former clerk", replace(rival, account=account("former clerk"))),
            ("debarred", replace(rival, account=account("debarred"))),
            ("buyer", replace(rival, account=account("buyer"))),
        ):
            signature = wallet(who).sign_typed(bid.typed_data(box))
            self.put("Tenders", tender, 0, replace(bid, signature=signature).pack())
        self.put("Tenders", tender, 0, b"too short")
        for start in [b"\x02", *[b"\x01\x05"] * SEGMENTS["Tenders"]]:
            self.do("relay", "Tenders", "seal", tender, 0, start.ljust(175, b"\0"))

    def void_ballots(self, tender: int, number: int, place: Place) -> None:
        """A second ballot of a seat, one of a seat outside the panel, and what is no ballot."""
        panel = self.chain.view(self.contract("Ballots"), "panelOf", tender, number)
        stage = BALLOTS + number
        box = self.box("Ballots", tender, stage)
        outside = next(seat for seat in VOTERS if seat not in panel)
        for seat, voter, marks in (
            (outside, outside, [YES, YES]),
            (panel[0], outside, [YES, YES]),  # not its signature
            (panel[0], panel[0], [YES, 7]),
            (panel[0], panel[0], [YES]),
        ):
            ballot = Ballot(seat, bytes(32), bytes(marks)).sign(wallet(VOTERS[voter]), box)
            self.put("Ballots", tender, stage, ballot.pack(), place)
        self.put("Ballots", tender, stage, b"too short", place)
        self.vote(tender, number, place, [YES, YES])
        self.vote(tender, number, place, [NO, NO])  # the last one in a segment of its own

    def put(
        self, contract: str, tender: int, stage: int, plaintext: bytes, place: Place | None = None
    ) -> None:
        """Seals whatever it is."""
        key = self.key(self.tenders[tender][1] if place is None else place)
        sealer = Sealer(key, self.box(contract, tender, stage).id, plaintext)
        self.do("relay", contract, "seal", tender, stage, sealer.seal(plaintext))

    def open(self, contract: str, tender: int, stage: int, place: Place) -> None:
        shares = {each.index: each.share(*place) for each in self.openers[:2]}
        for name, share in zip(OPENERS, shares.values(), strict=False):
            where = (1, self.contract(contract).address, tender, stage)
            self.do(name, "OpeningKeys", "offerShare", *where, share)
        self.do(
            "somebody",
            contract,
            "release",
            tender,
            stage,
            self.batches[place[0] - 1].secret(place[1], shares),
        )
        envelopes = [
            each.args["envelope"]
            for each in self.events()[0]
            if each.name == "Sealed"
            and (each.args["tenderId"], each.args["stage"]) == (tender, stage)
        ]
        for start in range(0, len(envelopes), SEGMENTS[contract]):
            part = envelopes[start : start + SEGMENTS[contract]]
            self.do("somebody", contract, "open", tender, stage, part)

    def draw(self, tender: int) -> Place:
        place = next(self.places)
        terms = self.tenders[tender][0]
        self.do("somebody", "Awards", "draw", tender, terms, self.claim(place))
        return place

    def vote(self, tender: int, number: int, place: Place, *marks: list[int]) -> None:
        """Seals a ballot of each seat on the panel, with its own marks or all with the same."""
        box = self.box("Ballots", tender, BALLOTS + number)
        panel = self.chain.view(self.contract("Ballots"), "panelOf", tender, number)
        for seat, each in zip(panel, marks if len(marks) > 1 else marks * 2, strict=True):
            ballot = Ballot(seat, keccak(text=f"reasons of seat {seat}"), bytes(each))
            envelope = seal_ballot(ballot.sign(wallet(VOTERS[seat]), box), box, self.key(place))
            self.do(VOTERS[seat], "Ballots", "seal", tender, BALLOTS + number, envelope)

    def sign(self, tender: int) -> tuple[str, dict[str, Any]]:
        """Signs the agreement; returns the winner's role, and what was signed."""
        terms = self.tenders[tender][0]
        won = self.chain.view(self.contract("Awards"), "winnerOf", tender)
        winner = next(name for name in ROLES if NUMBER[name] == won["organisation"])
        agreement = {
            "tenderId": tender,
            "buyer": NUMBER["buyer"],
            "supplier": won["organisation"],
            "price": won["price"],
            "currency": terms["currency"],
            "documents": keccak(text="contract"),
            "startsAt": self.chain.now,
            "payee": account(winner),
            "refundTo": account("treasury"),
            "milestones": [
                {"amount": amount, "dueAt": self.chain.now + DAY, "deliverable": bytes(32)}
                for amount in planned(won["price"], terms["plan"])
            ],
            "inspectors": [account(name) for name in INSPECTORS],
            "approvals": 2,
        }
        digest = self.chain.view(self.contract("Agreements"), "digestOf", agreement)
        sides = [
            each
            for name in ("buyer", winner)
            for each in (account(name), wallet(name).sign_digest(digest))
        ]
        self.do("somebody", "Agreements", "sign", terms, agreement, *sides)
        return winner, agreement

    # Means

    def do(self, who: str, contract: str, function: str, *args: object) -> None:
        self.send(who, self.contract(contract), function, *args)

    def send(self, who: str, contract: Contract, function: str, *args: object) -> None:
        data = contract.encode(function, *args)
        act = Act(wallet(who), contract.address, data, 6_000_000, f"{contract.name}.{function}")
        Sender(self.chain).send([act])

    def events(self) -> tuple[tuple[Event, ...], Mapping[int, int]]:
        addresses = [each.address for each in self.deployment.contracts.values()]
        head = self.chain.head().number
        logs = self.chain.logs(self.deployment.first_block, head, addresses)
        events = audit.decode(self.deployment, self.artifacts, logs)
        return tuple(events), audit.times(self.chain, logs)

    def contract(self, name: str) -> Contract:
        return self.deployment.contract(name, self.artifacts)

    def box(self, contract: str, tender: int, stage: int) -> Box:
        return Box(self.chain.chain_id, self.contract(contract).address, tender, stage)

    def key(self, place: Place) -> PublicKey:
        batch, index = place
        return self.batches[batch - 1].public_keys[index]

    def claim(self, place: Place) -> dict[str, object]:
        (batch, index), (x, y) = place, self.key(place).point()
        proof = self.batches[batch - 1].proof(index)
        return {"keyId": key_id(1, batch, index), "x": x, "y": y, "proof": proof}

    def _deploy(self, made: Artifacts, contracts: list[Step]) -> Deployment:
        return deploy(
            self.chain,
            Sender(self.chain),
            wallet("administrator"),
            made,
            contracts,
            network="test",
            administrator=account("administrator"),
        )
