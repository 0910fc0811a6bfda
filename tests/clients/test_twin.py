"""Python and TypeScript seal for each other and open what the other sealed."""

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.identity.wallet import Wallet
from terang.sealing import documents
from terang.sealing.bidding import (
    open_ballot,
    open_bid,
    open_proposal,
    seal_bid,
    seal_proposal,
)
from terang.sealing.ceremony import first_valid, settle
from terang.sealing.curve import N, address_of, generate
from terang.sealing.envelope import Box, Sealer, Void, documents_key
from terang.sealing.epoch import EpochContext, encryption_key, set_hash
from terang.sealing.opener import Opener

TWIN = Path(__file__).with_name("twin.mts")
SECRET = int.from_bytes(keccak(text="box"), "big") % N
KEY = generate(SECRET)
SUPPLIER = Wallet.from_key(keccak(text="supplier"))
BOX = Box(31337, "0x" + "5e" * 20, 7, 0)
PROPOSALS = Box(31337, "0x" + "5e" * 20, 7, 1)
BALLOTS = Box(31337, "0x" + "5f" * 20, 7, 17)
FILES = {"offer.pdf": b"%PDF", "plan/drawing.svg": b"<svg/>" * 1000}


def hexed(value: bytes | int) -> str:
    return "0x" + (value if isinstance(value, bytes) else value.to_bytes(32, "big")).hex()


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def place(box: Box) -> dict[str, Any]:
    return {
        "chainId": box.chain_id,
        "contract": box.contract,
        "tenderId": box.tender_id,
        "stage": box.stage,
    }


