"""Why a bid counts by a plain key's signature alone: two attacks, tried on two builds.

One build is ours. The other differs in one function: signatures inside a box are checked as
contracts usually do it (OpenZeppelin's SignatureChecker), so that code at the bidder's address
decides (ERC-1271). There both attacks succeed; in ours neither does.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from terang.chain.act import Act
from terang.chain.compile import ROOT, Artifacts
from terang.chain.connection import Chain
from terang.chain.contract import Contract, constructor
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.run import Clock, prepare
from terang.demo.tender import Tender
from terang.identity.address import canonical
from terang.identity.wallet import Wallet
from terang.ocds import SAMPLE, read_plans
from terang.sealing.bidding import seal_bid
from terang.sealing.envelope import HEADER, open_envelope
from terang.sealing.messages import Bid
from terang.vocabulary import BIDS, Role

OURS, ERC_1271 = "ours", "ERC-1271 switched on"
BOXES = "sealing/SealedBox.sol"
SOURCES = (
    *("governance/Administered.sol", "governance/Consortium.sol", "governance/Rules.sol"),
    *("identity/Participants.sol", "procurement/Bids.sol", "procurement/Enquiries.sol"),
    *("procurement/Tenders.sol", "procurement/Terms.sol", "sealing/Envelope.sol"),
    *("sealing/ISealedBox.sol", "sealing/OpeningKeys.sol", BOXES, "sealing/Secp256k1.sol"),
)
SWITCH = {
    "import {ECDSA} from": "import {SignatureChecker} from",
    "cryptography/ECDSA.sol": "cryptography/SignatureChecker.sol",
    "pure\n        returns (bool)": "view\n        returns (bool)",
    "(address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(\n            digest,\n"
    "            uint8(bytes1(Envelope.word(plaintext, offset + 64))),\n"
    "            Envelope.word(plaintext, offset),\n"
    "            Envelope.word(plaintext, offset + 32)\n        );\n"
    "        return problem == ECDSA.RecoverError.NoError && signer == account;": (
        "bytes memory signature = abi.encodePacked(\n"
        "            Envelope.word(plaintext, offset),\n"
        "            Envelope.word(plaintext, offset + 32),\n"
        "            bytes1(Envelope.word(plaintext, offset + 64))\n        );\n"
        "        return SignatureChecker.isValidSignatureNow(account, digest, signature);"
    ),
}


class Round:
    """A tender to which one supplier has sealed a bid of 1,000 that nobody else can read yet."""

    PRICE = 1_000

    def __init__(self, stage: Stage, tender: Tender) -> None:
        self.stage, self.tender, self.ledger = stage, tender, stage.ledger
        acts.publish(stage, [tender])
        self.box = self.ledger.tenders.box(tender.id, BIDS)
        self.supplier, self.other, *_ = tender.bidders.values()
        self.seal(self.bid_of(self.supplier.wallet, self.PRICE))

    def bid_of(self, wallet: Wallet, price: int) -> bytes:
        """The envelope of a bid by a plain key."""
        key = self.tender.bid_key.public_key
        return seal_bid(wallet, self.box, key, price=price, version=1, nonce=1, files={}).envelope

    def seal(self, envelope: bytes) -> None:
        relay = self.stage.offices.relay
        self.stage.send([self.ledger.tenders.seal(relay, self.tender.id, BIDS, envelope)])
        self.tender.envelopes.append(envelope)

    def wallet(self, owner: Wallet, wallets: Artifacts) -> Contract:
        """A contract that accepts of signatures whatever its owner says at the moment."""
        code = constructor(wallets["SayingWallet"], [owner.address])
        (made,) = self.stage.send([Act(owner, None, code, 1_000_000)])
        return Contract(str(made.contract), wallets["SayingWallet"])

    def close(self) -> int:
        """Closes the box and releases its secret, which anybody then has before it is opened."""
        closes_at = self.ledger.tenders.open_tender(self.tender.id)
        assert closes_at is not None
        self.ledger.chain.advance_to(closes_at[3])
        operator, tenders = self.stage.offices.operator, self.ledger.tenders
        secrets, _gas = self.stage.openers.release(
            operator, tenders, [(self.tender.id, BIDS, self.tender.bid_key)]
        )
        return secrets[0]

    def read(self, secret: int) -> list[Bid]:
        """What the envelopes hold, whoever signed it."""
        opened = (open_envelope(each, secret, self.box.id) for each in self.tender.envelopes)
        return [Bid.unpack(each.plaintext) for each in opened]

    def open(self) -> dict[int, int]:
        """Opens the box; returns the price of each organisation whose bid counts."""
        operator, tenders = self.stage.offices.operator, self.ledger.tenders
        sent = tenders.open(operator, self.tender.id, BIDS, self.tender.envelopes)
        events = tenders.events(self.stage.send(sent))
        return {
            each.args["organisation"]: each.args["price"]
            for each in events
            if each.name == "BidOpened"
        }


@pytest.fixture(scope="session")
def builds(
    artifacts: Artifacts, compile_sources: Callable[[Mapping[str, str]], Artifacts]
) -> dict[str, Artifacts]:
    sources = {each: (ROOT / "contracts" / each).read_text() for each in SOURCES}
    for ours, theirs in SWITCH.items():
        assert sources[BOXES].count(ours) == 1, f"{BOXES} has changed: {ours}"
        sources[BOXES] = sources[BOXES].replace(ours, theirs)
    switched = compile_sources(sources)["Tenders"]
    return {OURS: artifacts, ERC_1271: Artifacts({**artifacts, "Tenders": switched})}


@pytest.fixture(params=[OURS, ERC_1271])
def build(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def round_(build: str, builds: Mapping[str, Artifacts], chain: Chain, tmp_path: Path) -> Round:
    plans = list(read_plans(SAMPLE))
    stage, tenders = prepare(chain, builds[build], plans, tmp_path, Clock(lambda _line: None))
    return Round(stage, tenders[0])


def flipped(envelope: bytes, at: int, difference: bytes) -> bytes:
    """Changes what an envelope holds at a place, without knowing what that is."""
    changed, first = bytearray(envelope), HEADER + at
    for place, byte in enumerate(difference, first):
        changed[place] ^= byte
    return bytes(changed)


def test_a_rivals_wallet_accepts_the_copy_that_undercuts(
    build: str, round_: Round, wallets: Artifacts
) -> None:
    rival = Wallet.create()
    wallet = round_.wallet(rival, wallets)
    participants, registrar = round_.ledger.participants, round_.stage.offices.registrar
    entry = participants.register(registrar, bytes([7] * 32), Role.SUPPLIER, wallet.address)
    (registered,) = round_.stage.send([entry])
    victim, thief = round_.supplier.id, participants.registered(registered)

    # Before closing the rival sees an envelope, and knows who could have made it. It takes the
    # account for its own wallet's and flips one bit of the price in each copy.
    (original,) = round_.tender.envelopes
    mask = bytes(
        a ^ b
        for a, b in zip(
            canonical(round_.supplier.wallet.address), canonical(wallet.address), strict=True
        )
    )
    for bit in range(3, 8):
        copy = flipped(original, 0, mask)
        round_.seal(flipped(copy, 20, (1 << bit).to_bytes(16, "big")))

    # After the release it reads all of them, and its wallet accepts the one just below.
    bids = round_.read(round_.close())
    assert bids[0].price == Round.PRICE
    best = max((each for each in bids[1:] if each.price < bids[0].price), key=lambda b: b.price)
    digest = best.typed_data(round_.box).digest
    said = wallet.encode("say", digest, True)
    round_.stage.send([Act(rival, wallet.address, said, 100_000)])

    expected = {victim: Round.PRICE}
    if build == ERC_1271:
        expected[thief] = best.price
    assert round_.open() == expected


@pytest.mark.parametrize("changes_its_mind", [False, True])
def test_an_owner_voids_its_bid_after_reading_the_others(
    build: str, changes_its_mind: bool, round_: Round, wallets: Artifacts, chain: Chain
) -> None:
    owner = round_.other.wallet
    decider = Wallet.create()
    wallet = round_.wallet(decider, wallets)
    round_.seal(round_.bid_of(owner, 700))
    # the plain account turns into one with code, as by EIP-7702
    chain.rpc("anvil_setCode", owner.address, "0x" + chain.code_at(wallet.address).hex())

    def says(digest: bytes, accepted: bool) -> None:
        call = wallet.encode("say", digest, accepted)
        round_.stage.send([Act(decider, owner.address, call, 100_000)])

    theirs, own = round_.read(round_.close())
    says(own.typed_data(round_.box).digest, True)
    assert theirs.price - own.price == 300  # left on the table
    if changes_its_mind:
        says(own.typed_data(round_.box).digest, False)

    counted = round_.open()
    voided = build == ERC_1271 and changes_its_mind
    assert (round_.other.id in counted) is not voided
    assert counted[round_.supplier.id] == Round.PRICE