def asked(*questions: dict[str, Any]) -> list[Any]:
    """What the TypeScript client makes of these."""
    node = shutil.which("node")
    assert node, "node is in .venv/bin: put that on PATH"
    done = subprocess.run(
        [node, TWIN], input=json.dumps(questions), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    assert len(answers) == len(questions)
    return answers


def test_a_bid_sealed_in_a_browser_opens_here_with_its_documents() -> None:
    archive = documents.pack(FILES)
    key = keccak(text="supplier")
    question = {"act": "draft", "box": place(BOX), "publicKey": hexed(KEY.format())}
    (made,) = asked(
        question | {"privateKey": hexed(key), "price": "1250000000", "archive": hexed(archive)}
    )
    bid, z = open_bid(raw(made["envelope"]), SECRET, BOX)
    assert (bid.account, bid.price) == (SUPPLIER.address, 1_250_000_000)
    ciphertext = raw(made["ciphertext"])
    assert keccak(ciphertext) == bid.documents
    opened = documents.decrypt(documents_key(BOX.id, z), ciphertext)
    assert documents.unpack(opened) == FILES


def test_a_bid_sealed_here_opens_in_a_browser_with_its_documents() -> None:
    sealed = seal_bid(SUPPLIER, BOX, KEY, price=10**30, version=1, nonce=3, files=FILES)
    question = {"act": "bid", "box": place(BOX), "secret": hexed(SECRET)}
    (opened,) = asked(
        question | {"envelope": hexed(sealed.envelope), "ciphertext": hexed(sealed.ciphertext)}
    )
    assert opened["account"] == SUPPLIER.address.lower()
    assert opened["price"] == str(10**30)
    assert documents.unpack(raw(opened["archive"])) == FILES


def test_a_proposal_sealed_on_either_side_opens_on_the_other() -> None:
    archive = documents.pack(FILES)
    question = {"act": "propose", "box": place(PROPOSALS), "publicKey": hexed(KEY.format())}
    key = keccak(text="supplier")
    (made,) = asked(question | {"privateKey": hexed(key), "archive": hexed(archive)})
    proposal, z = open_proposal(raw(made["envelope"]), SECRET, PROPOSALS)
    assert proposal.account == SUPPLIER.address
    ciphertext = raw(made["ciphertext"])
    assert keccak(ciphertext) == proposal.documents
    opened = documents.decrypt(documents_key(PROPOSALS.id, z), ciphertext)
    assert documents.unpack(opened) == FILES

    sealed = seal_proposal(SUPPLIER, PROPOSALS, KEY, version=1, nonce=3, files=FILES)
    question = {"act": "proposal", "box": place(PROPOSALS), "secret": hexed(SECRET)}
    (found,) = asked(
        question | {"envelope": hexed(sealed.envelope), "ciphertext": hexed(sealed.ciphertext)}
    )
    assert found["account"] == SUPPLIER.address.lower()
    assert documents.unpack(raw(found["archive"])) == FILES


def test_a_ballot_sealed_in_a_browser_opens_here() -> None:
    marks, reasons = bytes([0, 1, 2, 255]), keccak(text="reasons")
    question = {"act": "ballot", "box": place(BALLOTS), "publicKey": hexed(KEY.format())}
    ballot = {"seat": 3, "reasons": hexed(reasons), "marks": hexed(marks)}
    (envelope,) = asked(question | ballot | {"privateKey": hexed(keccak(text="supplier"))})
    opened = open_ballot(raw(envelope), SECRET, BALLOTS, len(marks))
    opened.verify(BALLOTS, SUPPLIER.address)
    assert (opened.seat, opened.reasons, opened.marks) == (3, reasons, marks)


def test_the_same_randomness_seals_the_same_bytes() -> None:
    entropy, context = keccak(text="entropy"), b"what decides the message"
    questions, envelopes = [], []
    for length in (1, 31, 32, 33, 141, 400):
        plaintext = bytes(range(256)) * 2
        question = {"act": "fresh", "box": place(BOX), "publicKey": hexed(KEY.format())}
        inputs = {"context": context, "random": entropy, "plaintext": plaintext[:length]}
        questions.append(question | {name: hexed(value) for name, value in inputs.items()})
        envelopes.append(hexed(Sealer(KEY, BOX.id, context, entropy).seal(plaintext[:length])))
    assert asked(*questions) == envelopes


def test_whatever_is_done_to_an_envelope_it_is_void_for_one_reason() -> None:
    rng = random.Random(4)
    sealed = seal_bid(SUPPLIER, BOX, KEY, price=1, version=1, nonce=1, files={}).envelope
    envelopes = [rng.randbytes(rng.randrange(0, 200)) for _ in range(50)]
    envelopes += [b"\x01" + bytes([2 + n % 2]) + rng.randbytes(173) for n in range(50)]
    for _ in range(200):
        changed = bytearray(sealed)
        for _ in range(rng.choice((1, 1, 2))):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        envelopes.append(bytes(changed)[: rng.choice((175, 175, 175, rng.randrange(175)))])
    reasons = []
    for envelope in envelopes:
        try:
            open_bid(envelope, SECRET, BOX)
            reasons.append(None)
        except Void as void:
            reasons.append(int(void.reason))
    question = {"act": "bid", "box": place(BOX), "secret": hexed(SECRET)}
    answers = asked(*(question | {"envelope": hexed(envelope)} for envelope in envelopes))
    assert [answer.get("reason") for answer in answers] == reasons
    assert set(reasons) >= {1, 2, 3, 4}


@pytest.mark.parametrize(("n", "k", "count"), [(1, 1, 1), (3, 2, 1), (5, 3, 3), (9, 5, 2)])
def test_a_ceremony_comes_to_the_same(n: int, k: int, count: int) -> None:
    openers_hash = set_hash(list(range(n)), k, k)
    where = 31337, BOX.contract, 2
    seeds = {index: keccak(text=f"seed {index}") for index in range(1, n + 1)}
    members = {i: encryption_key(seed, *where, openers_hash) for i, seed in seeds.items()}
    context = EpochContext(*where, members, k, openers_hash)
    posted = [(i, Opener(seed, context, i).deal(4, count)) for i, seed in seeds.items()]
    if n > k:  # one of them deals junk first, and another junk only
        posted = [(1, posted[1][1]), *posted[:-1], (n, posted[0][1])]
    batch = {"chainId": 31337, "contract": BOX.contract, "epoch": 2, "batch": 4}
    shape = {
        "count": count,
        "threshold": k,
        "members": {i: hexed(key.format()) for i, key in members.items()},
    }
    deals = [[dealer, hexed(payload)] for dealer, payload in posted]
    question = {"act": "settle", "batch": batch | shape, "posted": deals, "opener": n}
    (theirs,) = asked(question)
    ours = settle(context, 4, count, first_valid(context, 4, count, posted))
    assert theirs["dealers"] == list(ours.dealers)
    assert theirs["root"] == hexed(ours.root)
    assert theirs["transcript"] == hexed(ours.transcript)
    assert theirs["keys"] == [hexed(key.format()) for key in ours.public_keys]
    points = [ours.verification_point(index, n) for index in range(count)]
    assert theirs["shares"] == [hexed(address_of(point)) for point in points if point]
